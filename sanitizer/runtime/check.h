//===- check.h - Finding errors -----------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every check ends here, whether it comes from instrumented code or from an
// interceptor.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_CHECK_H
#define COPSAN_CHECK_H

#include "report.h"
#include "shadow.h"

/// What a thread has to remember.
struct copsan_thread {
  unsigned disabled;
  bool is_forking, is_exiting;
  uint64_t events;              ///< Checks while something was pending.
  const struct copsan_fix *fix; ///< Of the libcall that comes next.
  struct copsan_stack last_return, thrown;
  uintptr_t thrown_from; ///< The stack pointer there.
  /// What the program has named in the call of libcopier that is under way.
  struct {
    uintptr_t addr; ///< The destination or what is csynced; 0: nothing.
    int queue;
    bool is_lazy;
  } named;
};
extern _Thread_local struct copsan_thread copsan_thread;

/// Of what libcopier is about to complete: is it everything, or only what this
/// thread has submitted?
static inline bool copsan_settles_everything(void) {
  return copsan_thread.is_forking || copsan_thread.is_exiting;
}

static inline struct copsan_range copsan_range_of(uintptr_t addr, size_t n) {
  struct copsan_range range = {addr, addr + n < addr ? UINTPTR_MAX : addr + n};
  return range;
}

/// What is to be checked, apart from the bytes.
struct copsan_check {
  enum copsan_kind kind;
  const char *call;
  const struct copsan_fix *fix;
  int argument, size_argument;
  /// Where it happens; NULL: here.
  const struct copsan_stack *stack;
};

/// copsan_report. Meanwhile nothing of the calling thread is checked: not the
/// malloc or vsnprintf that the program has brought along.
void copsan_report_found(const struct copsan_error *error);

/// Reports \p check if it concerns a pending byte of \p range. COPSAN_READ
/// looks at destinations, all others at sources too.
void copsan_check_range(const struct copsan_check *check,
                        struct copsan_range range);

/// Likewise where the life of \p range ends: nothing is pending there then.
void copsan_check_end(const struct copsan_check *check,
                      struct copsan_range range);

/// The calling thread ends: its stack and its thread-local variables do.
/// \p stack says where, or NULL: here.
void copsan_check_thread_end(const struct copsan_stack *stack);

/// Of the calling thread's stack.
struct copsan_range copsan_stack_range(void);

/// copsan_unlock, and what signal handlers have left to do.
void copsan_leave(void);

/// In the child of a fork: everything begins anew.
void copsan_fork_child(void);

/// For notes=1: before a csync of \p range, and at the end of the process.
void copsan_note_csync(struct copsan_range range);
void copsan_note_end(void);

#endif // COPSAN_CHECK_H
