//===- counts.c - How many instructions, pins and wake-ups copies take ----===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For a guest that counts instructions instead of time (run.py --exact): there,
// the time stamp counter goes up by one for each, and two runs are the same.
// Prints lines "count NAME NUMBER", which counts.py compares with a baseline.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

enum { REPEATS = 16 };

static const struct {
  const char *name;
  size_t size;
} sizes[] = {{"4K", 4096}, {"64K", 65536}, {"1M", 1 << 20}};

static void report(const char *what, const char *of, uint64_t number) {
  printf("count %s_%s %llu\n", what, of, (unsigned long long)number);
}

/// A slot with segments of a page, if there are not too many.
static struct copier_abi_slot slot_of(char *memory, size_t size) {
  struct copier_abi_slot slot = client_slot(memory + size, memory, size);
  if (slot.segment_shift < 12)
    slot.segment_shift = 12;
  return slot;
}

/// The least of several: other threads run now and then, and their instructions
/// are no copy's.
struct least {
  uint64_t submit;
  uint64_t sync;
};

static void keep(uint64_t *least, uint64_t number) {
  if (number < *least)
    *least = number;
}

static void time_sync(struct client *client, char *memory, size_t size,
                      struct least *least) {
  uint64_t begin = __rdtsc();
  client_submit_to(client, 0, slot_of(memory, size));
  uint64_t submitted = __rdtsc();
  client_sync(client, memory + size, size);
  uint64_t end = __rdtsc();
  keep(&least->submit, submitted - begin);
  keep(&least->sync, end - submitted);
}

/// Copies that csync makes in the calling thread, of memory that is present: of
/// pages that are to be pinned, and, at once again, that the ATCache knows.
static void count_sync(struct client *client, const char *name, size_t size) {
  char *memory = pages(2 * REPEATS * size);
  memset(memory, 1, 2 * REPEATS * size);
  struct least pinned = {UINT64_MAX, UINT64_MAX}, known = pinned;
  struct copier_abi_counters before = client_stats(client).counters;
  for (unsigned repeat = 0; repeat < REPEATS; ++repeat) {
    time_sync(client, memory + 2 * repeat * size, size, &pinned);
    time_sync(client, memory + 2 * repeat * size, size, &known);
  }
  struct copier_abi_counters after = client_stats(client).counters;
  report("submit_instructions", name, pinned.submit);
  report("sync_instructions", name, pinned.sync);
  report("known_instructions", name, known.sync);
  report("sync_pins", name, (after.pins - before.pins) / REPEATS);
  report("sync_wakeups", name, after.wakeups - before.wakeups);
}

static void count_idle_sync(struct client *client) {
  char byte;
  uint64_t least = UINT64_MAX;
  for (unsigned repeat = 0; repeat < REPEATS; ++repeat) {
    uint64_t begin = __rdtsc();
    client_sync(client, &byte, 1);
    keep(&least, __rdtsc() - begin);
  }
  report("sync_instructions", "of_nothing", least);
}

/// client_wait would wake the worker again.
static bool all_are_done(void *argument) {
  struct client *client = argument;
  for (uint32_t descr = 0; descr < REPEATS; ++descr)
    if (client_status(client, descr) != COPIER_ABI_DONE)
      return false;
  return true;
}

/// Copies that the worker makes. Its instructions are not counted: how long it
/// polls, and when it is given the processor, hangs on too much else.
static void count_worker(struct client *client, const char *name, size_t size) {
  char *memory = pages(2 * REPEATS * size);
  memset(memory, 1, 2 * REPEATS * size);
  expect(wait_until(client_sleeps, client, 30));
  struct copier_abi_counters before = client_stats(client).counters;
  for (uint32_t repeat = 0; repeat < REPEATS; ++repeat)
    client_submit_to(client, repeat, slot_of(memory + 2 * repeat * size, size));
  client_wake_if_needed(client);
  expect(wait_until(all_are_done, client, 30));
  expect(wait_until(client_sleeps, client, 30));
  struct copier_abi_counters after = client_stats(client).counters;
  report("worker_pins", name, (after.pins - before.pins) / REPEATS);
  report("worker_wakeups", name, after.wakeups - before.wakeups);
}

TEST_CASE(exact_counts, 240) {
  struct client client;
  client_init(&client);
  client_set(&client, COPIER_ABI_OPT_POLLING, COPIER_ABI_POLLING_SCENARIO);
  expect(wait_until(client_sleeps, &client, 30));
  count_idle_sync(&client);
  for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); ++index)
    count_sync(&client, sizes[index].name, sizes[index].size);
  client_set(&client, COPIER_ABI_OPT_POLLING, COPIER_ABI_POLLING_NAPI);
  for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); ++index)
    count_worker(&client, sizes[index].name, sizes[index].size);
}
