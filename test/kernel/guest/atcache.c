//===- atcache.c - Pages whose place is remembered ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of the same memory need no pins after the first. In between, that
// memory changes in each way that there is: a copy must see the memory of its
// time, and nothing else.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include "machine.h"
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 8, MOST_ROUNDS = 6 };
#define SIZE (COUNT * PAGE)

/// A client whose worker does nothing, and two buffers.
struct setup {
  struct client client;
  char *src, *dst;
  uint64_t seed;
};

/// Copies with a descriptor, in the calling thread; the answer.
static struct copier_abi_range copy(struct setup *setup) {
  struct copier_abi_slot slot = client_slot(setup->dst, setup->src, SIZE);
  slot.segment_shift = 12;
  client_submit_to(&setup->client, 0, slot);
  return client_sync_flags(&setup->client, setup->dst, SIZE, 0);
}

/// Copies bytes that were not there before.
static void copy_new_bytes(struct setup *setup) {
  fill(setup->src, SIZE, ++setup->seed);
  expect_equal(copy(setup).status, COPIER_ABI_DONE);
  expect(is_filled(setup->dst, SIZE, setup->seed));
}

static struct copier_abi_counters counters(struct setup *setup) {
  return client_stats(&setup->client).counters;
}

/// Copies until no page is pinned for it any more.
static void warm(struct setup *setup) {
  for (unsigned round = 0; round < MOST_ROUNDS; ++round) {
    struct copier_abi_counters before = counters(setup);
    copy_new_bytes(setup);
    struct copier_abi_counters after = counters(setup);
    if (after.pins != before.pins)
      continue;
    // More if the worker, which calls wake at their end, was quicker.
    expect(after.translations - before.translations >= 2 * COUNT);
    return;
  }
  fail("after %u copies, pages still are pinned", MOST_ROUNDS);
}

static void begin(struct setup *setup, char *src, char *dst) {
  client_need(COPIER_ABI_FEATURE_ATCACHE, "an ATCache");
  *setup = (struct setup){.src = src, .dst = dst};
  client_init(&setup->client);
  client_set(&setup->client, COPIER_ABI_OPT_POLLING,
             COPIER_ABI_POLLING_SCENARIO);
  warm(setup);
}

/// Copies what cannot be, in the part that a page is of.
static void expect_fault(struct setup *setup, const char *page) {
  struct copier_abi_range range = copy(setup);
  expect_equal(range.status, COPIER_ABI_FAULT);
  expect(range.fault_addr >= (uintptr_t)page &&
         range.fault_addr < (uintptr_t)page + SIZE);
  while (range.status == COPIER_ABI_FAULT) {
    client_release(&setup->client, range.fault_ticket, UINT32_MAX);
    range = client_sync_flags(&setup->client, setup->dst, SIZE, 0);
  }
  expect_equal(setup->client.descrs[0].done, 0);
}

