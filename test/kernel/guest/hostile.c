//===- hostile.c - Clients that lie ---------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Slots, rings and arguments that no honest client would make. Each is answered
// with a defined error, and the client goes on with honest tasks.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect_refused(struct client *client, struct copier_abi_slot slot,
                           uint32_t error) {
  uint32_t descr = slot.descr == COPIER_ABI_NONE ? 0 : slot.descr;
  client_submit_to(client, descr, slot);
  client_wake_if_needed(client);
  expect_equal(client_wait(client, descr), COPIER_ABI_REFUSED);
  expect_equal(client->descrs[descr].error, error);
  expect_equal(client->descrs[descr].done, 0);
}

/// An honest copy still works.
static void expect_works(struct client *client) {
  char *memory = pages(2 * PAGE);
  fill(memory, PAGE, 8);
  uint32_t descr = client->ring->descr_count - 1;
  client_submit_to(client, descr, client_slot(memory + PAGE, memory, PAGE));
  client_wake_if_needed(client);
  expect_equal(client_wait(client, descr), COPIER_ABI_DONE);
  expect(is_filled(memory + PAGE, PAGE, 8));
  munmap(memory, 2 * PAGE);
}

TEST_CASE(addresses_outside_are_refused, 120) {
  struct client client;
  client_init(&client);
  char *memory = pages(4 * PAGE);
  fill(memory, 4 * PAGE, 2);
  static const uint64_t outside[] = {0xffff888000000000, 0xffffffff81000000,
                                     0xffffffffff600000, 0x8000000000000000,
                                     0xfffffffffffffff0, 0x0100000000000000,
                                     0x00fffffffffff000, UINT64_MAX};
  for (size_t index = 0; index < sizeof(outside) / sizeof(outside[0]);
       ++index) {
    struct copier_abi_slot slot = client_slot(memory, memory, 2 * PAGE);
    slot.src = outside[index];
    expect_refused(&client, slot, EFAULT);
    slot = client_slot(memory, memory, 2 * PAGE);
    slot.dst = outside[index];
    expect_refused(&client, slot, EFAULT);
  }
  expect(is_filled(memory, 4 * PAGE, 2));
  expect_works(&client);
}

/// The null page is in user space, but never there.
TEST_CASE(null_is_handed_back, 60) {
  struct client client;
  client_init(&client);
  char *memory = pages(2 * PAGE);
  client_submit_to(&client, 0, client_slot(memory, NULL, PAGE));
  client_wake_if_needed(&client);
  expect_equal(client_wait(&client, 0), COPIER_ABI_FAULT);
  // Whoever writes a source comes after who reads it.
  client_release(&client, client.descrs[0].ticket, client.descrs[0].faulted);
  client_submit_to(&client, 1, client_slot(NULL, memory + PAGE, PAGE));
  client_wake_if_needed(&client);
  expect_equal(client_wait(&client, 1), COPIER_ABI_FAULT);
  expect_works(&client);
}

TEST_CASE(wrong_fields_are_refused, 180) {
  struct client client;
  client_init(&client);
  uint32_t most = client_query().max_task_bytes;
  char *memory = pages(4 * PAGE);
  const struct copier_abi_slot good = client_slot(memory + PAGE, memory, PAGE);
  struct copier_abi_slot slot;
#define REFUSED(assignment, error)                                             \
  (slot = good, slot.descr = 1, assignment,                                    \
   expect_refused(&client, slot, error))
  REFUSED(slot.size = 0, EINVAL);
  REFUSED(slot.size = most + 1, EINVAL);
  REFUSED(slot.size = UINT32_MAX, EINVAL);
  REFUSED(slot.segment_shift = 5, EINVAL);
  REFUSED(slot.segment_shift = 16, EINVAL);
  REFUSED(slot.segment_shift = 64, EINVAL);
  REFUSED(slot.segment_shift = 255, EINVAL);
  REFUSED((slot.segment_shift = 6, slot.size = 64 * 32 + 1), EINVAL);
  REFUSED(slot.op = 1, EINVAL);
  REFUSED(slot.op = 255, EINVAL);
  REFUSED(slot.flags = 1 << 2, EINVAL);
  REFUSED(slot.flags = 1 << 15, EINVAL);
  REFUSED(slot.reserved0 = 1, EINVAL);
  REFUSED(slot.reserved1[0] = 1, EINVAL);
  REFUSED(slot.reserved1[1] = 1ULL << 63, EINVAL);
  REFUSED(slot.dst_space = 1, EBADF);
  REFUSED(slot.src_space = 255, EBADF);
  REFUSED(slot.src = slot.dst, EINVAL);
  REFUSED(slot.src = slot.dst + PAGE - 1, EINVAL);
  REFUSED(slot.dst = slot.src + PAGE - 1, EINVAL);
#undef REFUSED
  expect_works(&client);
}

