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
// every time instead of once a month.
//
//   never  only csync copies, and only the bytes that it must; meanwhile the
//          destination holds a pattern.
//   eager  the copy goes through the queue and is complete when amemcpy
//          returns: finds what relies on a copy being late.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"
#include "process/clients.h"
#include "process/pending.h"
#include "process/stats.h"

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

static bool submit_never(struct copier_client *client,
                         const struct copier_task *tasks, unsigned count) {
  if (count > client->queue->limit)
    return false;
  struct copier_order order;
  copier_order_of(client, /*polling=*/false, &order);
  // Before the submission: after it, another thread's csync may copy already.
  for (unsigned i = 0; i != count; ++i)
    fill_unread(copier_range_of(tasks[i].dst, tasks[i].size), &order, 0);
  while (!copier_client_push(client, tasks, count)) {
    copier_stats_count(&copier_stats_totals.queue_full);
    copier_pending_complete_of(client, COPIER_EVERYTHING, COPIER_NO_RANGE);
  }
  return true;
}

static bool submit_eager(struct copier_client *client,
                         const struct copier_task *tasks, unsigned count) {
  if (!copier_client_push(client, tasks, count))
    return false;
  for (unsigned i = 0; i != count; ++i)
    copier_pending_complete_of(
        client, copier_range_of(tasks[i].dst, tasks[i].size), COPIER_NO_RANGE);
  return true;
}

static void nothing(void) {}

const struct copier_backend copier_adversary_never_backend = {
    .name = "adversary:never",
    .min_size = 1,
    .segment_shift = 0,
    .submit = submit_never,
    .awaken = nothing,
    .after_fork = nothing,
    .end_main_thread = nothing,
};

const struct copier_backend copier_adversary_eager_backend = {
    .name = "adversary:eager",
    .min_size = 1,
    .segment_shift = 0,
    .submit = submit_eager,
    .awaken = nothing,
    .after_fork = nothing,
    .end_main_thread = nothing,
};
