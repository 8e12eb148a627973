//===- describe.c - What memory it is, and what csync it needs ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is known of an address: the block of the heap from AddressSanitizer, if
// that is there; globals from debug information; else the mapping.
//
//===----------------------------------------------------------------------===//

#include "report_format.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Of AddressSanitizer's runtime.
__attribute__((weak)) const char *__asan_locate_address(void *addr, char *name,
                                                        size_t name_size,
                                                        void **region_address,
                                                        size_t *region_size);

/// The object that \p address is in, if AddressSanitizer is there and calls it
/// a \p kind.
static bool ask_asan(uintptr_t address, const char *kind, void **begin,
                     size_t *n) {
  char name[128];
  return __asan_locate_address &&
         strcmp(__asan_locate_address((void *)address, name, sizeof(name),
                                      begin, n),
                kind) == 0;
}

static bool describe_by_asan(uintptr_t address, char *text, size_t size) {
  void *begin;
  size_t n;
  if (!ask_asan(address, "heap", &begin, &n))
    return false;
  snprintf(text, size,
           "0x%zx is at offset %zu of a block of the heap of %zu "
           "bytes",
           (size_t)address, (size_t)(address - (uintptr_t)begin), n);
  return true;
}

static bool describe_variable(uintptr_t address, char *text, size_t size) {
  struct copsan_variable variable;
  if (!copsan_find_variable(address, &variable))
    return false;
  void *begin;
  size_t n; // The symbol's size has a red zone in it.
  if (ask_asan(address, "global", &begin, &n))
    variable.n = n;
  snprintf(text, size,
           "0x%zx is at offset %zu of the global variable '%s' of "
           "%zu bytes%s%s",
           (size_t)address, (size_t)(address - variable.begin), variable.name,
           (size_t)variable.n, *variable.place ? ", " : "", variable.place);
  return true;
}

/// Finds the line of /proc/self/maps that \p address is in.
static bool find_mapping(uintptr_t address, char *line, size_t size) {
  int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps",
                        O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return false;
  bool is_found = false;
  size_t n = 0;
  char c;
  while (!is_found && syscall(SYS_read, fd, &c, 1) == 1) {
    if (c != '\n') {
      if (n + 1 < size)
        line[n++] = c;
      continue;
    }
    line[n] = '\0';
    n = 0;
    char *rest;
    uintptr_t begin = strtoull(line, &rest, 16);
    is_found = address >= begin && address < strtoull(rest + 1, NULL, 16);
  }
  syscall(SYS_close, fd);
  return is_found;
}

static void describe_mapping(uintptr_t address, char *text, size_t size) {
  char line[512] = "";
  const char *name = "";
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (!find_mapping(address, line, sizeof(line))) {
    snprintf(text, size, "0x%zx is not mapped", (size_t)address);
    return;
  }
  char *rest;
  uintptr_t begin = strtoull(line, &rest, 16);
  uintptr_t end = strtoull(rest + 1, NULL, 16);
  if (strlen(line) > 73)
    name = line + 73;
  if (here >= begin && here < end)
    name = "the stack of this thread";
  else if (strcmp(name, "[heap]") == 0)
    name = "the heap";
  else if (strcmp(name, "[stack]") == 0)
    name = "the stack of the first thread";
  snprintf(text, size, "0x%zx is in %s, mapped from 0x%zx to 0x%zx",
           (size_t)address, *name ? name : "anonymous memory", (size_t)begin,
           (size_t)end);
}

void copsan_describe(struct copsan_named_error *named) {
  uintptr_t address = named->error->finding.address;
  char *text = named->location;
  size_t size = sizeof(named->location);
  if (!describe_by_asan(address, text, size) &&
      !describe_variable(address, text, size))
    describe_mapping(address, text, size);
}

/// The text of a copsan_fix that \p member says the distance of, or NULL.
static const char *text_of(const int32_t *member) {
  return *member ? (const char *)member + *member : NULL;
}

/// The argument \p number of the call that \p fix is for, or NULL.
static const char *argument_of(const struct copsan_fix *fix, int number) {
  return number < 0 ? NULL : text_of(&fix->arguments[number]);
}

/// The csync for an argument of a call; false if the source is not known.
static bool call_csync(struct copsan_named_error *named) {
  const struct copsan_error *error = named->error;
  const char *pointer = argument_of(error->fix, error->argument);
  const char *size = argument_of(error->fix, error->size_argument);
  if (!pointer)
    return false;
  // What reads on to the end of a string, or frees, says no size.
  size_t n = error->finding.address + error->finding.n - error->addr;
  if (size)
    snprintf(named->csync_text, sizeof(named->csync_text), "csync(%s, %s)",
             pointer, size);
  else
    snprintf(named->csync_text, sizeof(named->csync_text), "csync(%s, %zu)",
             pointer, n);
  return true;
}

void copsan_find_fix(struct copsan_named_error *named) {
  static const char *const modes[] = {[COPSAN_FIX_STATEMENT] = "statement",
                                      [COPSAN_FIX_BRACES] = "braces",
                                      [COPSAN_FIX_IN_PLACE] = "in-place",
                                      [COPSAN_FIX_IN_VALUE] = "in-value"};
  const struct copsan_error *error = named->error;
  const struct copsan_fix *fix = error->fix;
  const char *csync = fix ? text_of(&fix->csync) : NULL;
  if (csync)
    snprintf(named->csync_text, sizeof(named->csync_text), "%s", csync);
  if (fix && (csync || call_csync(named))) {
    named->fix_file = text_of(&fix->file);
    named->fix_begin = fix->begin;
    named->fix_end = fix->end;
    named->fix_mode = modes[fix->mode];
    return;
  }
  snprintf(named->csync_text, sizeof(named->csync_text),
           "csync((void *)0x%zx, %zu)", (size_t)error->finding.address,
           error->addr + error->n > error->finding.address
               ? (size_t)(error->addr + error->n - error->finding.address)
               : 1);
  named->fix_file = *named->place->file ? named->place->file : "??";
  named->fix_begin.line = named->place->line;
  named->fix_begin.column = named->place->column;
  named->fix_mode = "unknown";
}