/// A descriptor that is not there is written nowhere.
TEST_CASE(wrong_descriptors_are_refused, 60) {
  struct client client;
  client_init(&client);
  char *memory = pages(2 * PAGE);
  static const uint32_t wrong[] = {256, 257, 0x7FFFFFFF, 0x80000000,
                                   0xFFFFFFFE};
  for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); ++index) {
    struct copier_abi_slot slot = client_slot(memory + PAGE, memory, PAGE);
    slot.descr = wrong[index];
    client_submit(&client, slot);
  }
  expect_works(&client);
  expect_equal(client_stats(&client).counters.refused, 5);
}

/// The rings are none of the memory that tasks may touch, not even in part.
TEST_CASE(own_rings_are_refused, 60) {
  struct client client;
  client_init(&client);
  char *memory = pages(4 * PAGE), *rings = (char *)client.ring;
  const char *ends[] = {rings, rings - 1, rings + client.map_size - 1,
                        rings + client.map_size / 2};
  for (size_t index = 0; index < sizeof(ends) / sizeof(ends[0]); ++index) {
    expect_refused(&client, client_slot((void *)ends[index], memory, PAGE),
                   EFAULT);
    expect_refused(&client, client_slot(memory, ends[index], PAGE), EFAULT);
  }
  expect_works(&client);
}

/// Tickets that jump, marks of the past and of the future.
TEST_CASE(wrong_marks_are_ignored, 60) {
  struct client client;
  client_init(&client);
  expect_works(&client);
  uint64_t taken = client.ring->taken;
  for (uint32_t slot = 0; slot < client.ring->slot_count; ++slot)
    if (slot != taken % client.ring->slot_count)
      client.slots[slot].mark = UINT64_MAX - slot;
  client.slots[taken % client.ring->slot_count].mark = taken;
  expect_equal(client_call(&client, COPIER_IOC_WAKE, NULL), 0);
  client_sync_all(&client);
  expect_equal(client.ring->taken, taken);
  expect_works(&client);
}

/// What the kernel has written is not believed when it is read back.
TEST_CASE(scribbled_rings_harm_nobody, 120) {
  struct client client;
  client_init(&client);
  struct random random = {12};
  for (unsigned round = 0; round < 200; ++round) {
    struct copier_abi_ring *ring = client.ring;
    uint64_t next = ring->next, taken = ring->taken;
    for (size_t at = 0; at < sizeof(*ring); at += 8)
      memcpy((char *)ring + at, &(uint64_t){random_next(&random)}, 8);
    for (uint32_t descr = 0; descr < 256; ++descr)
      fill(&client.descrs[descr], sizeof(*client.descrs), round);
    for (uint32_t entry = 0; entry < 64; ++entry) {
      fill(&client.handlers[entry], sizeof(*client.handlers), round + 1);
      fill(&client.syncs[entry], sizeof(*client.syncs), round + 2);
    }
    ioctl(client.fd, COPIER_IOC_WAKE);
    client_stats(&client);
    // Its own bookkeeping a client must mend itself.
    ring->next = next;
    ring->taken = taken;
    ring->slot_count = 256;
    ring->descr_count = 256;
    ring->handler_count = 64;
    ring->sync_count = 64;
    ring->flags = COPIER_ABI_RING_NEED_WAKEUP;
    expect_works(&client);
  }
}

/// A slot that changes while the kernel reads it: either version is right, a
/// mixture is not, for one of the two has no such source.
struct flipper {
  struct client *client;
  struct copier_abi_slot good;
  bool is_over;
};

