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
// claim held, and its handler may take long, or never return. Who has waited
// for very long asks what to do (copier_worker.waits_on).
//
//===----------------------------------------------------------------------===//

#include "core/complete.h"

//===----------------------------------------------------------------------===//
// Planning
//===----------------------------------------------------------------------===//

/// The segments of \p task that write only bytes in \p range.
static copier_segments segments_within(const struct copier_task *task,
                                       struct copier_range range) {
  copier_segments result = copier_segments_writing(task, range);
  struct copier_range below = {0, range.begin};
  struct copier_range above = {range.end, UINTPTR_MAX};
  return result & ~copier_segments_writing(task, below) &
         ~copier_segments_writing(task, above);
}

/// What of \p earlier must be done before \p segments of \p later, if what
/// writes only bytes in \p given_up is.
static copier_segments segments_due(const struct copier_task *earlier,
                                    const struct copier_task *later,
                                    copier_segments segments,
                                    struct copier_range given_up) {
  return copier_segments_before(earlier, later, segments) |
         (copier_segments_read_by(earlier, later, segments) &
          ~segments_within(earlier, given_up));
}

/// Plans for \p needed at \p place, which comes before all places of the plan.
static void plan_place(struct copier_plan *plan, unsigned place,
                       copier_segments needed) {
  plan->needed[place] = needed;
  if (needed)
    plan->places[plan->places_used++] = (uint16_t)place;
}

/// What of \p task must be done before what later places need.
static copier_segments needed_by_later(const struct copier_plan *plan,
                                       const struct copier_task *task) {
  copier_segments result = 0;
  for (unsigned i = 0; i != plan->places_used; ++i) {
    unsigned later = plan->places[i];
    struct copier_task reader;
    if (plan->needed[later] && copier_order_read(&plan->order, later, &reader))
      result |=
          segments_due(task, &reader, plan->needed[later], plan->given_up);
  }
  return result;
}

/// Puts into the plan what \p seeds, by place, says is needed, and all that it
/// depends on.
static void plan_seeds(struct copier_plan *plan, const copier_segments *seeds) {
  plan->places_used = 0;
  for (unsigned place = plan->order.places; place-- > 0;) {
    copier_segments unfinished = copier_order_unfinished(&plan->order, place);
    copier_segments needed = seeds[place];
    struct copier_task task;
    if (unfinished && copier_order_read(&plan->order, place, &task))
      needed |= needed_by_later(plan, &task);
    plan_place(plan, place, needed & unfinished);
  }
}

static void begin_plan(struct copier_plan *plan,
                       const struct copier_client *client,
                       struct copier_range given_up) {
  plan->is_partial = !copier_order_of(client, /*polling=*/false, &plan->order);
  plan->given_up = given_up;
}

bool copier_plan_sync(const struct copier_client *client,
                      struct copier_range written, struct copier_range read,
                      struct copier_plan *plan) {
  begin_plan(plan, client, COPIER_NO_RANGE);
  plan->places_used = 0;
  for (unsigned place = plan->order.places; place-- > 0;) {
    copier_segments needed = 0;
    copier_segments unfinished = copier_order_unfinished(&plan->order, place);
    struct copier_task task;
    if (unfinished && copier_order_read(&plan->order, place, &task)) {
      needed = plan->is_partial ? COPIER_ALL_SEGMENTS
                                : copier_segments_writing(&task, written) |
                                      copier_segments_reading(&task, written) |
                                      copier_segments_writing(&task, read);
      if (unfinished & ~needed)
        needed |= needed_by_later(plan, &task);
    }
    plan_place(plan, place, needed & unfinished);
  }
  return plan->places_used != 0;
}

bool copier_plan_part(const struct copier_client *client,
                      struct copier_place at, copier_segments segments,
                      struct copier_plan *plan) {
  copier_segments seeds[COPIER_MAX_PLACES];
  begin_plan(plan, client, COPIER_NO_RANGE);
  for (unsigned place = 0; place != plan->order.places; ++place) {
    struct copier_place here = copier_order_at(&plan->order, place);
    bool is_it = here.queue == at.queue && here.ticket == at.ticket;
    seeds[place] = is_it ? segments : 0;
  }
  plan_seeds(plan, seeds);
  return plan->places_used != 0;
}

//===----------------------------------------------------------------------===//
// Carrying out
//===----------------------------------------------------------------------===//

