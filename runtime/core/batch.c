//===- batch.c - Copying segments that are claimed together -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nobody waits while holding a claim: what cannot be had at once is given back.
//
//===----------------------------------------------------------------------===//

#include "core/batch.h"

static void finish(struct copier_place at, const struct copier_task *task,
                   unsigned index, const struct copier_worker *worker) {
  if (worker->begin_finish)
    worker->begin_finish(task);
  if (copier_queue_finish(at.queue, at.ticket, index) && worker->finished)
    worker->finished(task, index);
  if (worker->end_finish)
    worker->end_finish(task);
}

void copier_give_up(struct copier_place at, const struct copier_task *task,
                    unsigned index, const struct copier_worker *worker) {
  finish(at, task, index, worker);
}

static bool claim(struct copier_claims *claims, struct copier_place at,
                  unsigned index, bool is_lender) {
  if (!copier_queue_claim(at.queue, at.ticket, index))
    return false;
  claims->held[claims->used] = (struct copier_claim){at, index, is_lender};
  // A fault handler on this thread reads the record.
  atomic_signal_fence(memory_order_seq_cst);
  ++claims->used;
  return true;
}

/// Gives back the claims from number \p first on.
static void unclaim(struct copier_claims *claims, unsigned first) {
  while (claims->used != first) {
    const struct copier_claim *last = &claims->held[--claims->used];
    copier_queue_unclaim(last->at.queue, last->at.ticket, last->index);
  }
}

/// Touches every page of the pieces as the copy will, unless they are safe: if
/// that faults, no lender is claimed yet, and none can be lost to a handler
/// that jumps out.
static void touch(const struct copier_sources *sources,
                  const struct copier_worker *worker) {
  enum { PAGE = 4096 };
  for (unsigned i = 0; i != sources->pieces_used; ++i) {
    const struct copier_piece *piece = &sources->pieces[i];
    if (worker->is_safe(piece))
      continue;
    for (size_t at = 0; at < piece->n; at += PAGE - (piece->src + at) % PAGE)
      (void)*(const volatile char *)(piece->src + at);
    for (size_t at = 0; at < piece->n; at += PAGE - (piece->dst + at) % PAGE) {
      volatile char *byte = (volatile char *)(piece->dst + at);
      *byte = *byte;
    }
  }
}

/// Claims the lenders of \p sources; if one cannot be had, it is the blocker.
static bool borrow(struct copier_claims *claims,
                   const struct copier_order *order,
                   const struct copier_sources *sources,
                   struct copier_part *blocker) {
  for (unsigned i = 0; i != sources->lenders_used; ++i) {
    struct copier_part lender = sources->lenders[i];
    struct copier_place at = copier_order_at(order, lender.place);
    while (lender.segments) {
      unsigned index = (unsigned)__builtin_ctz(lender.segments);
      lender.segments &= lender.segments - 1;
      if (claims->used == COPIER_MAX_CLAIMS ||
          !claim(claims, at, index, /*is_lender=*/true)) {
        *blocker =
            (struct copier_part){lender.place, (copier_segments)1 << index};
        return false;
      }
    }
  }
  return true;
}

static bool make_resident(const struct copier_worker *worker,
                          struct copier_place at,
                          const struct copier_task *task,
                          const struct copier_sources *sources) {
  for (unsigned i = 0; worker->make_resident && i != sources->pieces_used; ++i)
    if (!worker->make_resident(at, task, &sources->pieces[i]))
      return false;
  return true;
}

/// Claims the segment and its lenders.
static enum copier_outcome claim_all(const struct copier_order *order,
                                     struct copier_place at, unsigned index,
                                     const struct copier_sources *sources,
                                     const struct copier_worker *worker,
                                     struct copier_part *blocker) {
  struct copier_claims *claims = worker->claims();
  unsigned before = claims->used;
  if (!claim(claims, at, index, /*is_lender=*/false))
    return COPIER_TAKEN;
  if (sources->lenders_used && !worker->make_resident)
    touch(sources, worker);
  if (borrow(claims, order, sources, blocker))
    return COPIER_COPIED;
  unclaim(claims, before);
  return COPIER_BLOCKED;
}

