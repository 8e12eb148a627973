//===- complete.c - Completing the copies that somebody waits for -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nobody waits while holding a claim, and everybody completes older tasks
// before newer ones: so waiting always ends.
//
// Except that a copy from or to a bad address faults, in a client with its
// claim held, and a handler may jump away. As after such a memcpy, the rest of
// the segment is never copied: the claim is given up, by the same thread when
// it comes back, or by one that has waited for very long.
//
//===----------------------------------------------------------------------===//

#include "core/complete.h"

/// What of the earlier task the needed segments of later ones depend on.
static copier_segments needed_by_later(struct copier_queue *queue,
                                       const struct copier_plan *plan,
                                       copier_ticket ticket,
                                       const struct copier_task *task) {
  copier_segments result = 0;
  for (copier_ticket later = ticket + 1; later != plan->tickets.past; ++later) {
    copier_segments segments = plan->needed[later - plan->tickets.first];
    struct copier_task later_task;
    if (segments && copier_queue_read(queue, later, &later_task))
      result |= copier_segments_before(task, &later_task, segments);
  }
  return result;
}

bool copier_plan_completion(struct copier_queue *queue,
                            struct copier_range written,
                            struct copier_range read,
                            struct copier_plan *plan) {
  plan->tickets = copier_queue_tickets(queue);
  bool any = false;
  for (copier_ticket ticket = plan->tickets.past;
       ticket-- != plan->tickets.first;) {
    copier_segments needed = 0;
    struct copier_task task;
    if (copier_queue_read(queue, ticket, &task)) {
      needed = copier_segments_writing(&task, written) |
               copier_segments_reading(&task, written) |
               copier_segments_writing(&task, read);
      if (any)
        needed |= needed_by_later(queue, plan, ticket, &task);
      needed &= copier_queue_unfinished(queue, ticket);
    }
    plan->needed[ticket - plan->tickets.first] = needed;
    any |= needed != 0;
  }
  return any;
}

/// Is everything done that \p segments of \p task depend on?
static bool is_ready(struct copier_queue *queue, copier_ticket ticket,
                     const struct copier_task *task, copier_segments segments) {
  copier_ticket earlier = copier_queue_tickets(queue).first;
  for (; earlier < ticket; ++earlier) {
    copier_segments unfinished = copier_queue_unfinished(queue, earlier);
    struct copier_task before;
    if (unfinished && copier_queue_read(queue, earlier, &before) &&
        (copier_segments_before(&before, task, segments) & unfinished))
      return false;
  }
  return true;
}

/// Removes the segment that \p worker takes next from \p segments.
static unsigned take_next(copier_segments *segments,
                          const struct copier_worker *worker) {
  unsigned index = worker->forwards ? (unsigned)__builtin_ctz(*segments)
                                    : 31 - (unsigned)__builtin_clz(*segments);
  *segments &= ~((copier_segments)1 << index);
  return index;
}

/// Gives up what a fault handler of this thread has jumped out of. (Or the
/// handler itself is here, and the copy goes on when it returns.)
static void give_up_abandoned(struct copier_queue *queue,
                              struct copier_claim *claim) {
  if (claim->ticket_plus_one)
    copier_queue_finish(queue, claim->ticket_plus_one - 1, claim->index);
  claim->ticket_plus_one = 0;
}

/// Copies a segment unless somebody else has claimed it; false if it cannot be
/// made resident. Counts in \p copied.
static bool copy_segment(struct copier_queue *queue, copier_ticket ticket,
                         const struct copier_task *task, unsigned index,
                         const struct copier_worker *worker, unsigned *copied) {
  size_t offset = copier_segment_offset(task, index);
  size_t size = copier_segment_size(task, index);
  if (worker->make_resident &&
      !worker->make_resident(ticket, task, offset, size))
    return false;
  if (!copier_queue_claim(queue, ticket, index))
    return true;
  struct copier_claim *claim = worker->claim();
  *claim = (struct copier_claim){ticket + 1, index};
  // A fault handler on this thread reads the claim.
  atomic_signal_fence(memory_order_seq_cst);
  worker->copy(task->dst + offset, task->src + offset, size);
  atomic_signal_fence(memory_order_seq_cst);
  claim->ticket_plus_one = 0;
  copier_queue_finish(queue, ticket, index);
  ++*copied;
  return true;
}