/// Those \p segments of \p task that do not wait for \p unfinished of \p
/// earlier.
static copier_segments ready_after(const struct copier_task *earlier,
                                   copier_segments unfinished,
                                   const struct copier_task *task,
                                   copier_segments segments,
                                   struct copier_range given_up) {
  if (!(segments_due(earlier, task, segments, given_up) & unfinished))
    return segments;
  copier_segments result = 0;
  for (copier_segments rest = segments; rest; rest &= rest - 1) {
    copier_segments one = rest & -rest;
    if (!(segments_due(earlier, task, one, given_up) & unfinished))
      result |= one;
  }
  return result;
}

static copier_segments ready_segments(const struct copier_order *order,
                                      unsigned place,
                                      const struct copier_task *task,
                                      copier_segments segments,
                                      struct copier_range given_up) {
  for (unsigned earlier = 0; segments && earlier != place; ++earlier) {
    copier_segments unfinished = copier_order_unfinished(order, earlier);
    struct copier_task before;
    if (unfinished && copier_order_read(order, earlier, &before))
      segments = ready_after(&before, unfinished, task, segments, given_up);
  }
  return segments;
}

copier_segments copier_ready_segments(const struct copier_order *order,
                                      unsigned place,
                                      const struct copier_task *task,
                                      copier_segments segments) {
  return ready_segments(order, place, task, segments, COPIER_NO_RANGE);
}

/// Those of the \p segments, claimed by others, for which it makes sense to
/// wait even longer.
static copier_segments waited_on(struct copier_place at,
                                 const struct copier_task *task,
                                 copier_segments segments,
                                 const struct copier_worker *worker) {
  copier_segments result = 0;
  while (segments) {
    unsigned index = (unsigned)__builtin_ctz(segments);
    segments &= segments - 1;
    if (worker->waits_on(at, task, index))
      result |= (copier_segments)1 << index;
  }
  return result;
}

/// Waits until of \p segments, which are not done, one is done or can be
/// claimed. Returns those that it makes no sense to wait for.
static copier_segments await_others(struct copier_place at,
                                    const struct copier_task *task,
                                    copier_segments segments,
                                    const struct copier_worker *worker) {
  if (worker->ask_for)
    worker->ask_for(at, task, segments);
  for (unsigned times = 0;; ++times) {
    copier_segments claimed = ~copier_queue_unclaimed(at.queue, at.ticket);
    copier_segments left =
        segments & copier_queue_unfinished(at.queue, at.ticket);
    if (left != segments || (left & ~claimed))
      return 0;
    if (!worker->relax(times))
      continue;
    copier_segments stuck = left & ~waited_on(at, task, left, worker);
    if (stuck)
      return stuck;
  }
}

/// Copies segment \p index, which nobody had claimed a moment ago.
static enum copier_outcome
copy_one(const struct copier_order *order, unsigned place,
         const struct copier_task *task, unsigned index,
         const struct copier_worker *worker, struct copier_part *blocker) {
  struct copier_batch batch;
  copier_batch_init(&batch);
  enum copier_outcome outcome =
      copier_batch_add(&batch, order, place, task, index, worker, blocker);
  if (outcome == COPIER_COPIED)
    copier_batch_copy(&batch, worker);
  return outcome;
}

/// How far a client has come with the task at one place.
struct progress {
  unsigned copied;
  unsigned blocked;           ///< The segment that the blocker blocks.
  struct copier_part blocker; ///< No segments: none.
};

/// Copies or waits for the \p needed segments at \p place until they are done,
/// stuck or blocked.
static void complete_task(const struct copier_order *order, unsigned place,
                          const struct copier_task *task,
                          copier_segments needed,
                          const struct copier_worker *worker,
                          struct progress *progress) {
  struct copier_place at = copier_order_at(order, place);
  unsigned index = COPIER_NO_SEGMENT;
  while ((needed &= copier_queue_unfinished(at.queue, at.ticket))) {
    copier_segments free = needed & copier_queue_unclaimed(at.queue, at.ticket);
    if (!free) {
      needed &= ~await_others(at, task, needed, worker);
      continue;
    }
    index = copier_next_segment(task, free, index);
    switch (copy_one(order, place, task, index, worker, &progress->blocker)) {
    case COPIER_COPIED:
      ++progress->copied;
      break;
    case COPIER_TAKEN:
      break;
    case COPIER_BLOCKED:
      progress->blocked = index;
      return;
    case COPIER_STUCK:
      // The others may be what nobody but this worker would copy.
      needed &= ~((copier_segments)1 << index);
      break;
    }
    progress->blocker.segments = 0;
  }
}

