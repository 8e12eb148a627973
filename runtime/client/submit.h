//===- submit.h - From a copy to tasks in a queue ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What amemcpy and its relatives have in common: whether a copy goes into a
// queue or is made at once, into which tasks it is cut, and what must come
// before it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLIENT_SUBMIT_H
#define COPIER_CLIENT_SUBMIT_H

#include "process/clients.h"
#include "process/jobs.h"
#include "process/stats.h"

/// A copy that is to be made, of n bytes, not 0, from src to dst.
struct copier_request {
  struct copier_client *client;
  uintptr_t dst;
  uintptr_t src;
  size_t n;
  struct copier_record *record; ///< May be NULL.
  struct copier_job *job; ///< NULL: none. It is the callee's from then on.
  unsigned flags;         ///< COPIER_TASK_LAZY, or 0.
};

/// Carries out \p request, whose ranges may overlap if \p may_overlap: at once
/// or later, and leaves it changed. errno is preserved.
void copier_submit(struct copier_request *request, bool may_overlap);

/// The calling thread is about to put something else into the default queue,
/// before which it has completed what must come before.
void copier_submit_enter(void);

#endif // COPIER_CLIENT_SUBMIT_H
