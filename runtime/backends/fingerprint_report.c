//===- fingerprint_report.c - The message about a changed source ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// It may be printed from inside malloc: nothing here allocates.
//
//===----------------------------------------------------------------------===//

#include "backends/fingerprint_report.h"
#include "backends/backend.h"
#include "process/fork_gate.h"
#include "process/jobs.h"
#include "process/stats.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void copier_stack_capture(struct copier_stack *stack) {
  // A backtrace may take a lock that the child of a fork would never see free
  // again: AddressSanitizer's does.
  copier_fork_gate_enter();
  stack->used =
      backtrace(stack->frames, sizeof(stack->frames) / sizeof(*stack->frames));
  copier_fork_gate_leave();
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  if (length >= (int)sizeof(text))
    length = sizeof(text) - 1;
  // Nothing can be done about a stderr that is closed.
  if (write(STDERR_FILENO, text, (size_t)length) < 0)
    return;
}

static bool is_in_libcopier_so(const void *address) {
  Dl_info info;
  if (!dladdr(address, &info) || !info.dli_fname)
    return false;
  const char *slash = strrchr(info.dli_fname, '/');
  const char *name = slash ? slash + 1 : info.dli_fname;
  return strncmp(name, "libcopier.so", strlen("libcopier.so")) == 0;
}

/// From the program's call on. (Where libcopier is part of the executable, its
/// own functions come first.)
static void say_stack(const struct copier_stack *stack) {
  int first = 0;
  while (first != stack->used && is_in_libcopier_so(stack->frames[first]))
    ++first;
  backtrace_symbols_fd(stack->frames + first, stack->used - first,
                       STDERR_FILENO);
}

/// The place of the copy, if the compiler has told; else the stack must do.
static void say_site(const struct copier_record *record) {
  if (record && record->file)
    say("  submitted at %s:%u:%u in %s:\n", record->file, record->line,
        record->column, record->function);
  else
    say("  submitted at:\n");
}

void copier_report_changed_source(const struct copier_task *task,
                                  unsigned index,
                                  const struct copier_stack *submitted) {
  static atomic_flag is_reporting = ATOMIC_FLAG_INIT;
  while (atomic_flag_test_and_set(&is_reporting))
    // Another thread is about to end the process.
    pause();
  size_t offset = copier_segment_offset(task, index);
  size_t size = copier_segment_size(task, index);
  uintptr_t begin = task->src + offset;
  say("libcopier: %s: the source of a pending copy was written without a "
      "csync before\n"
      "  source [%#zx, %#zx), at offset %zu of a copy of %zu bytes from %#zx "
      "to %#zx\n",
      copier_config.name, begin, begin + size, offset, task->size, task->src,
      task->dst);
  say_site(copier_record_of(task));
  say_stack(submitted);
  struct copier_stack found;
  copier_stack_capture(&found);
  say("  found when it was to be copied, at:\n");
  say_stack(&found);
  abort();
}
