//===- check.c - Finding errors -----------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The entry points of instrumented code keep all general registers, so that the
// code around their calls, which hardly ever run, is as without them.
//
//===----------------------------------------------------------------------===//

#include "check.h"
#include "flags.h"
#include "interceptors.h"
#include "system.h"
#include "windows.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sanitizer/copsan_interface.h>

#define INTERCEPTOR_FRAMES 2
#define ENTRY __attribute__((preserve_most, visibility("default")))
#define REST __attribute__((preserve_most, noinline)) static

ENTRY void __copsan_read(uintptr_t addr, size_t n,
                         const struct copsan_fix *fix);
ENTRY void __copsan_write(uintptr_t addr, size_t n,
                          const struct copsan_fix *fix);
ENTRY void __copsan_update(uintptr_t addr, size_t n,
                           const struct copsan_fix *fix);
ENTRY void __copsan_end_of_life(uintptr_t addr, size_t n,
                                const struct copsan_fix *fix);
ENTRY void __copsan_unwind(uintptr_t addr, size_t n,
                           const struct copsan_fix *fix);
ENTRY void __copsan_call(const struct copsan_fix *fix);
ENTRY void __copsan_return(void);

_Thread_local struct copsan_thread copsan_thread;

/// The kind of an error of \p check that \p finding has shown.
static enum copsan_kind kind_of(const struct copsan_check *check,
                                const struct copsan_finding *finding) {
  return check->kind == COPSAN_WRITE && finding->is_source ? COPSAN_SOURCE_WRITE
                                                           : check->kind;
}

/// Other sanitizers' interceptors come first, and then only the stack tells
/// that it was libcopier that has called. Likewise where a program has its own
/// memcpy, say.
static bool is_call_of_own(const struct copsan_check *check,
                           const struct copsan_stack *stack) {
  for (unsigned i = 1; i < stack->count; ++i) {
    if (!copsan_is_own_code(stack->pcs[i]) ||
        copsan_is_own_code(stack->pcs[i - 1]))
      continue;
    if (check->call && copsan_has_other_sanitizer() && i <= INTERCEPTOR_FRAMES)
      return true;
    Dl_info called;
    if (dladdr((void *)stack->pcs[i - 1], &called) && called.dli_sname &&
        copsan_is_intercepted(called.dli_sname))
      return true;
  }
  return false;
}

void copsan_report_found(const struct copsan_error *error) {
  ++copsan_thread.disabled;
  copsan_report(error);
  --copsan_thread.disabled;
}

/// Is there an error of \p check in \p range? If so, \p error is it.
static bool find_error(const struct copsan_check *check,
                       struct copsan_range range, struct copsan_error *error) {
  bool with_sources = check->kind != COPSAN_READ;
  if (!copsan_lock())
    return false;
  bool is_found = copsan_pending_find(range, with_sources, &error->finding);
  copsan_leave();
  if (!is_found)
    return false;
  error->kind = kind_of(check, &error->finding);
  error->addr = range.begin;
  error->n = range.end - range.begin;
  error->call = check->call;
  error->fix = check->fix;
  error->argument = check->argument;
  error->size_argument = check->size_argument;
  if (check->stack && check->stack->count)
    error->stack = *check->stack;
  else
    copsan_stack_take(&error->stack, COPSAN_MAX_FRAMES);
  return !is_call_of_own(check, &error->stack);
}

void copsan_check_range(const struct copsan_check *check,
                        struct copsan_range range) {
  ++copsan_thread.events;
  if (range.begin >= range.end || copsan_thread.disabled ||
      copsan_is_endless(range) || // No access is: its size is a mere limit.
      !copsan_shadow_may_be(range, check->kind != COPSAN_READ))
    return;
  struct copsan_error error;
  if (!copsan_flags.windows) {
    if (find_error(check, range, &error))
      copsan_report_found(&error);
    return;
  }
  // It may be the first conflict of several copies.
  uint64_t time = copsan_window_now();
  while (find_error(check, range, &error))
    copsan_window_conflict(&error, time);
}

void copsan_check_end(const struct copsan_check *check,
                      struct copsan_range range) {
  if (range.begin >= range.end || copsan_is_endless(range) ||
      !copsan_shadow_may_be(range, true))
    return;
  copsan_check_range(check, range);
  if (!copsan_lock())
    return;
  struct copsan_csync csync;
  copsan_pending_release(range, &csync);
  copsan_leave();
}

/// With something pending somewhere, each access comes here. So that those
/// which cannot meet it save no registers, the rest is a function of its own,
/// called last.
static inline bool is_clear(uintptr_t addr, size_t n, bool with_sources) {
  ++copsan_thread.events;
  return n == 0 ||
         !copsan_shadow_may_be(copsan_range_of(addr, n), with_sources);
}

