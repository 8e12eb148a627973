//===- queues.c - Promotion, lazy tasks, absorption, abort, handlers ------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In scenario mode the worker does nothing unasked: what is copied in these cases
// is what the case has asked for.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <string.h>
#include <unistd.h>

enum { SIZE = 64 * 1024 };

/// A client whose worker sleeps until it is woken.
static void init_quiet(struct client *client) {
  client_need(COPIER_ABI_FEATURE_SCENARIO, "scenario mode");
  client_init(client);
  client_set(client, COPIER_ABI_OPT_POLLING, COPIER_ABI_POLLING_SCENARIO);
  expect(wait_until(client_sleeps, client, 30));
}

/// Three buffers, each filled with its number.
static char *buffers(void) {
  char *memory = pages(3 * SIZE);
  for (unsigned number = 0; number < 3; ++number)
    fill(memory + number * SIZE, SIZE, number);
  return memory;
}

/// csync of the last copy makes that, and not what is before it.
TEST_CASE(sync_promotes, 60) {
  struct client client;
  init_quiet(&client);
  char *first = buffers(), *second = buffers();
  client_submit_to(&client, 0, client_slot(first + SIZE, first, SIZE));
  client_submit_to(&client, 1, client_slot(second + SIZE, second, SIZE));
  client_sync(&client, second + SIZE, SIZE);
  expect(is_filled(second + SIZE, SIZE, 0));
  expect_equal(client_status(&client, 1), COPIER_ABI_DONE);
  expect_equal(client_status(&client, 0), COPIER_ABI_PENDING);
  expect(is_filled(first + SIZE, SIZE, 1));
  expect_equal(client_stats(&client).counters.promoted, SIZE);
  client_sync_all(&client);
  expect(is_filled(first + SIZE, SIZE, 0));
}

/// Only the segments that hold the bytes, of a copy and of a source.
TEST_CASE(sync_makes_only_segments, 60) {
  struct client client;
  init_quiet(&client);
  char *memory = buffers();
  struct copier_abi_slot slot = client_slot(memory + SIZE, memory, SIZE);
  slot.segment_shift = 12;
  client_submit_to(&client, 0, slot);
  client_sync(&client, memory + SIZE + 3 * PAGE + 1, PAGE);
  expect_equal(client.descrs[0].done, 3U << 3);
  expect_equal(client.descrs[0].bytes_done, 2 * PAGE);
  client_sync(&client, memory, 1);
  expect_equal(client.descrs[0].done, (3U << 3) | 1);
  client_sync_all(&client);
  expect(is_filled(memory + SIZE, SIZE, 0));
}

/// A Sync Task wakes nobody by itself, and then comes before all else. Which of
/// the two the worker makes first shows in the bits that the other still lacks.
TEST_CASE(sync_queue_promotes, 120) {
  struct client client;
  init_quiet(&client);
  enum { TASKS = 60 };
  char *memory = pages(2 * TASKS * SIZE);
  for (uint32_t task = 0; task < TASKS; ++task)
    client_submit_to(&client, task,
                     client_slot(memory + (2 * task + 1) * SIZE,
                                 memory + 2 * task * SIZE, SIZE));
  char *last = memory + (2 * TASKS - 1) * SIZE;
  client_promote(&client, last, SIZE);
  uint32_t before = 0;
  while (client_status(&client, TASKS - 1) == COPIER_ABI_PENDING)
    ;
  for (uint32_t task = 0; task < TASKS - 1; ++task)
    before += client_status(&client, task) != COPIER_ABI_PENDING;
  if (before > TASKS / 2)
    fail("%u tasks were made before the promoted one", before);
  client_sync_all(&client);
}

/// A lazy task waits for its period, although the worker is awake.
TEST_CASE(lazy_tasks_wait, 120) {
  client_need(COPIER_ABI_FEATURE_LAZY, "lazy tasks");
  struct client client;
  client_init(&client);
  client_set(&client, COPIER_ABI_OPT_LAZY_PERIOD, 1ULL << 40);
  char *memory = buffers(), *other = buffers();
  struct copier_abi_slot slot = client_slot(memory + SIZE, memory, SIZE);
  slot.flags = COPIER_ABI_TASK_LAZY;
  client_submit_to(&client, 0, slot);
  client_submit_to(&client, 1, client_slot(other + SIZE, other, SIZE));
  client_wake_if_needed(&client);
  expect_equal(client_wait(&client, 1), COPIER_ABI_DONE);
  usleep(50000);
  expect_equal(client_status(&client, 0), COPIER_ABI_PENDING);
  expect(is_filled(memory + SIZE, SIZE, 1));
  client_sync(&client, memory + SIZE, SIZE);
  expect(is_filled(memory + SIZE, SIZE, 0));
  // And the period is the limit, without anybody's sync.
  client_set(&client, COPIER_ABI_OPT_LAZY_PERIOD, 1000000);
  slot = client_slot(memory + 2 * SIZE, memory, SIZE);
  slot.flags = COPIER_ABI_TASK_LAZY;
  client_submit_to(&client, 2, slot);
  expect_equal(client_wait(&client, 2), COPIER_ABI_DONE);
  expect(is_filled(memory + 2 * SIZE, SIZE, 0));
}