static void *flip(void *argument) {
  struct flipper *flipper = argument;
  static const uint64_t kernel = 0xffff888000001000;
  while (!__atomic_load_n(&flipper->is_over, __ATOMIC_RELAXED))
    for (uint32_t slot = 0; slot < flipper->client->ring->slot_count; ++slot) {
      struct copier_abi_slot *place = &flipper->client->slots[slot];
      __atomic_store_n(&place->src, kernel, __ATOMIC_RELAXED);
      __atomic_store_n(&place->size, UINT32_MAX, __ATOMIC_RELAXED);
      __atomic_store_n(&place->segment_shift, 200, __ATOMIC_RELAXED);
      __atomic_store_n(&place->descr, 1U << 30, __ATOMIC_RELAXED);
      __atomic_store_n(&place->src, flipper->good.src, __ATOMIC_RELAXED);
      __atomic_store_n(&place->size, flipper->good.size, __ATOMIC_RELAXED);
      __atomic_store_n(&place->segment_shift, flipper->good.segment_shift,
                       __ATOMIC_RELAXED);
      __atomic_store_n(&place->descr, COPIER_ABI_NONE, __ATOMIC_RELAXED);
    }
  return NULL;
}

TEST_CASE(slots_change_while_read, 180) {
  struct client client;
  client_init_sized(&client, 16, 16, 4, 4);
  char *memory = pages(4 * PAGE);
  fill(memory, PAGE, 1);
  struct flipper flipper = {&client, client_slot(memory + PAGE, memory, PAGE),
                            false};
  pthread_t thread;
  expect(!pthread_create(&thread, NULL, flip, &flipper));
  for (unsigned task = 0; task < 4000; ++task) {
    client_submit(&client, flipper.good);
    client_wake_if_needed(&client);
  }
  __atomic_store_n(&flipper.is_over, true, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
  client_sync_all(&client);
  struct copier_abi_counters counters = client_stats(&client).counters;
  expect_equal(counters.taken, 4000);
  printf("%llu of 4000 were refused\n", (unsigned long long)counters.refused);
  for (size_t at = 0; at < PAGE; ++at)
    expect(!memory[2 * PAGE + at]);
  expect_works(&client);
}

/// Handled counts from nowhere: no task is lost for ever, nothing is written
/// beyond the queue.
TEST_CASE(wrong_handled_counts, 60) {
  struct client client;
  client_init_sized(&client, 16, 16, 4, 4);
  char *memory = pages(2 * PAGE);
  static const uint64_t counts[] = {UINT64_MAX, 1ULL << 63, 5, 1ULL << 32};
  for (size_t index = 0; index < 4; ++index) {
    __atomic_store_n(&client.ring->handled, counts[index], __ATOMIC_RELEASE);
    struct copier_abi_slot slot = client_slot(memory + PAGE, memory, 100);
    slot.flags = COPIER_ABI_TASK_HANDLER;
    if (client.ring->next - client.ring->taken < 8)
      client_submit(&client, slot);
    client_wake_if_needed(&client);
  }
  __atomic_store_n(&client.ring->handled,
                   __atomic_load_n(&client.ring->posted, __ATOMIC_ACQUIRE),
                   __ATOMIC_RELEASE);
  expect_equal(client_call(&client, COPIER_IOC_WAKE, NULL), 0);
  expect_works(&client);
}

TEST_CASE(wrong_arguments_are_errors, 60) {
  struct client client;
  client_init(&client);
  struct copier_abi_range range = {.size = sizeof(range)};
  expect_equal(client_call(&client, COPIER_IOC_SYNC, NULL), -EFAULT);
  expect_equal(client_call(&client, COPIER_IOC_SYNC, (void *)~0xFFFUL),
               -EFAULT);
  static const uint32_t sizes[] = {0, 3, 7};
  for (size_t index = 0; index < 3; ++index) {
    range.size = sizes[index];
    int error = client_call(&client, COPIER_IOC_SYNC, &range);
    expect(error == -EINVAL || error == 0);
  }
  range = (struct copier_abi_range){.size = UINT32_MAX};
  int error = client_call(&client, COPIER_IOC_SYNC, &range);
  expect(error == -E2BIG || error == -EFAULT || error == -EINVAL);
  range = (struct copier_abi_range){.size = sizeof(range), .flags = 1U << 31};
  expect_equal(client_call(&client, COPIER_IOC_SYNC, &range), -EINVAL);
  range = (struct copier_abi_range){.size = sizeof(range), .reserved = {0, 1}};
  expect_equal(client_call(&client, COPIER_IOC_SYNC, &range), -EINVAL);
  range = (struct copier_abi_range){
      .size = sizeof(range), .addr = UINT64_MAX - 10, .length = 100};
  expect_equal(client_call(&client, COPIER_IOC_SYNC, &range), -EINVAL);
  expect_equal(client_call(&client, COPIER_IOC_ABORT, &range), -EINVAL);
  struct copier_abi_opt opt = {.size = sizeof(opt), .opt = 99, .value = 1};
  expect_equal(client_call(&client, COPIER_IOC_SET_OPT, &opt), -EINVAL);
  opt = (struct copier_abi_opt){.size = sizeof(opt),
                                .opt = COPIER_ABI_OPT_SHARES};
  expect_equal(client_call(&client, COPIER_IOC_SET_OPT, &opt), -EINVAL);
  opt.value = (1 << 20) + 1;
  expect_equal(client_call(&client, COPIER_IOC_SET_OPT, &opt), -EINVAL);
  expect_equal(client_call(&client, _IO(COPIER_IOC_TYPE, 200), NULL), -ENOTTY);
  expect_equal(client_call(&client, 0x5401, NULL), -ENOTTY);
  expect_works(&client);
}

/// The rings are mapped once, whole and shared; their unmapping ends the client.
TEST_CASE(wrong_mappings_are_errors, 60) {
  struct client client, other = {.fd = client_open_device()};
  client_init(&client);
  struct copier_abi_create create = {
      .size = sizeof(create), .slots = 256, .descrs = 256};
  expect_equal(client_call(&other, COPIER_IOC_CREATE, &create), 0);
  size_t size = create.map_size;
  const struct {
    size_t size;
    int protection, flags;
    off_t offset;
  } wrong[] = {{size + PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0},
               {size, PROT_READ | PROT_WRITE, MAP_SHARED, (off_t)PAGE},
               {size, PROT_READ | PROT_WRITE, MAP_SHARED, 1LL << 40},
               {size, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0}};
  for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); ++index) {
    void *map = mmap(NULL, wrong[index].size, wrong[index].protection,
                     wrong[index].flags, other.fd, wrong[index].offset);
    if (map != MAP_FAILED)
      fail("mapping %zu is allowed", index);
  }
  expect(mmap(NULL, client.map_size, PROT_READ, MAP_SHARED, client.fd, 0) ==
         MAP_FAILED);
  expect(munmap(client.ring, PAGE));
  expect(mremap(client.ring, client.map_size, client.map_size + PAGE,
                MREMAP_MAYMOVE) == MAP_FAILED);
  expect_works(&client);
  expect(!munmap(client.ring, client.map_size));
  expect_equal(client_call(&client, COPIER_IOC_WAKE, NULL), -ENODEV);
}

