//===- adversary.c - The backends that find missing csyncs --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_BACKEND=adversary:POLICY. Legal by the contract of amemcpy, and as
// unkind as that allows: a program that lacks a csync gives a wrong result
// every time instead of once a month. While a copy is pending, its destination
// holds a pattern, and a change of its source is found (fingerprint.h).
//
//   never    only csync copies, and only the bytes that it must.
//   eager    the copy goes through the queue and is complete when amemcpy
//            returns: finds what relies on a copy being late.
//   reverse  as never, but a csync, or a full queue, has everything else that
//            is pending copied first, the latest first as far as dependencies
//            allow: finds what relies on copies being made in order.
//   random   at each submission and csync, some of what is pending is copied.
//
// What nobody has asked for yet is copied like a service would: as far as that
// is possible without a fault.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"
#include "backends/fingerprint.h"
#include "process/clients.h"
#include "process/pending.h"
#include "process/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/// What a destination holds until its csync: neither zero, nor ASCII, nor a
/// pointer that could be used.
#define PATTERN 0xC5

static void fill(struct copier_range range) {
  memset((void *)range.begin, PATTERN, range.end - range.begin);
}

/// Fills what no pending copy, from \p place in \p order on, has yet to read.
/// Each level deals with one copy, so the depth is bounded by the queue.
static void fill_unread(struct copier_range range,
                        const struct copier_order *order, unsigned place) {
  for (; range.begin < range.end && place != order->places; ++place) {
    struct copier_task task;
    if (!copier_order_unfinished(order, place) ||
        !copier_order_read(order, place, &task))
      continue;
    struct copier_range source = copier_range_of(task.src, task.size);
    if (!copier_ranges_meet(range, source))
      continue;
    if (range.begin < source.begin)
      fill_unread((struct copier_range){range.begin, source.begin}, order,
                  place + 1);
    range.begin = source.end;
  }
  if (range.begin < range.end)
    fill(range);
}

//===----------------------------------------------------------------------===//
// Submission
//===----------------------------------------------------------------------===//

/// Makes room in the queue, and fills the destinations of \p tasks: before the
/// submission, since after it another thread's csync may copy already.
static void prepare(struct copier_client *client,
                    const struct copier_task *tasks, unsigned count) {
  if (count > client->queue->limit)
    return;
  while (copier_queue_pending(client->queue) + count > client->queue->limit) {
    copier_stats_count(&copier_stats_totals.queue_full);
    copier_pending_complete_of(client, COPIER_EVERYTHING, COPIER_NO_RANGE);
  }
  struct copier_order order;
  copier_order_of(client, /*polling=*/false, &order);
  for (unsigned i = 0; i != count; ++i)
    copier_fingerprint_touch(&order, &tasks[i]);
  for (unsigned i = 0; i != count; ++i)
    fill_unread(copier_range_of(tasks[i].dst, tasks[i].size), &order, 0);
}

/// For all policies by which copies stay pending.
static bool submit(struct copier_client *client,
                   const struct copier_task *tasks, unsigned count) {
  copier_ticket first;
  if (!copier_client_push(client, tasks, count, &first))
    return false;
  for (unsigned i = 0; i != count; ++i)
    copier_fingerprint_take(client, first + i, &tasks[i]);
  return true;
}

static bool submit_unchecked(struct copier_client *client,
                             const struct copier_task *tasks, unsigned count) {
  copier_ticket first;
  return copier_client_push(client, tasks, count, &first);
}

static void complete(struct copier_client *client,
                     const struct copier_task *tasks, unsigned count) {
  for (unsigned i = 0; i != count; ++i)
    copier_pending_complete_of(
        client, copier_range_of(tasks[i].dst, tasks[i].size), COPIER_NO_RANGE);
}

//===----------------------------------------------------------------------===//
// What is copied before its time
//===----------------------------------------------------------------------===//

static void copy_latest_first(const struct copier_client *client) {
  struct copier_order order;
  copier_order_of(client, /*polling=*/false, &order);
  for (unsigned place = order.places; place-- > 0;) {
    copier_segments left = copier_order_unfinished(&order, place);
    if (left)
      copier_pending_complete_part(client, copier_order_at(&order, place),
                                   left);
  }
}

/// Where the sequence of random numbers is (splitmix64).
static _Atomic uint64_t random_state;

