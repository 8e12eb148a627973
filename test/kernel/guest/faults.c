//===- faults.c - Copies of memory that is not there ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Segments that cannot be copied are handed back with the address; the rest is
// copied, what depends on them waits for the release.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COUNT = 8 };
#define SIZE (COUNT * PAGE)

/// COUNT pages of which number `hole` is not mapped. The next mapping may fill it:
/// all others come first.
static char *with_hole(unsigned hole) {
  char *memory = pages(SIZE);
  fill(memory, SIZE, 1);
  expect(!munmap(memory + hole * PAGE, PAGE));
  return memory;
}

static uint32_t copy_pages(struct client *client, uint32_t descr, void *dst,
                           const void *src) {
  struct copier_abi_slot slot = client_slot(dst, src, SIZE);
  slot.segment_shift = 12;
  client_submit_to(client, descr, slot);
  client_wake_if_needed(client);
  return client_wait(client, descr);
}

/// Of a copy in page-long segments, just number `hole` is handed back.
static void expect_fault(struct client *client, void *dst, const void *src,
                         const void *hole, unsigned index) {
  expect_equal(copy_pages(client, 0, dst, src), COPIER_ABI_FAULT);
  struct copier_abi_descr *descr = &client->descrs[0];
  expect_equal(descr->faulted, 1U << index);
  expect_equal(descr->done, ((1U << COUNT) - 1) & ~(1U << index));
  expect_equal(descr->error, EFAULT);
  expect_equal(descr->fault_addr, (uintptr_t)hole);
  expect_equal(descr->bytes_done, SIZE - PAGE);
  client_release(client, descr->ticket, descr->faulted);
  client_sync_all(client);
}

TEST_CASE(unmapped_source_is_handed_back, 60) {
  struct client client;
  client_init(&client);
  char *dst = pages(SIZE), *src = with_hole(3);
  expect_fault(&client, dst, src, src + 3 * PAGE, 3);
  expect(!memcmp(dst, src, 3 * PAGE));
  expect(!memcmp(dst + 4 * PAGE, src + 4 * PAGE, 4 * PAGE));
}

TEST_CASE(unmapped_destination_is_handed_back, 60) {
  struct client client;
  client_init(&client);
  char *src = pages(SIZE), *dst = with_hole(0);
  expect_fault(&client, dst, src, dst, 0);
  dst = with_hole(COUNT - 1);
  expect_fault(&client, dst, src, dst + (COUNT - 1) * PAGE, COUNT - 1);
}

TEST_CASE(readonly_destination_is_handed_back, 60) {
  struct client client;
  client_init(&client);
  char *src = pages(SIZE), *dst = pages(SIZE);
  fill(src, SIZE, 5);
  fill(dst, SIZE, 6);
  char kept[PAGE];
  memcpy(kept, dst + 2 * PAGE, PAGE);
  expect(!mprotect(dst + 2 * PAGE, PAGE, PROT_READ));
  expect_fault(&client, dst, src, dst + 2 * PAGE, 2);
  expect(!memcmp(dst + 2 * PAGE, kept, PAGE));
  // A source may be just that.
  expect(!mprotect(src, SIZE, PROT_READ));
  expect(!mprotect(dst, SIZE, PROT_READ | PROT_WRITE));
  expect_equal(copy_pages(&client, 0, dst, src), COPIER_ABI_DONE);
}

