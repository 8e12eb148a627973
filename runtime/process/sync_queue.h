//===- sync_queue.h - The Sync Queue: what csyncs wait for ---------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A csync of many bytes posts a Sync Task: the range, while it is at work. The
// service then works on the same copies, from the other end, before anything
// else (promotion; paper, section 4.1). It is a hint: without it, or with a
// range of two moments, the csync does all the work itself.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_SYNC_QUEUE_H
#define COPIER_PROCESS_SYNC_QUEUE_H

#include "core/task.h"

/// Posts \p range; returns what to take it back with, or -1 if there is no
/// room.
int copier_sync_queue_post(struct copier_range range);
void copier_sync_queue_remove(int posted);

/// Is there any Sync Task?
bool copier_sync_queue_any(void);

/// Calls \p visit with each.
void copier_sync_queue_for_each(void (*visit)(struct copier_range));

/// In the child of a fork: the csyncs of other threads are gone.
void copier_sync_queue_after_fork(void);

#endif // COPIER_PROCESS_SYNC_QUEUE_H
