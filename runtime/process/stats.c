//===- stats.c - Counting what happened, per copy site ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The records. They live in static arrays, taken from front to back without
// locks: amemcpy may be called inside malloc, and a fork may come at any time.
// A site's strings are copied, because its shared object may be unloaded before
// the process ends.
//
//===----------------------------------------------------------------------===//

#include "process/stats.h"
#include "process/jobs.h"

#include <string.h>
#include <time.h>

#define MAX_RECORDS 4096
#define ARENA_SIZE ((size_t)256 * 1024)
#define ADDRESS_SLOTS 1024

bool copier_stats_enabled;
struct copier_totals copier_stats_totals;

static struct copier_record records[MAX_RECORDS];
static _Atomic size_t records_used;

static char arena[ARENA_SIZE];
static _Atomic size_t arena_used;

/// Sites that are known by their address alone: open addressing.
static struct {
  _Atomic(const void *) address;
  _Atomic(struct copier_record *) record;
} by_address[ADDRESS_SLOTS];

/// Counts together what has no room of its own.
static struct copier_record overflow = {.file = "(other sites)",
                                        .function = "(other sites)"};

/// A copy of \p text that stays; NULL without room.
static const char *keep(const char *text) {
  size_t size = strlen(text) + 1;
  size_t at =
      atomic_fetch_add_explicit(&arena_used, size, memory_order_relaxed);
  if (at >= ARENA_SIZE || ARENA_SIZE - at < size)
    return NULL;
  return memcpy(arena + at, text, size);
}

/// A record nobody else has; NULL without room.
static struct copier_record *new_record(void) {
  size_t at = atomic_fetch_add_explicit(&records_used, 1, memory_order_relaxed);
  if (at < MAX_RECORDS)
    return &records[at];
  // The count stays near the maximum and cannot wrap around.
  atomic_fetch_sub_explicit(&records_used, 1, memory_order_relaxed);
  return NULL;
}

static struct copier_record *record_of_site(struct copier_site *site) {
  struct copier_record *known =
      __atomic_load_n((struct copier_record **)&site->record, __ATOMIC_ACQUIRE);
  if (known)
    return known;
  struct copier_record *record = new_record();
  const char *file = record ? keep(site->file) : NULL;
  const char *function = file ? keep(site->function) : NULL;
  if (function) {
    record->file = file;
    record->function = function;
    record->line = site->line;
    record->column = site->column;
  } else {
    record = &overflow;
  }
  void *expected = NULL;
  // Who comes second leaves a record without calls, which is not printed.
  if (__atomic_compare_exchange_n(&site->record, &expected, record, false,
                                  __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return record;
  return expected;
}

static struct copier_record *record_of_address(const void *address) {
  size_t hash = (uintptr_t)address * 0x9E3779B97F4A7C15u >> 32;
  for (size_t probe = 0; probe != ADDRESS_SLOTS; ++probe) {
    size_t at = (hash + probe) % ADDRESS_SLOTS;
    const void *found = NULL;
    if (!atomic_compare_exchange_strong(&by_address[at].address, &found,
                                        address) &&
        found != address)
      continue;
    struct copier_record *record = atomic_load(&by_address[at].record);
    if (record)
      return record;
    struct copier_record *fresh = new_record();
    if (!fresh)
      break;
    fresh->address = address;
    if (atomic_compare_exchange_strong(&by_address[at].record, &record, fresh))
      return fresh;
    return record;
  }
  return &overflow;
}

struct copier_record *copier_stats_record(struct copier_site *site,
                                          const void *address) {
  if (!copier_stats_enabled)
    return NULL;
  return site ? record_of_site(site) : record_of_address(address);
}

static void add(_Atomic uint64_t *counter, uint64_t value) {
  atomic_fetch_add_explicit(counter, value, memory_order_relaxed);
}

void copier_stats_copy(struct copier_record *record, size_t n, bool async) {
  if (!record)
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

void copier_stats_for_each(void (*visit)(const struct copier_record *, void *),
                           void *context) {
  size_t used = atomic_load(&records_used);
  for (size_t i = 0; i < used && i < MAX_RECORDS; ++i)
    if (records[i].calls)
      visit(&records[i], context);
  if (overflow.calls)
    visit(&overflow, context);
}

static void forget(struct copier_record *record) {
  record->calls = record->bytes = 0;
  record->async_calls = record->async_bytes = record->wait_ns = 0;
}

void copier_stats_after_fork(void) {
  size_t used = atomic_load(&records_used);
  for (size_t i = 0; i < used && i < MAX_RECORDS; ++i)
    forget(&records[i]);
  forget(&overflow);
  memset(&copier_stats_totals, 0, sizeof(copier_stats_totals));
}