/// Nobody's FOLL_FORCE: a page that the client cannot read stays secret, one of
/// a read-only shared file is not written.
TEST_CASE(protections_hold, 60) {
  struct client client;
  client_init(&client);
  char *src = pages(SIZE), *dst = pages(SIZE);
  fill(src, SIZE, 5);
  expect(!mprotect(src + 5 * PAGE, PAGE, PROT_NONE));
  expect_fault(&client, dst, src, src + 5 * PAGE, 5);
  for (size_t at = 0; at < PAGE; ++at)
    expect(!dst[5 * PAGE + at]);
  expect(!mprotect(src, SIZE, PROT_READ));
  int file = open("/dev/shm/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  expect(!ftruncate(file, SIZE));
  close(file);
  file = open("/dev/shm/file", O_RDONLY | O_CLOEXEC);
  char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
  expect(map != MAP_FAILED);
  expect_equal(copy_pages(&client, 1, map, src), COPIER_ABI_FAULT);
  expect_equal(client.descrs[1].done, 0);
  for (size_t at = 0; at < SIZE; ++at)
    expect(!map[at]);
}

TEST_CASE(end_of_file_is_handed_back, 60) {
  struct client client;
  client_init(&client);
  int file = open("/dev/shm/short", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  expect(file >= 0 && !ftruncate(file, 4 * PAGE + 10));
  char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect(map != MAP_FAILED);
  char *dst = pages(SIZE);
  expect_equal(copy_pages(&client, 0, dst, map), COPIER_ABI_FAULT);
  expect_equal(client.descrs[0].done, 0x1F);
  // Three segments are beyond it, and any may have been tried first.
  expect_equal(client.descrs[0].fault_addr % PAGE, 0);
  expect(client.descrs[0].fault_addr >= (uintptr_t)map + 5 * PAGE);
}

/// The first byte that is missing may be in the middle of a segment.
TEST_CASE(fault_address_is_exact, 60) {
  struct client client;
  client_init(&client);
  char *dst = pages(SIZE), *src = with_hole(2);
  struct copier_abi_slot slot = client_slot(dst, src + 100, 3 * PAGE);
  slot.segment_shift = 15;
  client_submit_to(&client, 0, slot);
  client_wake_if_needed(&client);
  expect_equal(client_wait(&client, 0), COPIER_ABI_FAULT);
  expect_equal(client.descrs[0].fault_addr, (uintptr_t)src + 2 * PAGE);
  // And where it does not begin at a page: in the first byte.
  slot = client_slot(dst + 7 * PAGE, src + 2 * PAGE + 50, 40);
  client_submit_to(&client, 1, slot);
  client_wake_if_needed(&client);
  expect_equal(client_wait(&client, 1), COPIER_ABI_FAULT);
  expect_equal(client.descrs[1].fault_addr, (uintptr_t)src + 2 * PAGE + 50);
}

/// Faulting A -> B, then B -> C. C waits until A -> B is released, whoever asks;
/// SYNC does not wait but tells. What has nothing to do with it goes on.
TEST_CASE(dependents_wait_for_release, 60) {
  struct client client;
  client_init(&client);
  char *middle = pages(SIZE), *dst = pages(SIZE), *other = pages(2 * SIZE);
  char *src = with_hole(3);
  fill(other, SIZE, 2);
  expect_equal(copy_pages(&client, 0, middle, src), COPIER_ABI_FAULT);
  struct copier_abi_slot slot = client_slot(dst, middle, SIZE);
  slot.segment_shift = 12;
  client_submit_to(&client, 1, slot);
  client_wake_if_needed(&client);
  struct copier_abi_range range = client_sync_flags(&client, dst, SIZE, 0);
  expect_equal(range.status, COPIER_ABI_FAULT);
  expect_equal(range.fault_ticket, client.descrs[0].ticket);
  expect_equal(range.error, EFAULT);
  expect_equal(range.fault_addr, (uintptr_t)src + 3 * PAGE);
  expect_equal(client_status(&client, 1), COPIER_ABI_PENDING);
  expect(!(client.descrs[1].done & (1U << 3)));
  client_submit_to(&client, 2, client_slot(other + SIZE, other, SIZE));
  client_sync(&client, other + SIZE, SIZE);
  expect(is_filled(other + SIZE, SIZE, 2));
  // The client makes the copy, from what it has mapped meanwhile.
  memset(middle + 3 * PAGE, 0x33, PAGE);
  client_release(&client, client.descrs[0].ticket, 1U << 3);
  expect_equal(client_wait(&client, 1), COPIER_ABI_DONE);
  client_sync(&client, dst, SIZE);
  expect(!memcmp(dst, middle, SIZE));
  expect(!memcmp(dst, src, 3 * PAGE));
}

/// What is read through a lazy task that has faulted waits for that to be
/// released, even if the memory is there by now: a csync looked without end for
/// somebody who would do it.
TEST_CASE(faulted_lazy_task_is_told_to_its_reader, 60) {
  struct client client;
  client_init(&client);
  client_need(COPIER_ABI_FEATURE_LAZY, "lazy tasks");
  client_set(&client, COPIER_ABI_OPT_LAZY_PERIOD, 0);
  char *middle = pages(SIZE), *dst = pages(SIZE), *src = with_hole(3);
  struct copier_abi_slot slot = client_slot(middle, src, SIZE);
  slot.segment_shift = 12;
  slot.flags = COPIER_ABI_TASK_LAZY;
  client_submit_to(&client, 0, slot);
  client_wake_if_needed(&client);
  expect_equal(client_wait(&client, 0), COPIER_ABI_FAULT);
  expect(mmap(src + 3 * PAGE, PAGE, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
              0) == src + 3 * PAGE);
  client_submit_to(&client, 1, client_slot(dst, middle, SIZE));
  struct copier_abi_range range = client_sync_flags(&client, dst, SIZE, 0);
  expect_equal(range.status, COPIER_ABI_FAULT);
  expect_equal(range.fault_ticket, client.descrs[0].ticket);
  expect_equal(range.fault_addr, (uintptr_t)src + 3 * PAGE);
  memset(middle + 3 * PAGE, 0x44, PAGE);
  client_release(&client, client.descrs[0].ticket, 1U << 3);
  expect_equal(client_wait(&client, 1), COPIER_ABI_DONE);
  expect(!memcmp(dst, middle, SIZE));
}

static bool second_is_done(void *client) {
  return client_status(client, 1) == COPIER_ABI_DONE;
}

/// The worker looked again and again, without ever giving up the processor, for
/// whether a lazy task whose period is over can be copied at last.
TEST_CASE(lazy_task_behind_a_fault_lets_the_worker_sleep, 60) {
  client_need(COPIER_ABI_FEATURE_LAZY, "lazy tasks");
  struct client client;
  client_init(&client);
  client_set(&client, COPIER_ABI_OPT_LAZY_PERIOD, 0);
  char *middle = pages(SIZE), *dst = pages(SIZE), *src = with_hole(3);
  expect_equal(copy_pages(&client, 0, middle, src), COPIER_ABI_FAULT);
  expect(wait_until(client_sleeps, &client, 20));
  struct client_sleeper sleeper = {&client,
                                   client_stats(&client).counters.sleeps};
  struct copier_abi_slot slot = client_slot(dst, middle, SIZE);
  slot.flags = COPIER_ABI_TASK_LAZY;
  client_submit_to(&client, 1, slot);
  expect_equal(client_call(&client, COPIER_IOC_WAKE, NULL), 0);
  if (!wait_until(client_sleeps_again, &sleeper, 20))
    fail("the worker does not go to sleep again");
  client_release(&client, client.descrs[0].ticket, 1U << 3);
  // Nobody wakes the worker but the release.
  expect(wait_until(second_is_done, &client, 20));
}

TEST_CASE(release_checks_ticket, 60) {
  struct client client;
  client_init(&client);
  char *dst = pages(SIZE), *src = with_hole(1);
  expect_equal(copy_pages(&client, 0, dst, src), COPIER_ABI_FAULT);
  struct copier_abi_release release = {
      .size = sizeof(release), .ticket = 77, .segments = UINT32_MAX};
  expect_equal(client_call(&client, COPIER_IOC_RELEASE, &release), -ENOENT);
  release.ticket = client.descrs[0].ticket;
  release.segments = 1;
  expect_equal(client_call(&client, COPIER_IOC_RELEASE, &release), -ENOENT);
  release.segments = UINT32_MAX;
  expect_equal(client_call(&client, COPIER_IOC_RELEASE, &release), 0);
  expect_equal(client_call(&client, COPIER_IOC_RELEASE, &release), -ENOENT);
}

/// Tasks that fault fill neither the service nor the rings for ever: when all
/// that it looks at are handed back, SYNC says so, and releases free them.
TEST_CASE(many_faults_are_released, 180) {
  struct client client;
  uint32_t tasks = client_query().max_tasks;
  client_init_sized(&client, 1024, 1024, 4, 4);
  char *dst = pages(PAGE), *src = with_hole(0);
  for (uint32_t task = 0; task < tasks + 10; ++task)
    client_submit_to(&client, task, client_slot(dst, src, 64));
  client_wake_if_needed(&client);
  uint32_t released = 0;
  for (;;) {
    struct copier_abi_range range =
        client_sync_flags(&client, NULL, 0, COPIER_ABI_SYNC_ALL);
    if (range.status == COPIER_ABI_DONE)
      break;
    expect_equal(range.status, COPIER_ABI_FAULT);
    expect(range.fault_ticket > 0);
    client_release(&client, range.fault_ticket, UINT32_MAX);
    ++released;
  }
  expect_equal(released, tasks + 10);
  for (uint32_t task = 0; task < tasks + 10; ++task)
    expect_equal(client_status(&client, task), COPIER_ABI_FAULT);
}