static void call_as_child(void *argument) {
  struct client *client = argument;
  struct copier_abi_range range = {.size = sizeof(range)};
  expect_equal(client_call(client, COPIER_IOC_SYNC, &range), -EPERM);
  expect_equal(client_call(client, COPIER_IOC_WAKE, NULL), -EPERM);
  expect(mmap(NULL, client->map_size, PROT_READ, MAP_SHARED, client->fd, 0) ==
         MAP_FAILED);
  // The rings are not inherited either: this ends in SIGSEGV.
  printf("%u\n", *(volatile unsigned *)&client->ring->version);
  exit(3);
}

TEST_CASE(children_have_no_client, 60) {
  struct client client;
  client_init(&client);
  int status = in_child(call_as_child, &client);
  if (!WIFSIGNALED(status))
    fail("the child ended with status %#x", status);
  expect_works(&client);
}

/// A flood of tasks, a third of them wrong.
TEST_CASE(very_many_tasks, 240) {
  struct client client;
  client_init_sized(&client, 1024, 16, 4, 4);
  char *memory = pages(2 * PAGE);
  uint32_t tasks = 200000;
  struct copier_abi_slot slot = client_slot(memory + PAGE, memory, 64);
  for (uint32_t task = 0; task < tasks; ++task) {
    slot.op = task % 3 == 0;
    client_submit(&client, slot);
  }
  client_sync_all(&client);
  struct copier_abi_counters counters = client_stats(&client).counters;
  expect_equal(counters.taken, tasks);
  expect_equal(counters.refused, (tasks + 2) / 3);
  expect_equal(counters.finished, tasks - (tasks + 2) / 3);
}
