//===- interceptors.c - Calls of libc, seen from within -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the table says, checked for one call. copsan_intercept runs for every
// memcpy while something is pending, libcopier's too: nothing here, nor what
// the compiler makes of it, may call such a function before it is known who
// asks.
//
//===----------------------------------------------------------------------===//

#include "interceptors.h"
#include "check.h"
#include "flags.h"
#include "output.h"
#include "system.h"

#include <dlfcn.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#define MAX_EFFECTS 8

enum effect_kind { NO_EFFECT, READS, WRITES, FREES, IS_SPECIAL };
enum extent { COUNTED, OPEN, OBJECT, TIMES };

struct effect {
  unsigned char kind, extent, argument, size, count;
};

struct row {
  const char *name;
  struct effect effects[MAX_EFFECTS];
};

// clang-format off
#define NOTHING {NO_EFFECT, OPEN, 0, 0, 0}
#define ERRNO NOTHING
#define ESCAPED NOTHING
#define RELEASE NOTHING
#define CANCEL NOTHING
#define KEEPS(ARG) NOTHING
#define READ(ARG, SIZE) {READS, COUNTED, ARG, SIZE, 0}
#define WRITE(ARG, SIZE) {WRITES, COUNTED, ARG, SIZE, 0}
#define READ_TIMES(ARG, SIZE, COUNT) {READS, TIMES, ARG, SIZE, COUNT}
#define WRITE_TIMES(ARG, SIZE, COUNT) {WRITES, TIMES, ARG, SIZE, COUNT}
#define READ_OBJECT(ARG, BYTES) {READS, OBJECT, ARG, 0, 0}
#define WRITE_OBJECT(ARG, BYTES) {WRITES, OBJECT, ARG, 0, 0}
#define READ_ON(ARG) {READS, OPEN, ARG, 0, 0}
#define WRITE_ON(ARG) {WRITES, OPEN, ARG, 0, 0}
#define FREE(ARG) {FREES, OPEN, ARG, 0, 0}
#define SPECIAL {IS_SPECIAL, OPEN, 0, 0, 0}
// clang-format on

static const struct row rows[] = {
#define COPIER_LIBCALL(NAME, PROTOTYPE, ...) {#NAME, {__VA_ARGS__}},
#define COPSAN_LIBCALL(NAME, ...) {#NAME, {__VA_ARGS__}},
#include "libcalls.def"
};

void *copsan_real[COPSAN_LIBCALLS];

typedef void special(const struct copsan_libcall *call);

static special *special_for(uint32_t index) {
  switch (index) {
#define COPSAN_CASE(NAME)                                                      \
  case COPSAN_INDEX_##NAME:                                                    \
    return copsan_before_##NAME;
    COPSAN_TABLE_SPECIALS(COPSAN_CASE)
#undef COPSAN_CASE
#define COPSAN_CASE(NAME)                                                      \
  case COPSAN_OWN_INDEX_##NAME:                                                \
    return copsan_before_##NAME;
    COPSAN_SPECIALS(COPSAN_CASE)
#undef COPSAN_CASE
  default:
    return NULL;
  }
}

//===----------------------------------------------------------------------===//
// How far a call goes where the table does not say it
//===----------------------------------------------------------------------===//

static bool is_string_function(const char *name) {
  while (*name == '_')
    ++name;
  return strncmp(name, "str", 3) == 0 || strncmp(name, "stp", 3) == 0;
}

static bool is_one_of(const char *name, const char *const *names) {
  for (; *names; ++names)
    if (strcmp(name, *names) == 0)
      return true;
  return false;
}

/// Does \p name stop where the strings that it compares differ?
static bool is_comparison(const char *name) {
  static const char *const names[] = {"strcmp", "strncmp", "strcasecmp",
                                      "strncasecmp", NULL};
  return is_one_of(name, names);
}

/// Does it stop at the byte that its second argument is?
static bool is_search(const char *name) {
  static const char *const names[] = {"strchr", "strchrnul", "index",
                                      "memchr", "rawmemchr", NULL};
  return is_one_of(name, names);
}

/// Does it stop behind a number?
static bool is_number(const char *name) {
  return strncmp(name, "strto", 5) == 0 ? strncmp(name, "strtok", 6) != 0
                                        : strncmp(name, "ato", 3) == 0;
}