static void check_access(enum copsan_kind kind, uintptr_t addr, size_t n,
                         const struct copsan_fix *fix) {
  struct copsan_check check = {kind, NULL, fix, -1, -1, NULL};
  copsan_check_range(&check, copsan_range_of(addr, n));
}

REST void check_read(uintptr_t addr, size_t n, const struct copsan_fix *fix) {
  check_access(COPSAN_READ, addr, n, fix);
}

REST void check_write(uintptr_t addr, size_t n, const struct copsan_fix *fix) {
  check_access(COPSAN_WRITE, addr, n, fix);
}

/// Where both a read and a write are wrong, it is the read that is reported.
REST void check_update(uintptr_t addr, size_t n, const struct copsan_fix *fix) {
  check_access(COPSAN_READ, addr, n, fix);
  check_access(COPSAN_WRITE, addr, n, fix);
}

ENTRY void __copsan_read(uintptr_t addr, size_t n,
                         const struct copsan_fix *fix) {
  if (!is_clear(addr, n, false))
    check_read(addr, n, fix);
}

ENTRY void __copsan_write(uintptr_t addr, size_t n,
                          const struct copsan_fix *fix) {
  if (!is_clear(addr, n, true))
    check_write(addr, n, fix);
}

ENTRY void __copsan_update(uintptr_t addr, size_t n,
                           const struct copsan_fix *fix) {
  if (!is_clear(addr, n, true))
    check_update(addr, n, fix);
}

ENTRY void __copsan_end_of_life(uintptr_t addr, size_t n,
                                const struct copsan_fix *fix) {
  struct copsan_check check = {COPSAN_RETURN, NULL, fix, -1, -1, NULL};
  copsan_check_end(&check, copsan_range_of(addr, n));
}

/// As __copsan_end_of_life, on the way from a throw to its handler.
ENTRY void __copsan_unwind(uintptr_t addr, size_t n,
                           const struct copsan_fix *fix) {
  (void)fix;
  struct copsan_check check = {COPSAN_RETURN,        NULL, NULL, -1, -1,
                               &copsan_thread.thrown};
  copsan_check_end(&check, copsan_range_of(addr, n));
}

/// A libcall comes next, whose arguments \p fix names.
ENTRY void __copsan_call(const struct copsan_fix *fix) {
  copsan_thread.fix = fix;
}

/// What may be the function of a thread returns.
ENTRY void __copsan_return(void) {
  copsan_stack_take(&copsan_thread.last_return, COPSAN_MAX_FRAMES);
}

struct copsan_range copsan_stack_range(void) {
  struct copsan_range range = {0, 0};
  pthread_attr_t attributes;
  void *begin;
  size_t n;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return range;
  if (pthread_attr_getstack(&attributes, &begin, &n) == 0)
    range = copsan_range_of((uintptr_t)begin, n);
  pthread_attr_destroy(&attributes);
  return range;
}

static int check_tls(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  for (int i = 0; info->dlpi_tls_data && i != info->dlpi_phnum; ++i)
    if (info->dlpi_phdr[i].p_type == PT_TLS)
      copsan_check_end(argument, copsan_range_of((uintptr_t)info->dlpi_tls_data,
                                                 info->dlpi_phdr[i].p_memsz));
  return 0;
}

void copsan_check_thread_end(const struct copsan_stack *stack) {
  if (!__atomic_load_n(&__copsan_pending, __ATOMIC_RELAXED))
    return;
  struct copsan_check check = {COPSAN_EXIT, NULL, NULL, -1, -1, stack};
  copsan_check_end(&check, copsan_stack_range());
  dl_iterate_phdr(check_tls, &check);
}

//===----------------------------------------------------------------------===//
// copsan_interface.h
//===----------------------------------------------------------------------===//

void __copsan_disable(void) { ++copsan_thread.disabled; }

void __copsan_enable(void) {
  if (copsan_thread.disabled)
    --copsan_thread.disabled;
}

int __copsan_is_pending(const void *addr, size_t n) {
  struct copsan_range range = copsan_range_of((uintptr_t)addr, n);
  if (n == 0 || !copsan_shadow_may_be(range, true) || !copsan_lock())
    return 0;
  struct copsan_finding finding;
  int state = 0;
  if (copsan_pending_find(range, false, &finding))
    state |= COPSAN_DESTINATION;
  if (copsan_pending_find_source(range))
    state |= COPSAN_SOURCE;
  copsan_leave();
  return state;
}

size_t __copsan_pending_bytes(void) {
  if (!copsan_lock())
    return 0;
  size_t bytes = copsan_pending_bytes();
  copsan_leave();
  return bytes;
}