/// Deals with what the task at \p place was blocked by, at an earlier place: if
/// somebody copies it, waits; if it is not done then, adds it to the plan.
/// Returns the place to go on from; the next one if that is in vain.
static unsigned unblock(struct copier_plan *plan, unsigned place,
                        struct copier_part blocker,
                        const struct copier_worker *worker) {
  struct copier_place at = copier_order_at(&plan->order, blocker.place);
  struct copier_task task;
  if (!copier_order_read(&plan->order, blocker.place, &task))
    return place;
  copier_segments left =
      blocker.segments & copier_queue_unfinished(at.queue, at.ticket);
  if (!left)
    return place;
  if (!(left & copier_queue_unclaimed(at.queue, at.ticket)) &&
      await_others(at, &task, left, worker))
    return place + 1;
  // What was only lent and is given back goes into the plan: a service that
  // borrows it again and again would have this one wait without end.
  left &= copier_queue_unfinished(at.queue, at.ticket);
  if (!left)
    return place;
  // What the plan has, and still is not done, is stuck: so is this.
  if (!(left & ~plan->needed[blocker.place]))
    return place + 1;
  copier_segments seeds[COPIER_MAX_PLACES];
  for (unsigned i = 0; i != plan->order.places; ++i)
    seeds[i] = plan->needed[i];
  seeds[blocker.place] |= left;
  plan_seeds(plan, seeds);
  return 0;
}

void copier_complete(struct copier_plan *plan,
                     const struct copier_worker *worker) {
  bool in_order = true;
  copier_segments stuck = 0; // At this place, for what they are blocked by.
  for (unsigned place = 0; place < plan->order.places;) {
    copier_segments needed = plan->needed[place] & ~stuck;
    struct copier_task task;
    bool known = needed && copier_order_read(&plan->order, place, &task);
    if (known && !in_order)
      needed =
          ready_segments(&plan->order, place, &task, needed, plan->given_up);
    if (!known || !needed) {
      ++place;
      stuck = 0;
      continue;
    }
    uint64_t start = worker->clock();
    struct progress progress = {0};
    complete_task(&plan->order, place, &task, needed, worker, &progress);
    worker->account(&task, progress.copied, worker->clock() - start);
    unsigned next = place + 1;
    if (progress.blocker.segments) {
      next = unblock(plan, place, progress.blocker, worker);
      if (next > place) {
        stuck |= (copier_segments)1 << progress.blocked;
        in_order = false;
        continue;
      }
    } else {
      // What is stuck stays in the plan.
      plan->needed[place] &= copier_order_unfinished(&plan->order, place);
      in_order &= !plan->needed[place];
    }
    if (next != place)
      stuck = 0;
    place = next;
  }
  plan->is_partial &= in_order;
}

//===----------------------------------------------------------------------===//
// Aborting
//===----------------------------------------------------------------------===//

/// Plans to complete what meets \p range and is not given up: what reads it,
/// and segments that write bytes next to it as well. All that it has if it is
/// partial: who reads it may be further back than the order has room for.
static void plan_rest(struct copier_plan *plan, struct copier_range range) {
  copier_segments seeds[COPIER_MAX_PLACES];
  for (unsigned place = 0; place != plan->order.places; ++place) {
    struct copier_task task;
    seeds[place] = plan->is_partial ? COPIER_ALL_SEGMENTS : 0;
    if (!plan->is_partial && copier_order_read(&plan->order, place, &task))
      seeds[place] = (copier_segments_writing(&task, range) |
                      copier_segments_reading(&task, range)) &
                     ~segments_within(&task, range);
  }
  plan_seeds(plan, seeds);
}

/// Gives up the segments within \p range of the task at \p place, or waits for
/// who has claimed them.
static void drop(const struct copier_order *order, unsigned place,
                 struct copier_range range,
                 const struct copier_worker *worker) {
  struct copier_place at = copier_order_at(order, place);
  struct copier_task task;
  if (!copier_order_read(order, place, &task))
    return;
  copier_segments left = segments_within(&task, range);
  while ((left &= copier_queue_unfinished(at.queue, at.ticket))) {
    copier_segments free = left & copier_queue_unclaimed(at.queue, at.ticket);
    if (!free)
      left &= ~await_others(at, &task, left, worker);
    else if (copier_queue_claim(at.queue, at.ticket,
                                (unsigned)__builtin_ctz(free)))
      copier_give_up(at, &task, (unsigned)__builtin_ctz(free), worker);
  }
}

void copier_abort_range(const struct copier_client *client,
                        struct copier_range range,
                        const struct copier_worker *worker) {
  struct copier_plan plan;
  do {
    begin_plan(&plan, client, range);
    plan_rest(&plan, range);
    copier_complete(&plan, worker);
  } while (plan.is_partial);
  // Newest first: nothing is left that reads an older one through it.
  for (unsigned place = plan.order.places; place-- > 0;)
    drop(&plan.order, place, range, worker);
}
