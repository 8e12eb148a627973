//===- abi.c - Query, create, map, wake: what the ABI promises ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Also what clients of an older and of a newer header are told.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include "machine.h"
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

TEST_CASE(query_tells_features, 60) {
  struct copier_abi_query query = client_query();
  expect_equal(query.version, COPIER_ABI_VERSION);
  expect(query.max_slots >= 64 && query.max_descrs >= 64);
  expect(query.max_task_bytes >= PAGE);
  expect(query.max_tasks > 0);
  printf("features %#llx, %u tasks of %u bytes\n",
         (unsigned long long)query.features, query.max_tasks,
         query.max_task_bytes);
}

/// A client that was compiled when the struct was shorter gets only that.
TEST_CASE(older_structs_are_taken, 60) {
  int fd = client_open_device();
  struct copier_abi_query query;
  memset(&query, 0xAA, sizeof(query));
  query.size = offsetof(struct copier_abi_query, max_slots);
  expect_equal(ioctl(fd, COPIER_IOC_QUERY, &query), 0);
  expect_equal(query.version, COPIER_ABI_VERSION);
  expect_equal(query.max_slots, 0xAAAAAAAA);
  expect_equal(query.max_spaces, 0xAAAAAAAA);
}

/// A newer client may pass more than the kernel knows, if that is zero.
TEST_CASE(newer_structs_are_taken, 60) {
  struct {
    struct copier_abi_create create;
    uint64_t more[4];
  } larger = {.create = {.size = sizeof(larger), .slots = 4, .descrs = 4}};
  int fd = client_open_device();
  larger.more[3] = 1;
  errno = 0;
  expect_equal(ioctl(fd, COPIER_IOC_CREATE, &larger), -1);
  expect_equal(errno, E2BIG);
  larger.more[3] = 0;
  expect_equal(ioctl(fd, COPIER_IOC_CREATE, &larger), 0);
  expect(larger.create.map_size >= PAGE);
}

static void expect_create(int expected, uint32_t slots, uint32_t descrs,
                          uint32_t syncs, uint32_t handlers) {
  struct client client = {.fd = client_open_device()};
  struct copier_abi_create create = {.size = sizeof(create),
                                     .slots = slots,
                                     .descrs = descrs,
                                     .syncs = syncs,
                                     .handlers = handlers};
  expect_equal(client_call(&client, COPIER_IOC_CREATE, &create), expected);
  create.map_size = 0;
  if (!expected)
    expect_equal(client_call(&client, COPIER_IOC_CREATE, &create), -EBUSY);
  close(client.fd);
}

TEST_CASE(create_checks_counts, 60) {
  struct copier_abi_query query = client_query();
  expect_create(0, 1, 1, 1, 0);
  expect_create(0, query.max_slots, query.max_descrs, query.max_syncs,
                query.max_handlers);
  expect_create(-EINVAL, 0, 1, 1, 1);
  expect_create(-EINVAL, 1, 0, 1, 1);
  expect_create(-EINVAL, 3, 1, 1, 1);
  expect_create(-EINVAL, 1, 1, 1, 5);
  expect_create(-EINVAL, query.max_slots * 2, 1, 1, 1);
  expect_create(-EINVAL, 1, 1U << 31, 1, 1);
  expect_create(-EINVAL, 1, 1, UINT32_MAX, 1);
}

TEST_CASE(calls_before_create_are_refused, 60) {
  struct client client = {.fd = client_open_device()};
  struct copier_abi_range range = {.size = sizeof(range)};
  struct copier_abi_stats stats = {.size = sizeof(stats)};
  expect_equal(client_call(&client, COPIER_IOC_SYNC, &range), -ENXIO);
  expect_equal(client_call(&client, COPIER_IOC_ABORT, &range), -ENXIO);
  expect_equal(client_call(&client, COPIER_IOC_STATS, &stats), -ENXIO);
  expect_equal(client_call(&client, COPIER_IOC_WAKE, NULL), -ENXIO);
  expect(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, client.fd, 0) == MAP_FAILED);
}

struct awaited {
  struct client *client;
  uint32_t descr;
};

/// As client_wait does, but without a second call to wake.
static bool is_done(void *argument) {
  const struct awaited *copy = argument;
  return client_status(copy->client, copy->descr) == COPIER_ABI_DONE;
}