static uint64_t next_random(void) {
  const uint64_t step = 0x9E3779B97F4A7C15u;
  uint64_t x =
      atomic_fetch_add_explicit(&random_state, step, memory_order_relaxed) +
      step;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

static unsigned random_below(unsigned limit) {
  return (unsigned)((next_random() >> 32) * limit >> 32);
}

/// Copies \p segments, if any, at \p place, some and then the others.
static void copy_shuffled(const struct copier_client *client,
                          struct copier_place at, copier_segments segments) {
  copier_segments some = segments & (copier_segments)next_random();
  copier_pending_complete_part(client, at, some);
  copier_pending_complete_part(client, at, segments & ~some);
}

/// Copies some segments of up to this many tasks, each less one.
#define MAX_PICKS 6

static void copy_some(const struct copier_client *client) {
  struct copier_order order;
  copier_order_of(client, /*polling=*/false, &order);
  for (unsigned picks = random_below(MAX_PICKS); order.places && picks--;) {
    unsigned place = random_below(order.places);
    copier_segments segments =
        copier_order_unfinished(&order, place) & (copier_segments)next_random();
    struct copier_task task;
    if (!segments || !copier_order_read(&order, place, &task))
      continue;
    segments = copier_ready_segments(&order, place, &task, segments);
    copy_shuffled(client, copier_order_at(&order, place), segments);
  }
}

static bool submit_random(struct copier_client *client,
                          const struct copier_task *tasks, unsigned count) {
  copier_ticket first;
  if (!copier_client_push(client, tasks, count, &first))
    return false;
  bool at_once = random_below(4) == 0;
  for (unsigned i = 0; i != count; ++i) {
    copier_fingerprint_take(client, first + i, &tasks[i]);
    if (at_once)
      copy_shuffled(client, (struct copier_place){client->queue, first + i},
                    copier_task_segments(&tasks[i]));
  }
  copy_some(client);
  return true;
}

//===----------------------------------------------------------------------===//
// The backends
//===----------------------------------------------------------------------===//

static const char *start_checks(const char *argument) {
  (void)argument;
  if (!copier_fingerprint_start())
    return "there is no memory for the fingerprints of sources";
  copier_pending_verify = copier_fingerprint_verify;
  return NULL;
}

static const char *start_reverse(const char *argument) {
  copier_pending_before_sync = copy_latest_first;
  return start_checks(argument);
}

static const char *start_random(const char *argument) {
  char *end = NULL;
  errno = 0;
  if (argument && *argument >= '0' && *argument <= '9' &&
      strlen(argument) <= strlen("18446744073709551615"))
    random_state = strtoull(argument, &end, 10);
  if (!end || *end || errno)
    return "SEED must be a number from 0 to 18446744073709551615, as in "
           "adversary:random:1";
  copier_pending_before_sync = copy_some;
  return start_checks(argument);
}

static void nothing(void) {}

const struct copier_backend copier_adversary_never_backend = {
    .name = "adversary:never",
    .configure = start_checks,
    .min_size = 1,
    .segment_shift = 0,
    .is_unkind = true,
    .prepare = prepare,
    .submit = submit,
    .awaken = nothing,
    .after_fork = nothing,
    .end_main_thread = nothing,
};

const struct copier_backend copier_adversary_eager_backend = {
    .name = "adversary:eager",
    .min_size = 1,
    .segment_shift = 0,
    .is_unkind = true,
    .prepare = prepare,
    .submit = submit_unchecked,
    .submitted = complete,
    .awaken = nothing,
    .after_fork = nothing,
    .end_main_thread = nothing,
};

const struct copier_backend copier_adversary_reverse_backend = {
    .name = "adversary:reverse",
    .configure = start_reverse,
    .min_size = 1,
    .segment_shift = 0,
    .is_unkind = true,
    .prepare = prepare,
    .submit = submit,
    .awaken = nothing,
    .after_fork = nothing,
    .end_main_thread = nothing,
};

const struct copier_backend copier_adversary_random_backend = {
    .name = "adversary:random",
    .argument_name = "SEED",
    .configure = start_random,
    .min_size = 1,
    .segment_shift = 0,
    .is_unkind = true,
    .prepare = prepare,
    .submit = submit_random,
    .awaken = nothing,
    .after_fork = nothing,
    .end_main_thread = nothing,
};
