//===- report.h - What is wrong, for people and programs ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/sanitizer.md describes both formats.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_REPORT_H
#define COPSAN_REPORT_H

#include "instrumentation.h"
#include "pending.h"

enum copsan_kind {
  COPSAN_READ,
  COPSAN_WRITE,
  COPSAN_SOURCE_WRITE,
  COPSAN_FREE,
  COPSAN_RETURN,
  COPSAN_EXIT,
};

struct copsan_error {
  enum copsan_kind kind;
  uintptr_t addr; ///< Of the access.
  size_t n;
  const char *call; ///< The function that accesses, or NULL.
  const struct copsan_fix *fix;
  int argument, size_argument; ///< Of the call; -1 where there is none.
  struct copsan_finding finding;
  struct copsan_stack stack;
};

/// Reports \p error, unless it is suppressed or has been reported; then, with
/// halt_on_error, ends the process.
void copsan_report(const struct copsan_error *error);

/// Reports what is no error, with a stack: \p what has happened at \p stack to
/// \p copy, if not NULL, or to the \p n bytes at \p addr.
void copsan_note(const char *kind, const char *what, uintptr_t addr, size_t n,
                 const struct copsan_stack *stack,
                 const struct copsan_copy *copy);

/// Has there been an error that did not end the process?
bool copsan_has_reported(void);

/// In the child of a fork.
void copsan_report_restart(void);

#endif // COPSAN_REPORT_H
