//===- calls.h - Parts that calls have in common ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// For calls.c and transfer.c.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SERVICE_CALLS_H
#define COPIER_SERVICE_CALLS_H

#include "service/worker.h"

/// Takes all slots that were published before the call. 0, with the status that
/// it sets in \p answer; -EBUSY if there is no room for them, whatever is
/// completed; -EAGAIN if one before them stays unpublished; -EINTR.
int copier_take_all(struct copier_context *context,
                    struct copier_abi_range *answer);

/// Carries out the context's plan, which \p has_any to be done. 1 if there is
/// to be another plan then; 0, with the status in \p answer; -EINTR.
int copier_complete_plan(struct copier_context *context, bool has_any,
                         struct copier_abi_range *answer);

/// Completes what writes or reads \p written, or writes \p read. 0, with the
/// status; -EINTR.
int copier_sync_ranges(struct copier_context *context,
                       struct copier_range written, struct copier_range read,
                       struct copier_abi_range *answer);

/// Finds a segment of the context's plan that is handed back, and tells of it.
/// False if there is none.
bool copier_plan_has_fault(struct copier_context *context,
                           struct copier_abi_range *answer);

/// Has the worker go on with what it could not do before.
void copier_tell_worker(struct copier_kclient *client);

#endif // COPIER_SERVICE_CALLS_H