/// Copies those of \p segments, which are ready, that nobody else claims;
/// false at the first that cannot be made resident.
static bool copy_segments(struct copier_queue *queue, copier_ticket ticket,
                          const struct copier_task *task,
                          copier_segments segments,
                          const struct copier_worker *worker,
                          unsigned *copied) {
  while ((segments &= copier_queue_unclaimed(queue, ticket))) {
    unsigned index = take_next(&segments, worker);
    if (!copy_segment(queue, ticket, task, index, worker, copied))
      return false;
  }
  return true;
}

/// Gives up those of the \p claimed segments of others whose memory is bad.
static void give_up_bad(struct copier_queue *queue, copier_ticket ticket,
                        const struct copier_task *task, copier_segments claimed,
                        const struct copier_worker *worker) {
  while (claimed) {
    unsigned index = take_next(&claimed, worker);
    size_t offset = copier_segment_offset(task, index);
    if (worker->is_bad(task->dst + offset, task->src + offset,
                       copier_segment_size(task, index)))
      copier_queue_finish(queue, ticket, index);
  }
}

/// Waits until what others have claimed of \p segments is done.
static void await_others(struct copier_queue *queue, copier_ticket ticket,
                         const struct copier_task *task,
                         copier_segments segments,
                         const struct copier_worker *worker) {
  for (unsigned times = 0;; ++times) {
    copier_segments claimed = ~copier_queue_unclaimed(queue, ticket);
    claimed &= segments & copier_queue_unfinished(queue, ticket);
    if (!claimed)
      return;
    if (worker->relax(times))
      give_up_bad(queue, ticket, task, claimed, worker);
  }
}

/// Completes \p needed of one task and tells whether that was possible.
/// \p in_order: everything that it depends on is complete.
static bool complete_task(struct copier_queue *queue, copier_ticket ticket,
                          copier_segments needed, bool in_order,
                          const struct copier_worker *worker) {
  struct copier_task task;
  if (!copier_queue_read(queue, ticket, &task))
    return true;
  uint64_t start = worker->clock();
  unsigned copied = 0;
  bool complete = (in_order || is_ready(queue, ticket, &task, needed)) &&
                  copy_segments(queue, ticket, &task, needed, worker, &copied);
  await_others(queue, ticket, &task, needed, worker);
  worker->account(task.cookie, copied, worker->clock() - start);
  return complete;
}

void copier_complete(struct copier_queue *queue, const struct copier_plan *plan,
                     const struct copier_worker *worker) {
  give_up_abandoned(queue, worker->claim());
  bool in_order = true;
  for (copier_ticket ticket = plan->tickets.first; ticket != plan->tickets.past;
       ++ticket) {
    copier_segments needed = plan->needed[ticket - plan->tickets.first];
    if (needed)
      in_order &= complete_task(queue, ticket, needed, in_order, worker);
  }
}

bool copier_serve(struct copier_queue *queue, copier_ticket ticket,
                  const struct copier_worker *worker, bool *stuck) {
  *stuck = false;
  copier_segments segments = copier_queue_unclaimed(queue, ticket);
  struct copier_task task;
  if (!segments || !copier_queue_read(queue, ticket, &task) ||
      !is_ready(queue, ticket, &task, segments))
    return false;
  unsigned copied = 0;
  *stuck = !copy_segments(queue, ticket, &task, segments, worker, &copied);
  worker->account(task.cookie, copied, 0);
  return copied != 0;
}