enum copier_outcome
copier_batch_add(struct copier_batch *batch, const struct copier_order *order,
                 unsigned place, const struct copier_task *task, unsigned index,
                 const struct copier_worker *worker,
                 struct copier_part *blocker) {
  size_t offset = copier_segment_offset(task, index);
  size_t size = copier_segment_size(task, index);
  struct copier_sources sources;
  if (!copier_find_sources(order, place, task->dst + offset, task->src + offset,
                           size, &sources, blocker))
    return COPIER_BLOCKED;
  if (batch->pieces_used + sources.pieces_used > COPIER_MAX_PIECES) {
    // Only with others in the batch: alone, it has room.
    *blocker = (struct copier_part){place, 0};
    return COPIER_BLOCKED;
  }
  struct copier_place at = copier_order_at(order, place);
  if (!make_resident(worker, at, task, &sources))
    return COPIER_STUCK;
  enum copier_outcome outcome =
      claim_all(order, at, index, &sources, worker, blocker);
  if (outcome != COPIER_COPIED)
    return outcome;
  for (unsigned i = 0; i != sources.pieces_used; ++i)
    batch->pieces[batch->pieces_used++] = sources.pieces[i];
  ++batch->segments;
  batch->bytes += size;
  return COPIER_COPIED;
}

bool copier_batch_has_room(const struct copier_batch *batch,
                           const struct copier_claims *claims) {
  return batch->pieces_used < COPIER_MAX_PIECES &&
         claims->used + COPIER_MAX_LENDERS / 2 < COPIER_MAX_CLAIMS;
}

/// Reads the task of a claim, which cannot be retired.
static struct copier_task task_of(const struct copier_claim *held) {
  struct copier_task task = {0};
  copier_queue_read(held->at.queue, held->at.ticket, &task);
  return task;
}

/// A worker that must not fault leaves lenders out: it knows only of what it
/// reads of them that it is resident.
static void verify(const struct copier_claims *claims,
                   const struct copier_worker *worker) {
  for (unsigned i = 0; worker->verify && i != claims->used; ++i) {
    const struct copier_claim *held = &claims->held[i];
    if (held->is_lender && worker->make_resident)
      continue;
    struct copier_task task = task_of(held);
    worker->verify(held->at, &task, held->index);
  }
}

void copier_batch_copy(struct copier_batch *batch,
                       const struct copier_worker *worker) {
  struct copier_claims *claims = worker->claims();
  verify(claims, worker);
  atomic_signal_fence(memory_order_seq_cst);
  worker->copy(batch->pieces, batch->pieces_used);
  atomic_signal_fence(memory_order_seq_cst);
  // Lenders first: what depends on the segments may need them.
  unsigned used = claims->used;
  for (unsigned i = 0; i != used; ++i) {
    const struct copier_claim *held = &claims->held[i];
    if (held->is_lender)
      copier_queue_unclaim(held->at.queue, held->at.ticket, held->index);
  }
  claims->used = 0;
  for (unsigned i = 0; i != used; ++i) {
    const struct copier_claim held = claims->held[i];
    if (held.is_lender)
      continue;
    struct copier_task task = task_of(&held);
    finish(held.at, &task, held.index, worker);
  }
  copier_batch_init(batch);
}

/// Gives up what nobody else has claimed of the task at \p at.
static void give_up_task(struct copier_place at,
                         const struct copier_worker *worker,
                         const struct copier_task *task) {
  copier_segments left = copier_queue_unclaimed(at.queue, at.ticket);
  while (left) {
    unsigned index = (unsigned)__builtin_ctz(left);
    left &= left - 1;
    if (copier_queue_claim(at.queue, at.ticket, index))
      finish(at, task, index, worker);
  }
}

/// Gives up the tasks of the amemcpy to which the one at \p at belongs.
static void give_up_copy(struct copier_place at,
                         const struct copier_worker *worker) {
  struct copier_task task;
  struct copier_place first = at;
  while (first.ticket > 0 &&
         copier_queue_read(first.queue, first.ticket - 1, &task) &&
         (task.flags & COPIER_TASK_CONTINUES))
    --first.ticket;
  for (;; ++first.ticket) {
    bool known = copier_queue_read(first.queue, first.ticket, &task);
    if (known)
      give_up_task(first, worker, &task);
    // A task before the faulty one may be retired already.
    if (first.ticket >= at.ticket &&
        !(known && (task.flags & COPIER_TASK_CONTINUES)))
      return;
  }
}

void copier_give_up_claims(struct copier_claims *claims,
                           const struct copier_worker *worker) {
  unsigned used = claims->used;
  claims->used = 0;
  for (unsigned i = 0; i != used; ++i) {
    const struct copier_claim held = claims->held[i];
    if (held.is_lender) {
      copier_queue_unclaim(held.at.queue, held.at.ticket, held.index);
      continue;
    }
    give_up_copy(held.at, worker);
    struct copier_task task = task_of(&held);
    finish(held.at, &task, held.index, worker);
  }
}
