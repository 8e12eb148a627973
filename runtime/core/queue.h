//===- queue.h - The Copy Queue: a lock-free ring of Copy Tasks ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Many producers, many workers. A slot is one cache line and belongs to one
// ticket at a time; tickets count up and are never reused. A worker claims
// segments one by one, copies them and marks them done; what is completely done
// at the old end is retired, which frees its slot.
//
// Happens-before between submissions is ticket order. A slot whose producer has
// not published it yet is not there: its submission is not earlier than
// anything that does not see it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_QUEUE_H
#define COPIER_CORE_QUEUE_H

#include "core/task.h"

#include <stdatomic.h>

#define COPIER_QUEUE_SLOTS 256

/// Position of a task in the order of submission.
typedef uint64_t copier_ticket;

/// The fields that describe the task are atomic because a reader may look at a
/// slot that is being refilled; it then throws away what it read.
struct copier_slot {
  /// Ticket + 1 of the task that the slot holds; 0 while it is being filled.
  _Alignas(64) _Atomic copier_ticket published;
  _Atomic uintptr_t dst;
  _Atomic uintptr_t src;
  _Atomic size_t size;
  /// The ticket's round in the upper half, so that a late claim cannot hit the
  /// slot's next task; segments in the lower. Those past the end of the task
  /// are always set: all ones means everything.
  _Atomic uint64_t claimed;
  _Atomic uint64_t done;
  _Atomic unsigned segment_shift;
  _Atomic(void *) cookie;
};

struct copier_queue {
  _Alignas(64) _Atomic copier_ticket head; ///< The next submission's ticket.
  _Alignas(64) _Atomic copier_ticket tail; ///< The oldest not retired.
  /// Counts the tasks that are not retired. It goes up before a task can be
  /// seen and down, with release order, when it is done.
  size_t *pending;
  struct copier_slot slots[COPIER_QUEUE_SLOTS];
};

/// The tickets [first, past).
struct copier_tickets {
  copier_ticket first;
  copier_ticket past;
};

/// Submits \p task; false if the queue is full. Its dst, src and size are as
/// amemcpy got them, with what the program wrote before.
bool copier_queue_push(struct copier_queue *queue,
                       const struct copier_task *task);

/// The tickets that may be pending: all earlier ones are done.
struct copier_tickets copier_queue_tickets(struct copier_queue *queue);

/// Reads the task of \p ticket; false if it is retired or not yet published.
bool copier_queue_read(struct copier_queue *queue, copier_ticket ticket,
                       struct copier_task *task);

/// Which segments of \p ticket nobody has claimed, and which are not yet done.
/// What the second omits is visible to the caller. Both are empty for a task
/// that is retired.
copier_segments copier_queue_unclaimed(struct copier_queue *queue,
                                       copier_ticket ticket);
copier_segments copier_queue_unfinished(struct copier_queue *queue,
                                        copier_ticket ticket);

/// Claims segment \p index; false if somebody has it, or had. The holder of a
/// claim must go on to copier_queue_finish without waiting for anybody.
bool copier_queue_claim(struct copier_queue *queue, copier_ticket ticket,
                        unsigned index);

/// Marks a claimed segment done and retires what can be. No effect if it is
/// done already.
void copier_queue_finish(struct copier_queue *queue, copier_ticket ticket,
                         unsigned index);

/// After fork, in the child, its only thread: forgets the claims of the threads
/// that are gone, and the submissions that they had not published.
void copier_queue_after_fork(struct copier_queue *queue);

#endif // COPIER_CORE_QUEUE_H
