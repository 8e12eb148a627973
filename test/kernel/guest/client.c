//===- client.c - A client of /dev/copier ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See client.h.
//
//===----------------------------------------------------------------------===//

#include "client.h"
#include "cases.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_SECONDS = 40 };

//===----------------------------------------------------------------------===//
// Open and close
//===----------------------------------------------------------------------===//

int client_open_device(void) {
  int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    skip("there is no " DEVICE);
  if (fd < 0)
    fail("cannot open " DEVICE ": %s", strerror(errno));
  return fd;
}

struct copier_abi_query client_query(void) {
  struct copier_abi_query query = {.size = sizeof(query)};
  int fd = client_open_device();
  if (ioctl(fd, COPIER_IOC_QUERY, &query))
    fail("COPIER_IOC_QUERY: %s", strerror(errno));
  close(fd);
  return query;
}

void client_need(uint64_t feature, const char *name) {
  if (!(client_query().features & feature))
    skip("QUERY does not announce %s", name);
}

void client_init(struct client *client) {
  client_init_sized(client, 256, 256, 64, 64);
}

void client_init_sized(struct client *client, uint32_t slots, uint32_t descrs,
                       uint32_t syncs, uint32_t handlers) {
  memset(client, 0, sizeof(*client));
  client->fd = client_open_device();
  struct copier_abi_create create = {.size = sizeof(create),
                                     .slots = slots,
                                     .descrs = descrs,
                                     .syncs = syncs,
                                     .handlers = handlers};
  int error = client_call(client, COPIER_IOC_CREATE, &create);
  if (error)
    fail("COPIER_IOC_CREATE: %s", strerror(-error));
  client->map_size = create.map_size;
  char *map = mmap(NULL, create.map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
                   client->fd, 0);
  if (map == MAP_FAILED)
    fail("cannot map the rings: %s", strerror(errno));
  client->ring = (struct copier_abi_ring *)map;
  expect(client->ring->magic == COPIER_ABI_MAGIC);
  expect_equal(client->ring->version, COPIER_ABI_VERSION);
  expect_equal(client->ring->slot_count, slots);
  client->slots = (struct copier_abi_slot *)(map + client->ring->slots_offset);
  client->descrs =
      (struct copier_abi_descr *)(map + client->ring->descrs_offset);
  client->syncs =
      (struct copier_abi_sync_entry *)(map + client->ring->syncs_offset);
  client->handlers =
      (struct copier_abi_handler_entry *)(map + client->ring->handlers_offset);
}

void client_close(struct client *client) {
  munmap(client->ring, client->map_size);
  close(client->fd);
}

//===----------------------------------------------------------------------===//
// Submit
//===----------------------------------------------------------------------===//

uint8_t client_shift(size_t size) {
  uint8_t shift = 6;
  while (((size - 1) >> shift) >= COPIER_ABI_MAX_SEGMENTS)
    ++shift;
  return shift;
}

struct copier_abi_slot client_slot(void *dst, const void *src, size_t size) {
  return (struct copier_abi_slot){.dst = (uintptr_t)dst,
                                  .src = (uintptr_t)src,
                                  .size = (uint32_t)size,
                                  .segment_shift = client_shift(size),
                                  .descr = COPIER_ABI_NONE};
}

static bool has_room(void *argument) {
  struct client *client = argument;
  client_wake_if_needed(client);
  return client->ring->next -
             __atomic_load_n(&client->ring->taken, __ATOMIC_ACQUIRE) <
         client->ring->slot_count;
}

uint64_t client_submit(struct client *client, struct copier_abi_slot slot) {
  struct copier_abi_ring *ring = client->ring;
  // Waking while there is room would spoil what a case wants to see.
  if (ring->next - __atomic_load_n(&ring->taken, __ATOMIC_ACQUIRE) >=
          ring->slot_count &&
      !wait_until(has_room, client, WAIT_SECONDS))
    fail("no slot becomes free");
  uint64_t ticket = ring->next++;
  struct copier_abi_slot *place = &client->slots[ticket % ring->slot_count];
  slot.mark = place->mark;
  *place = slot;
  __atomic_store_n(&place->mark, ticket + 1, __ATOMIC_RELEASE);
  return ticket;
}

uint64_t client_submit_to(struct client *client, uint32_t descr,
                          struct copier_abi_slot slot) {
  memset(&client->descrs[descr], 0, sizeof(client->descrs[descr]));
  slot.descr = descr;
  return client_submit(client, slot);
}

void client_wake_if_needed(struct client *client) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (__atomic_load_n(&client->ring->flags, __ATOMIC_RELAXED) &
      COPIER_ABI_RING_NEED_WAKEUP)
    expect_equal(client_call(client, COPIER_IOC_WAKE, NULL), 0);
}

uint32_t client_copy(struct client *client, void *dst, const void *src,
                     size_t size) {
  uint32_t count = client->ring->descr_count;
  uint32_t descr = client->next_descr++ % count;
  if (client->next_descr > count)
    client_wait(client, descr);
  client_submit_to(client, descr, client_slot(dst, src, size));
  client_wake_if_needed(client);
  return descr;
}