/// The second copy reads the source of the first, which is not made.
TEST_CASE(chains_are_absorbed, 60) {
  client_need(COPIER_ABI_FEATURE_ABSORPTION, "absorption");
  struct client client;
  init_quiet(&client);
  char *memory = buffers();
  struct copier_abi_slot slot = client_slot(memory + SIZE, memory, SIZE);
  if (client_query().features & COPIER_ABI_FEATURE_LAZY)
    slot.flags = COPIER_ABI_TASK_LAZY;
  client_submit_to(&client, 0, slot);
  client_submit_to(&client, 1,
                   client_slot(memory + 2 * SIZE, memory + SIZE, SIZE));
  client_sync(&client, memory + 2 * SIZE, SIZE);
  expect(is_filled(memory + 2 * SIZE, SIZE, 0));
  expect_equal(client_stats(&client).counters.absorbed, SIZE);
  expect_equal(client_status(&client, 0), COPIER_ABI_PENDING);
  client_sync(&client, memory + SIZE, SIZE);
  expect(is_filled(memory + SIZE, SIZE, 0));
}

/// What nobody needs any more is given up, and only that.
TEST_CASE(abort_gives_up, 60) {
  struct client client;
  init_quiet(&client);
  char *memory = buffers(), *other = buffers();
  client_submit_to(&client, 0, client_slot(memory + SIZE, memory, SIZE));
  client_submit_to(&client, 1,
                   client_slot(memory + 2 * SIZE, memory + SIZE, SIZE));
  client_submit_to(&client, 2, client_slot(other + SIZE, other, SIZE));
  struct copier_abi_range range = client_abort(&client, memory + SIZE, SIZE);
  expect_equal(range.status, COPIER_ABI_DONE);
  expect_equal(client_status(&client, 0), COPIER_ABI_ABORTED);
  expect_equal(client_status(&client, 1), COPIER_ABI_DONE);
  expect(is_filled(memory + 2 * SIZE, SIZE, 0));
  expect_equal(client_status(&client, 2), COPIER_ABI_PENDING);
  expect_equal(client_stats(&client).counters.aborts,
               (uint64_t)__builtin_popcount(client.descrs[0].aborted));
  client_sync_all(&client);
  expect(is_filled(other + SIZE, SIZE, 0));
}

static bool has_posted(void *argument) {
  struct client *client = argument;
  const struct copier_abi_handler_entry *entry =
      &client->handlers[client->ring->handled % client->ring->handler_count];
  client_wake_if_needed(client);
  return __atomic_load_n(&entry->mark, __ATOMIC_ACQUIRE) ==
         client->ring->handled + 1;
}

static struct copier_abi_handler_entry take_entry(struct client *client) {
  if (!wait_until(has_posted, client, 30))
    fail("no handler is posted");
  struct copier_abi_handler_entry entry =
      client->handlers[client->ring->handled % client->ring->handler_count];
  __atomic_store_n(&client->ring->handled, client->ring->handled + 1,
                   __ATOMIC_RELEASE);
  return entry;
}

/// Handlers of tasks that end in order are posted in order, each once, also of
/// refused ones; and a full Handler Queue holds tasks back, but loses none.
TEST_CASE(handlers_are_posted, 120) {
  client_need(COPIER_ABI_FEATURE_HANDLERS, "handlers");
  struct client client;
  client_init_sized(&client, 64, 64, 4, 4);
  char *memory = buffers();
  enum { TASKS = 40 };
  for (uint64_t task = 0; task < TASKS; ++task) {
    // A chain, so that they end in order.
    struct copier_abi_slot slot = client_slot(memory + (task + 1) % 2 * SIZE,
                                              memory + task % 2 * SIZE, 1000);
    slot.flags = COPIER_ABI_TASK_HANDLER;
    slot.user_data = task;
    slot.op = task % 10 == 9 ? 99 : COPIER_ABI_OP_COPY;
    client_submit(&client, slot);
  }
  client_wake_if_needed(&client);
  usleep(20000);
  expect(__atomic_load_n(&client.ring->posted, __ATOMIC_ACQUIRE) <= 4);
  uint64_t last = 0, seen = 0, refused = 0;
  for (uint64_t task = 0; task < TASKS; ++task) {
    struct copier_abi_handler_entry entry = take_entry(&client);
    seen |= 1ULL << entry.user_data;
    expect_equal(entry.ticket, entry.user_data);
    // A refused one may overtake those that are still copied.
    if (entry.status == COPIER_ABI_REFUSED) {
      expect_equal(entry.user_data % 10, 9);
      ++refused;
      continue;
    }
    expect_equal(entry.status, COPIER_ABI_DONE);
    expect(entry.user_data >= last);
    last = entry.user_data;
  }
  expect_equal(seen, (1ULL << TASKS) - 1);
  expect_equal(client_stats(&client).counters.refused, refused);
  expect_equal(client.ring->posted, TASKS);
  expect(!has_posted(&client));
}