/// Are its sizes mere limits, which it seldom reaches?
static bool is_limited(const char *name) {
  static const char *const names[] = {
      "memccpy",  "strlcat",     "strlcpy",   "strxfrm",  "strftime",
      "snprintf", "strerror_r",  "inet_ntop", "readlink", "readlinkat",
      "getcwd",   "gethostname", "vsnprintf", NULL};
  return is_one_of(name, names);
}

static bool ends_number(char c) {
  return !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z') &&
         !strchr(" \t\n\v\f\r+-.", c);
}

static bool is_pending_destination(uintptr_t address) {
  struct copsan_range byte = {address, address + 1};
  struct copsan_finding finding;
  if (!copsan_shadow_may_be(byte, false) || !copsan_lock())
    return false;
  bool is_found = copsan_pending_find(byte, false, &finding);
  copsan_leave();
  return is_found;
}

/// How many bytes are read from \p text on, \p max at most, up to the first one
/// that must not be.
static size_t length_read(const struct row *row, const uintptr_t *arguments,
                          uintptr_t text, size_t max, bool is_string) {
  const char *other = NULL;
  if (is_comparison(row->name))
    other = (const char *)(text == arguments[0] ? arguments[1] : arguments[0]);
  for (size_t i = 0; i != max; ++i) {
    const char *at = (const char *)text + i;
    if (is_pending_destination((uintptr_t)at) || (is_string && *at == '\0') ||
        (is_search(row->name) && *at == (char)arguments[1]) ||
        (is_number(row->name) && ends_number(*at)) ||
        (other && *at != other[i]))
      return i + 1;
  }
  return max;
}

/// What is written by a call that is told no length: the other string, behind
/// this one if it reads that; of others, nothing is known.
static struct copsan_range range_written(const struct row *row,
                                         const uintptr_t *arguments,
                                         uintptr_t begin) {
  const char *from = (const char *)arguments[1];
  bool appends = strstr(row->name, "cat") != NULL;
  if (!is_string_function(row->name) ||
      !(appends || strstr(row->name, "cpy") != NULL))
    return copsan_range_of(begin, 0);
  size_t n =
      strstr(row->name, "ncat") ? strnlen(from, arguments[2]) : strlen(from);
  return copsan_range_of(appends ? begin + strlen((char *)begin) : begin,
                         n + 1);
}

/// The bytes that \p effect of the call is about. Lengths that the call itself
/// would find out are found out the same way.
static struct copsan_range range_for(const struct row *row,
                                     const struct effect *effect,
                                     const uintptr_t *arguments) {
  uintptr_t begin = arguments[effect->argument];
  bool is_string = is_string_function(row->name);
  size_t n = SIZE_MAX;
  if (!begin || effect->extent == OBJECT)
    return copsan_range_of(begin, 0);
  if (effect->extent == COUNTED)
    n = arguments[effect->size];
  else if (effect->extent == TIMES)
    n = arguments[effect->size] * arguments[effect->count];
  if (effect->extent == COUNTED && is_limited(row->name))
    return copsan_range_of(begin, n ? 1 : 0);
  if (effect->kind == READS &&
      (effect->extent == OPEN || is_string || is_search(row->name)))
    return copsan_range_of(begin,
                           length_read(row, arguments, begin, n,
                                       effect->extent == OPEN || is_string));
  if (effect->kind == WRITES && effect->extent == OPEN)
    return range_written(row, arguments, begin);
  return copsan_range_of(begin, n);
}

//===----------------------------------------------------------------------===//
// Checking a call
//===----------------------------------------------------------------------===//

/// Does it end the life of a block of malloc's?
static bool is_of_heap(const char *name) {
  static const char *const names[] = {"free", "realloc", "reallocarray", NULL};
  return is_one_of(name, names);
}

static void check_effect(const struct row *row, const struct effect *effect,
                         const uintptr_t *arguments,
                         const struct copsan_fix *fix) {
  struct copsan_check check = {COPSAN_READ,      row->name, fix,
                               effect->argument, -1,        NULL};
  if (effect->extent == COUNTED)
    check.size_argument = effect->size;
  if (effect->kind == FREES) {
    void *block = (void *)arguments[effect->argument];
    check.kind = COPSAN_FREE;
    if (block && is_of_heap(row->name))
      copsan_check_end(
          &check, copsan_range_of((uintptr_t)block, malloc_usable_size(block)));
    return;
  }
  check.kind = effect->kind == READS ? COPSAN_READ : COPSAN_WRITE;
  copsan_check_range(&check, range_for(row, effect, arguments));
}

