//===- serve.c - What a service does with its clients -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Small tasks are gathered into one batch, so that a dispatcher with several
// copy units has something to distribute (e-piggyback; paper, section 4.3).
// Tasks of one batch do not depend on each other: one that does is not ready
// before the batch is copied.
//
//===----------------------------------------------------------------------===//

#include "core/serve.h"

/// A batch of this many bytes is worth a round of its own.
#define ROUND_BYTES 12288

/// One call of copier_serve.
struct round {
  const struct copier_order *order;
  const struct copier_worker *worker;
  size_t slice;
  size_t bytes;
  struct copier_batch batch;
};

static void flush(struct round *round) {
  if (!round->batch.segments)
    return;
  round->bytes += round->batch.bytes;
  copier_batch_copy(&round->batch, round->worker);
}

/// Has the round to end here?
static bool is_over(const struct round *round) {
  return round->bytes + round->batch.bytes >= round->slice ||
         (round->worker->is_wanted && round->worker->is_wanted());
}

/// Adds segment \p index to the batch, which is copied first if it stands in
/// the way.
static enum copier_outcome add(struct round *round, unsigned place,
                               const struct copier_task *task, unsigned index) {
  struct copier_part blocker;
  enum copier_outcome outcome = copier_batch_add(
      &round->batch, round->order, place, task, index, round->worker, &blocker);
  if (outcome == COPIER_BLOCKED && round->batch.segments) {
    flush(round);
    outcome = copier_batch_add(&round->batch, round->order, place, task, index,
                               round->worker, &blocker);
  }
  return outcome;
}

static void account(const struct round *round, const struct copier_task *task,
                    unsigned copied) {
  if (copied)
    round->worker->account(task, copied, 0);
}

/// Copies those of \p segments of \p task that nobody else claims; false if the
/// round is over.
static bool serve_segments(struct round *round, unsigned place,
                           const struct copier_task *task,
                           copier_segments segments) {
  unsigned copied = 0;
  bool goes_on = true;
  struct copier_place at = copier_order_at(round->order, place);
  unsigned index = COPIER_NO_SEGMENT;
  while (goes_on && (segments &= copier_queue_unclaimed(at.queue, at.ticket))) {
    index = copier_next_segment(task, segments, index);
    enum copier_outcome outcome = add(round, place, task, index);
    if (outcome == COPIER_STUCK || outcome == COPIER_BLOCKED)
      break;
    copied += outcome == COPIER_COPIED;
    goes_on = !is_over(round);
    if (!goes_on || round->batch.bytes >= ROUND_BYTES ||
        !copier_batch_has_room(&round->batch, round->worker->claims()))
      flush(round);
  }
  account(round, task, copied);
  return goes_on;
}

/// Those \p segments of \p task that are ready, be it after the batch is
/// copied.
static copier_segments ready_segments(struct round *round, unsigned place,
                                      const struct copier_task *task,
                                      copier_segments segments) {
  copier_segments ready =
      copier_ready_segments(round->order, place, task, segments);
  if (ready == segments || !round->batch.segments)
    return ready;
  flush(round);
  return copier_ready_segments(round->order, place, task, segments);
}

static bool serve_task(struct round *round, unsigned place) {
  struct copier_place at = copier_order_at(round->order, place);
  copier_segments segments = copier_queue_unclaimed(at.queue, at.ticket);
  struct copier_task task;
  if (!segments || !copier_order_read(round->order, place, &task) ||
      ((task.flags & COPIER_TASK_LAZY) && !round->worker->is_due(&task)))
    return true;
  return serve_segments(round, place, &task,
                        ready_segments(round, place, &task, segments));
}

size_t copier_serve(struct copier_client *client, size_t slice,
                    const struct copier_worker *worker) {
  struct copier_order order;
  copier_order_of(client, /*polling=*/true, &order);
  struct round round = {.order = &order, .worker = worker, .slice = slice};
  for (unsigned place = 0; place != order.places; ++place)
    if (!serve_task(&round, place))
      break;
  flush(&round);
  return round.bytes;
}

size_t copier_serve_range(struct copier_client *client,
                          struct copier_range range,
                          const struct copier_worker *worker) {
  struct copier_plan plan;
  if (!copier_plan_sync(client, range, COPIER_NO_RANGE, &plan))
    return 0;
  struct round round = {
      .order = &plan.order, .worker = worker, .slice = SIZE_MAX};
  for (unsigned place = 0; place != plan.order.places; ++place) {
    struct copier_task task;
    if (plan.needed[place] && copier_order_read(&plan.order, place, &task))
      serve_segments(&round, place, &task,
                     ready_segments(&round, place, &task, plan.needed[place]));
  }
  flush(&round);
  return round.bytes;
}

/// Other services change it at the same time; being off by a slice is no harm.
static uint64_t served(const struct copier_client *client) {
  return atomic_load_explicit(&client->served, memory_order_relaxed);
}

static void set_served(struct copier_client *client, uint64_t bytes) {
  atomic_store_explicit(&client->served, bytes, memory_order_relaxed);
}

/// Client number \p i, which may just be coming.
static struct copier_client *at(struct copier_client *const *clients,
                                unsigned i) {
  return __atomic_load_n(&clients[i], __ATOMIC_ACQUIRE);
}

/// The client, not \p tried before, that has been served least; NULL if none.
static struct copier_client *served_least(struct copier_client *const *clients,
                                          unsigned count, uint64_t tried) {
  struct copier_client *least = NULL;
  for (unsigned i = 0; i != count; ++i) {
    struct copier_client *client = at(clients, i);
    if (client && !(tried >> i & 1) &&
        (!least || served(client) < served(least)))
      least = client;
  }
  return least;
}

/// Who has been idle gets no credit for it.
static void catch_up(struct copier_client *const *clients, unsigned count,
                     uint64_t least, uint64_t tried) {
  for (unsigned i = 0; i != count; ++i) {
    struct copier_client *client = at(clients, i);
    if (client && (tried >> i & 1) && served(client) < least)
      set_served(client, least);
  }
}

/// The bit of \p client in a set of \p clients.
static uint64_t bit_of(const struct copier_client *client,
                       struct copier_client *const *clients, unsigned count) {
  uint64_t result = 0;
  for (unsigned i = 0; i != count; ++i)
    if (at(clients, i) == client)
      result |= (uint64_t)1 << i;
  return result;
}

void copier_serve_newcomer(struct copier_client *client,
                           struct copier_client *const *clients,
                           unsigned count) {
  const struct copier_client *least =
      served_least(clients, count, bit_of(client, clients, count));
  if (least)
    set_served(client, served(least));
}

size_t copier_serve_fairly(struct copier_client *const *clients, unsigned count,
                           size_t slice, const struct copier_worker *worker) {
  uint64_t tried = 0;
  struct copier_client *client;
  while ((client = served_least(clients, count, tried))) {
    uint64_t before = served(client);
    size_t bytes = copier_serve(client, slice, worker);
    if (bytes) {
      uint32_t shares =
          atomic_load_explicit(&client->shares, memory_order_relaxed);
      set_served(client, before + bytes * COPIER_DEFAULT_SHARES / shares);
      catch_up(clients, count, before, tried);
      return bytes;
    }
    tried |= bit_of(client, clients, count);
  }
  return 0;
}