/// An idle worker sleeps and says so. What is then submitted is copied if the
/// client wakes it, and the worker goes to sleep again.
TEST_CASE(sleeping_worker_asks_to_be_woken, 120) {
  struct client client;
  client_init(&client);
  char *memory = pages(16 * PAGE);
  struct client_sleeper sleeper = {&client, 0};
  for (unsigned round = 0; round < 5; ++round) {
    if (!wait_until(client_sleeps_again, &sleeper, 30))
      fail("the idle worker does not go to sleep");
    fill(memory, 8 * PAGE, round);
    uint64_t woken = client_stats(&client).counters.wakeups;
    struct awaited copy = {
        &client, client_copy(&client, memory + 8 * PAGE, memory, 8 * PAGE)};
    expect(wait_until(is_done, &copy, 30));
    expect(is_filled(memory + 8 * PAGE, 8 * PAGE, round));
    expect_equal(client_stats(&client).counters.wakeups, woken + 1);
  }
}

/// In scenario mode nothing is copied before it is asked for.
TEST_CASE(scenario_worker_waits_for_its_call, 120) {
  client_need(COPIER_ABI_FEATURE_SCENARIO, "scenario mode");
  struct client client;
  client_init(&client);
  client_set(&client, COPIER_ABI_OPT_POLLING, COPIER_ABI_POLLING_SCENARIO);
  expect(wait_until(client_sleeps, &client, 30));
  char *memory = pages(2 * PAGE);
  fill(memory, PAGE, 1);
  client_submit_to(&client, 0, client_slot(memory + PAGE, memory, PAGE));
  usleep(100000);
  expect_equal(client_status(&client, 0), COPIER_ABI_PENDING);
  expect_equal(client_call(&client, COPIER_IOC_WAKE, NULL), 0);
  expect_equal(client_wait(&client, 0), COPIER_ABI_DONE);
  expect(is_filled(memory + PAGE, PAGE, 1));
}

/// Many more tasks than slots, in order, each counted.
TEST_CASE(rings_wrap, 180) {
  struct client client;
  client_init_sized(&client, 8, 8, 8, 8);
  enum { COPIES = 3000, SIZE = 200 };
  char *memory = pages((COPIES + 1) * SIZE);
  fill(memory, SIZE, 7);
  for (unsigned copy = 0; copy < COPIES; ++copy)
    client_copy(&client, memory + (copy + 1) * SIZE, memory + copy * SIZE,
                SIZE);
  client_sync_all(&client);
  for (unsigned copy = 0; copy <= COPIES; ++copy)
    expect(is_filled(memory + copy * SIZE, SIZE, 7));
  struct copier_abi_stats stats = client_stats(&client);
  expect_equal(stats.counters.taken, COPIES);
  expect_equal(stats.counters.finished, COPIES);
  expect_equal(stats.counters.bytes, COPIES * SIZE);
  expect_equal(stats.pending, 0);
}

/// What the descriptors tell adds up: bits, bytes, ticket.
TEST_CASE(descriptors_tell_how_far, 60) {
  struct client client;
  client_init(&client);
  char *memory = pages(64 * PAGE);
  fill(memory, 32 * PAGE, 3);
  struct copier_abi_slot slot =
      client_slot(memory + 32 * PAGE, memory, 10 * PAGE + 5);
  slot.segment_shift = 12;
  uint64_t ticket = client_submit_to(&client, 5, slot);
  client_wake_if_needed(&client);
  expect_equal(client_wait(&client, 5), COPIER_ABI_DONE);
  struct copier_abi_descr *descr = &client.descrs[5];
  expect_equal(descr->done, (1 << 11) - 1);
  expect_equal(descr->aborted, 0);
  expect_equal(descr->faulted, 0);
  expect_equal(descr->error, 0);
  expect_equal(descr->bytes_done, 10 * PAGE + 5);
  expect_equal(descr->ticket, ticket + 1);
  expect(is_filled(memory + 32 * PAGE, 10 * PAGE + 5, 3));
}

/// For programs.py, which runs it last: the programs have used the service.
TEST_CASE(after_programs_were_served, 20) {
  long taken = read_named_number("/sys/class/misc/copier/counters", "taken");
  if (taken <= 0)
    fail("the service has taken %ld tasks", taken);
}