static void map_anew(char *at) {
  expect(mmap(at, SIZE, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
}

TEST_CASE(repeated_copies_are_translated, 60) {
  struct setup setup;
  begin(&setup, pages(SIZE), pages(SIZE));
  struct copier_abi_counters before = counters(&setup);
  expect(before.misses >= 2 * COUNT);
  expect_equal(before.pins, before.unpins);
  for (unsigned round = 0; round < 10; ++round)
    copy_new_bytes(&setup);
  struct copier_abi_counters after = counters(&setup);
  expect_equal(after.pins, before.pins);
  expect(after.translations - before.translations >= 10 * 2 * COUNT);
}

/// A page that is only read is no page to be written.
TEST_CASE(translations_have_rights, 60) {
  struct setup setup;
  char *src = pages(SIZE), *dst = pages(SIZE);
  begin(&setup, src, dst);
  expect(!mprotect(src, SIZE, PROT_READ));
  expect_equal(copy(&setup).status, COPIER_ABI_DONE);
  expect_equal(copy(&setup).status, COPIER_ABI_DONE);
  setup.src = dst;
  setup.dst = src;
  expect_fault(&setup, src);
  expect(is_filled(src, SIZE, setup.seed));
}

TEST_CASE(unmapped_pages_are_forgotten, 60) {
  struct setup setup;
  begin(&setup, pages(SIZE), pages(SIZE));
  expect(!munmap(setup.dst, SIZE));
  expect_fault(&setup, setup.dst);
  map_anew(setup.dst);
  warm(&setup);
  map_anew(setup.dst);
  copy_new_bytes(&setup);
  warm(&setup);
  map_anew(setup.src);
  copy_new_bytes(&setup);
  expect(!munmap(setup.src, SIZE));
  expect_fault(&setup, setup.src);
}

TEST_CASE(moved_pages_are_forgotten, 60) {
  struct setup setup;
  char *from = pages(SIZE), *to = pages(SIZE);
  begin(&setup, pages(SIZE), from);
  expect(mremap(from, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
  fill(setup.src, SIZE, 99);
  expect_fault(&setup, from);
  expect(is_filled(to, SIZE, setup.seed));
  setup.dst = to;
  warm(&setup);
  char *src = pages(SIZE);
  expect(mremap(setup.src, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, src) ==
         src);
  expect_fault(&setup, setup.src);
  setup.src = src;
  copy_new_bytes(&setup);
}

TEST_CASE(protected_pages_are_forgotten, 60) {
  struct setup setup;
  begin(&setup, pages(SIZE), pages(SIZE));
  expect(!mprotect(setup.dst, SIZE, PROT_READ));
  uint64_t kept = setup.seed;
  fill(setup.src, SIZE, 99);
  expect_fault(&setup, setup.dst);
  expect(is_filled(setup.dst, SIZE, kept));
  expect(!mprotect(setup.dst, SIZE, PROT_READ | PROT_WRITE));
  warm(&setup);
  expect(!mprotect(setup.src, SIZE, PROT_NONE));
  expect_fault(&setup, setup.src);
  expect(!mprotect(setup.src, SIZE, PROT_READ | PROT_WRITE));
  copy_new_bytes(&setup);
}

/// What a child of fork has stays as it was, and what it writes is its own.
TEST_CASE(pages_shared_by_fork_are_forgotten, 60) {
  struct setup setup;
  begin(&setup, pages(SIZE), pages(SIZE));
  uint64_t kept = setup.seed;
  int down[2], up[2];
  expect(!pipe(down) && !pipe(up));
  char byte = 0;
  pid_t child = fork();
  if (!child) {
    memset(setup.src, 0xEE, SIZE);
    bool ok = write(up[1], &byte, 1) == 1 && read(down[0], &byte, 1) == 1;
    _exit(ok && is_filled(setup.dst, SIZE, kept) ? 0 : 1);
  }
  expect(read(up[0], &byte, 1) == 1);
  expect_equal(copy(&setup).status, COPIER_ABI_DONE);
  expect(is_filled(setup.dst, SIZE, kept));
  for (unsigned round = 0; round < 3; ++round)
    copy_new_bytes(&setup);
  expect(write(down[1], &byte, 1) == 1);
  int status;
  expect(waitpid(child, &status, 0) == child);
  expect_equal(status, 0);
  warm(&setup);
}

static bool is_zero(const char *memory) {
  for (size_t at = 0; at < SIZE; ++at)
    if (memory[at])
      return false;
  return true;
}

TEST_CASE(truncated_pages_are_forgotten, 60) {
  int file = open("/dev/shm", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  expect(file >= 0 && !ftruncate(file, SIZE));
  char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect(map != MAP_FAILED);
  struct setup setup;
  begin(&setup, map, pages(SIZE));
  expect(!ftruncate(file, 0));
  expect_fault(&setup, map);
  expect(!ftruncate(file, SIZE));
  expect_equal(copy(&setup).status, COPIER_ABI_DONE);
  expect(is_zero(setup.dst));
  setup.src = setup.dst;
  setup.dst = map;
  warm(&setup);
  expect(!ftruncate(file, 0));
  expect_fault(&setup, map);
  expect(!ftruncate(file, SIZE));
  copy_new_bytes(&setup);
  char bytes[SIZE];
  expect(pread(file, bytes, SIZE, 0) == (ssize_t)SIZE);
  expect(is_filled(bytes, SIZE, setup.seed));
}

TEST_CASE(discarded_pages_are_forgotten, 60) {
  struct setup setup;
  begin(&setup, pages(SIZE), pages(SIZE));
  expect(!madvise(setup.src, SIZE, MADV_DONTNEED));
  expect_equal(copy(&setup).status, COPIER_ABI_DONE);
  expect(is_zero(setup.dst));
  warm(&setup);
  expect(!madvise(setup.dst, SIZE, MADV_DONTNEED));
  copy_new_bytes(&setup);
  expect(!madvise(setup.dst, SIZE, MADV_DONTNEED));
  expect(is_zero(setup.dst));
}

/// Threads that copy, each between pages of its own, while others of the same
/// mappings come and go.
struct copier {
  pthread_t thread;
  struct client *client;
  pthread_mutex_t *lock; ///< Of submissions.
  char *src, *dst;
  uint32_t descr;
  bool calls; ///< csync copies; else the worker does.
};

static void *copy_again(void *argument) {
  struct copier *copier = argument;
  for (uint64_t round = 0; round < 150; ++round) {
    fill(copier->src, SIZE, round);
    struct copier_abi_slot slot = client_slot(copier->dst, copier->src, SIZE);
    slot.segment_shift = 12;
    pthread_mutex_lock(copier->lock);
    client_submit_to(copier->client, copier->descr, slot);
    pthread_mutex_unlock(copier->lock);
    client_wake_if_needed(copier->client);
    if (copier->calls)
      client_sync(copier->client, copier->dst, SIZE);
    else
      expect_equal(client_wait(copier->client, copier->descr), COPIER_ABI_DONE);
    expect(is_filled(copier->dst, SIZE, round));
  }
  return NULL;
}

struct changer {
  pthread_t thread;
  char *memory;
  size_t size;
  bool is_over;
};

static void *change(void *argument) {
  struct changer *changer = argument;
  while (!__atomic_load_n(&changer->is_over, __ATOMIC_RELAXED)) {
    memset(changer->memory, 1, PAGE);
    madvise(changer->memory, changer->size, MADV_DONTNEED);
    mprotect(changer->memory, changer->size, PROT_NONE);
    mprotect(changer->memory, changer->size, PROT_READ | PROT_WRITE);
    usleep(100);
  }
  return NULL;
}

static void copy_while_changing(char *memory, size_t size) {
  enum { COPIERS = 3 };
  struct client client;
  client_init(&client);
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  struct copier copiers[COPIERS];
  struct changer changer = {.memory = memory + size / 2, .size = size / 2};
  expect(!pthread_create(&changer.thread, NULL, change, &changer));
  for (uint32_t index = 0; index < COPIERS; ++index) {
    copiers[index] = (struct copier){.client = &client,
                                     .lock = &lock,
                                     .src = memory + 2 * index * SIZE,
                                     .dst = memory + (2 * index + 1) * SIZE,
                                     .descr = index,
                                     .calls = index > 0};
    expect(!pthread_create(&copiers[index].thread, NULL, copy_again,
                           &copiers[index]));
  }
  for (unsigned index = 0; index < COPIERS; ++index)
    pthread_join(copiers[index].thread, NULL);
  __atomic_store_n(&changer.is_over, true, __ATOMIC_RELAXED);
  pthread_join(changer.thread, NULL);
  expect(client_stats(&client).counters.translations > 0);
  client_close(&client);
}

TEST_CASE(mappings_change_beside_translated_copies, 120) {
  client_need(COPIER_ABI_FEATURE_ATCACHE, "an ATCache");
  enum { SPAN = 512 * 1024 };
  copy_while_changing(pages(SPAN), SPAN);
}

/// Whoever discards huge pages has a lock that pinning huge pages takes.
TEST_CASE(huge_pages_go_beside_translated_copies, 120) {
  client_need(COPIER_ABI_FEATURE_ATCACHE, "an ATCache");
  enum { HUGE = 2 << 20 };
  write_text("/proc/sys/vm/nr_hugepages", "4");
  char *memory = mmap(NULL, 2 * HUGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  if (memory == MAP_FAILED)
    skip("there are no huge pages");
  copy_while_changing(memory, 2 * HUGE);
}