/// All of \p kind of one call.
static void check_effects(const struct row *row, enum effect_kind kind,
                          const uintptr_t *arguments,
                          const struct copsan_fix *fix) {
  for (int i = 0; i != MAX_EFFECTS; ++i)
    if (row->effects[i].kind == kind)
      check_effect(row, &row->effects[i], arguments, fix);
}

static void check_call(const struct copsan_libcall *call, uint32_t index) {
  const struct row *row = &rows[index];
  const struct copsan_fix *fix = copsan_thread.fix;
  copsan_thread.fix = NULL;
  special *before = special_for(index);
  if (before) {
    before(call);
    return;
  }
  check_effects(row, FREES, call->arguments, fix);
  // Of a call that does both, the read is reported; and what it would find at
  // what must not be read has no length to write.
  check_effects(row, READS, call->arguments, fix);
  check_effects(row, WRITES, call->arguments, fix);
}

/// libc's own, which has no other name in the header.
extern void __libc_free(void *);

/// Finds out what row \p index goes on to. dlsym itself may call free, for the
/// message of an earlier error: then, and before this library has started, it
/// can only be libc's.
static void *resolve(uint32_t index) {
  static _Thread_local bool is_resolving;
  if (index == COPSAN_INDEX_free && (is_resolving || !copsan_chunks))
    return (void *)__libc_free;
  bool was_resolving = is_resolving;
  is_resolving = true;
  if (!copsan_real[index])
    copsan_real[index] = dlsym(RTLD_NEXT, rows[index].name);
  is_resolving = was_resolving;
  return copsan_real[index];
}

void *copsan_intercept(const uintptr_t *arguments, uint32_t index,
                       uintptr_t return_address, uintptr_t stack_pointer) {
  static _Thread_local bool is_inside;
  void *real = copsan_real[index] ? copsan_real[index] : resolve(index);
  if (copsan_chunks && !is_inside && __copsan_pending &&
      !copsan_is_own_code(return_address)) {
    is_inside = true;
    struct copsan_libcall call = {rows[index].name, arguments, stack_pointer};
    check_call(&call, index);
    is_inside = false;
  }
  return real;
}

bool copsan_is_intercepted(const char *name) {
  for (int i = 0; i != COPSAN_LIBCALLS; ++i)
    if (copsan_interceptors[i] && strcmp(rows[i].name, name) == 0)
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// verify_interceptors
//===----------------------------------------------------------------------===//

/// Of other sanitizers' runtimes.
__attribute__((weak)) void __asan_init(void);
__attribute__((weak)) void __tsan_init(void);

bool copsan_has_other_sanitizer(void) {
  return __asan_init != NULL || __tsan_init != NULL;
}

__attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(
    void (*allocated)(const volatile void *, size_t),
    void (*freed)(const volatile void *));

static void on_malloc(const volatile void *block, size_t n) {
  (void)block;
  (void)n;
}

/// Before a free that another sanitizer keeps to itself.
static void on_free(const volatile void *block) {
  if (!block || !__atomic_load_n(&__copsan_pending, __ATOMIC_RELAXED))
    return;
  struct copsan_check check = {COPSAN_FREE, "free", copsan_thread.fix,
                               0,           -1,     NULL};
  copsan_thread.fix = NULL;
  copsan_check_end(&check, copsan_range_of((uintptr_t)block,
                                           malloc_usable_size((void *)block)));
}

void copsan_interceptors_start(void) {
  resolve(COPSAN_INDEX_free); // Before any other dlsym fails.
  if (__sanitizer_install_malloc_and_free_hooks)
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  if (!copsan_flags.verify_interceptors || copsan_has_other_sanitizer())
    return;
  for (int i = 0; i != COPSAN_LIBCALLS; ++i) {
    if (!copsan_interceptors[i] || !resolve((uint32_t)i))
      continue;
    const void *called = dlsym(RTLD_DEFAULT, rows[i].name);
    if (called == copsan_interceptors[i])
      continue;
    Dl_info info = {0};
    dladdr(called, &info);
    copsan_print("==%d==ERROR: CopierSanitizer: calls of '%s' go to %s and are "
                 "not checked; verify_interceptors=0 puts up with it\n",
                 getpid(), rows[i].name, info.dli_fname ? info.dli_fname : "?");
    _exit(copsan_flags.exitcode);
  }
}
