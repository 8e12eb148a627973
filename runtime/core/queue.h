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
// Producers and workers share no cache line but the slots, so that submitting
// costs one compare-and-exchange of a line that only clients touch. The price:
// a task that is complete goes on counting as pending until a client
// acknowledges it, be it to make room.
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
  /// The valid mark: ticket + 1 of the task that the slot holds, of which the
  /// bits above the slot's number are the phase; 0 while it is being filled.
  _Alignas(64) _Atomic copier_ticket published;
  _Atomic uintptr_t dst;
  _Atomic uintptr_t src;
  _Atomic size_t size;
  /// The descriptor. The ticket's round is in the upper halves, so that a late
  /// claim cannot hit the slot's next task; segments in the lower. Those past
  /// the end of the task are always set: all ones means everything.
  _Atomic uint64_t claimed;
  _Atomic uint64_t done;
  _Atomic uint32_t segment_shift;
  _Atomic uint32_t flags;
  _Atomic(void *) cookie;
};

struct copier_queue {
  /// Of the clients. Upper half: the next ticket, modulo 2^32. Bits 0 to 15:
  /// how many tasks are pending, that is, not acknowledged. Bits 16 to 31 are
  /// the owner's, and stay as they are.
  _Alignas(64) uint64_t *word;
  uint64_t own_word; ///< Where `word` may point.
  unsigned limit;    ///< How many may be pending: COPIER_QUEUE_SLOTS at most.
  /// A ticket not far behind the next one: from it and the word's 32 bits
  /// follow all 64.
  _Atomic copier_ticket near;

  /// Of the workers: the oldest ticket that is not retired.
  _Alignas(64) _Atomic copier_ticket tail;
  /// The client's other queue, to whose tickets barriers refer; may be NULL.
  struct copier_queue *partner;

  struct copier_slot slots[COPIER_QUEUE_SLOTS];
};

/// The tickets [first, past).
struct copier_tickets {
  copier_ticket first;
  copier_ticket past;
};

/// Makes the zeroed \p queue, which takes up to \p limit tasks and counts
/// in \p word, or if that is NULL in a word of its own.
void copier_queue_init(struct copier_queue *queue, unsigned limit,
                       uint64_t *word);

/// What came of a submission.
struct copier_submission {
  copier_ticket first; ///< The ticket of its first task.
  uint64_t word;       ///< What queue->word was before it.
  /// To make room, so many tasks were acknowledged (even if that was in vain).
  uint32_t acknowledged;
};

/// Submits the \p count \p tasks with consecutive tickets; false, and nothing
/// is submitted, if the queue has not room for all.
bool copier_queue_push(struct copier_queue *queue,
                       const struct copier_task *tasks, unsigned count,
                       struct copier_submission *submission);

/// How many tasks are pending.
static inline uint32_t copier_queue_pending(const struct copier_queue *queue) {
  return (uint16_t)__atomic_load_n(queue->word, __ATOMIC_ACQUIRE);
}

/// Takes note of what is complete, so that it is pending no more; returns how
/// many tasks that were. Whoever then sees fewer pending ones sees their bytes.
uint32_t copier_queue_acknowledge(struct copier_queue *queue);

/// The tickets that may be pending: all earlier ones are done.
struct copier_tickets copier_queue_tickets(struct copier_queue *queue);

/// For a worker that polls: likewise, without a look at what clients write. It
/// ends before the first ticket that is not published.
struct copier_tickets copier_queue_published(struct copier_queue *queue);

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

/// Claims segment \p index; false if somebody has it, or had. The holder must
/// go on to copier_queue_finish or copier_queue_unclaim without waiting for
/// anybody.
bool copier_queue_claim(struct copier_queue *queue, copier_ticket ticket,
                        unsigned index);

/// Gives back a claimed segment as it was.
void copier_queue_unclaim(struct copier_queue *queue, copier_ticket ticket,
                          unsigned index);

/// Marks a claimed segment done and retires what can be; false if it was done
/// already.
bool copier_queue_finish(struct copier_queue *queue, copier_ticket ticket,
                         unsigned index);

/// After fork, in the child, its only thread: forgets the claims of the threads
/// that are gone, and the submissions that they had not published.
void copier_queue_after_fork(struct copier_queue *queue);

#endif // COPIER_CORE_QUEUE_H
