//===- stats.c - Counting what happened, per copy site ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counting alone; stats_json.c writes.
//
//===----------------------------------------------------------------------===//

#include "process/stats.h"
#include "process/jobs.h"

#include <string.h>
#include <time.h>

bool copier_stats_enabled;
struct copier_totals copier_stats_totals;

static void add(_Atomic uint64_t *counter, uint64_t value) {
  atomic_fetch_add_explicit(counter, value, memory_order_relaxed);
}

void copier_stats_copy(struct copier_record *record, size_t n, bool async) {
  if (!copier_stats_enabled)
    return;
  add(&record->calls, 1);
  add(&record->bytes, n);
  if (async) {
    add(&record->async_calls, 1);
    add(&record->async_bytes, n);
  }
}

void copier_stats_moved(size_t cpu_bytes, size_t dma_bytes) {
  if (!copier_stats_enabled)
    return;
  add(&copier_stats_totals.cpu_bytes, cpu_bytes);
  add(&copier_stats_totals.dma_bytes, dma_bytes);
}

uint64_t copier_stats_clock(void) {
  if (!copier_stats_enabled)
    return 0;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void copier_stats_csync(const struct copier_task *task, unsigned segments,
                        uint64_t nanoseconds) {
  if (!copier_stats_enabled)
    return;
  add(&copier_stats_totals.segments_client, segments);
  struct copier_record *record = copier_record_of(task);
  if (record)
    add(&record->wait_ns, nanoseconds);
}

void copier_stats_service(const struct copier_task *task, unsigned segments,
                          uint64_t nanoseconds) {
  (void)task;
  (void)nanoseconds;
  if (copier_stats_enabled)
    add(&copier_stats_totals.segments_service, segments);
}

static void forget(struct copier_record *record, void *unused) {
  (void)unused;
  record->calls = record->bytes = 0;
  record->async_calls = record->async_bytes = record->wait_ns = 0;
}

void copier_stats_after_fork(void) {
  copier_records_for_each(forget, NULL);
  memset(&copier_stats_totals, 0, sizeof(copier_stats_totals));
}