void client_promote(struct client *client, const void *addr, size_t size) {
  struct copier_abi_ring *ring = client->ring;
  if (ring->sync_next - __atomic_load_n(&ring->sync_taken, __ATOMIC_ACQUIRE) >=
      ring->sync_count)
    return; // It is only a hint.
  uint64_t ticket = ring->sync_next++;
  struct copier_abi_sync_entry *entry =
      &client->syncs[ticket % ring->sync_count];
  entry->addr = (uintptr_t)addr;
  entry->size = size;
  entry->reserved = 0;
  __atomic_store_n(&entry->mark, ticket + 1, __ATOMIC_RELEASE);
  client_wake_if_needed(client);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

int client_call(struct client *client, unsigned long call, void *argument) {
  int result = ioctl(client->fd, call, argument);
  return result < 0 ? -errno : result;
}

struct copier_abi_range client_sync_flags(struct client *client,
                                          const void *addr, size_t size,
                                          uint32_t flags) {
  struct copier_abi_range range = {.size = sizeof(range),
                                   .flags = flags,
                                   .addr = (uintptr_t)addr,
                                   .length = size};
  int error = client_call(client, COPIER_IOC_SYNC, &range);
  if (error)
    fail("COPIER_IOC_SYNC: %s", strerror(-error));
  return range;
}

void client_sync(struct client *client, const void *addr, size_t size) {
  struct copier_abi_range range = client_sync_flags(client, addr, size, 0);
  if (range.status != COPIER_ABI_DONE)
    fail("SYNC of %zu bytes at %p: status %u, %s, fault at %#llx", size, addr,
         range.status, strerror((int)range.error),
         (unsigned long long)range.fault_addr);
}

void client_sync_all(struct client *client) {
  struct copier_abi_range range =
      client_sync_flags(client, NULL, 0, COPIER_ABI_SYNC_ALL);
  expect_equal(range.status, COPIER_ABI_DONE);
}

struct copier_abi_range client_abort(struct client *client, const void *addr,
                                     size_t size) {
  struct copier_abi_range range = {
      .size = sizeof(range), .addr = (uintptr_t)addr, .length = size};
  int error = client_call(client, COPIER_IOC_ABORT, &range);
  if (error)
    fail("COPIER_IOC_ABORT: %s", strerror(-error));
  return range;
}

void client_release(struct client *client, uint64_t ticket, uint32_t segments) {
  struct copier_abi_release release = {
      .size = sizeof(release), .segments = segments, .ticket = ticket};
  int error = client_call(client, COPIER_IOC_RELEASE, &release);
  if (error)
    fail("COPIER_IOC_RELEASE: %s", strerror(-error));
}

void client_set(struct client *client, uint32_t opt, uint64_t value) {
  struct copier_abi_opt argument = {
      .size = sizeof(argument), .opt = opt, .value = value};
  int error = client_call(client, COPIER_IOC_SET_OPT, &argument);
  if (error)
    fail("COPIER_IOC_SET_OPT %u: %s", opt, strerror(-error));
}

struct copier_abi_stats client_stats(struct client *client) {
  struct copier_abi_stats stats = {.size = sizeof(stats)};
  int error = client_call(client, COPIER_IOC_STATS, &stats);
  if (error)
    fail("COPIER_IOC_STATS: %s", strerror(-error));
  return stats;
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

uint32_t client_status(struct client *client, uint32_t descr) {
  return __atomic_load_n(&client->descrs[descr].status, __ATOMIC_ACQUIRE);
}

struct descr_of {
  struct client *client;
  uint32_t descr;
};

static bool is_over(void *argument) {
  struct descr_of *of = argument;
  client_wake_if_needed(of->client);
  return client_status(of->client, of->descr) != COPIER_ABI_PENDING;
}

uint32_t client_wait(struct client *client, uint32_t descr) {
  struct descr_of of = {client, descr};
  if (!wait_until(is_over, &of, WAIT_SECONDS))
    fail("descriptor %u stays pending: done %#x", descr,
         client->descrs[descr].done);
  return client_status(client, descr);
}

bool client_sleeps(void *argument) {
  struct client *client = argument;
  return client_stats(client).counters.sleeps &&
         __atomic_load_n(&client->ring->flags, __ATOMIC_ACQUIRE) &
             COPIER_ABI_RING_NEED_WAKEUP;
}

bool client_sleeps_again(void *argument) {
  struct client_sleeper *sleeper = argument;
  uint64_t slept = client_stats(sleeper->client).counters.sleeps;
  if (slept == sleeper->slept || !client_sleeps(sleeper->client))
    return false;
  sleeper->slept = slept;
  return true;
}

bool wait_until(bool (*is_true)(void *), void *argument, unsigned seconds) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  time_t end = now.tv_sec + seconds;
  for (unsigned round = 0; !is_true(argument); ++round) {
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > end)
      return false;
    if (round > 100)
      usleep(500);
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Memory and processes
//===----------------------------------------------------------------------===//

void *pages(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    fail("no memory for %zu bytes", size);
  return memory;
}

static unsigned char byte_of(struct random *random, size_t index,
                             uint64_t *word) {
  if (index % 8 == 0)
    *word = random_next(random);
  return (unsigned char)(*word >> (index % 8 * 8));
}

void fill(void *memory, size_t size, uint64_t seed) {
  struct random random = {seed};
  uint64_t word = 0;
  for (size_t index = 0; index < size; ++index)
    ((unsigned char *)memory)[index] = byte_of(&random, index, &word);
}

bool is_filled(const void *memory, size_t size, uint64_t seed) {
  struct random random = {seed};
  uint64_t word = 0;
  for (size_t index = 0; index < size; ++index)
    if (((const unsigned char *)memory)[index] !=
        byte_of(&random, index, &word))
      return false;
  return true;
}

int in_child(void (*run)(void *), void *argument) {
  fflush(stdout);
  pid_t child = fork();
  if (child < 0)
    fail("cannot fork: %s", strerror(errno));
  if (!child) {
    run(argument);
    fflush(stdout);
    _exit(0);
  }
  int status;
  if (waitpid(child, &status, 0) != child)
    fail("cannot wait: %s", strerror(errno));
  return status;
}
