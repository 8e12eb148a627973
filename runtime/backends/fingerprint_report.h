//===- fingerprint_report.h - The message about a changed source ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stacks, kept and printed, and the end of the process.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_FINGERPRINT_REPORT_H
#define COPIER_BACKENDS_FINGERPRINT_REPORT_H

#include "core/task.h"

/// The innermost calls of a thread, as return addresses.
struct copier_stack {
  int used;
  void *frames[24];
};

/// Keeps the stack of the caller. Allocates nothing, but for the first call.
void copier_stack_capture(struct copier_stack *stack);

/// Says on stderr that the source of segment \p index of \p task, which was
/// submitted at \p submitted, has changed, and that the caller found that;
/// aborts.
__attribute__((noreturn)) void
copier_report_changed_source(const struct copier_task *task, unsigned index,
                             const struct copier_stack *submitted);

#endif // COPIER_BACKENDS_FINGERPRINT_REPORT_H
