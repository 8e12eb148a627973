//===- fuzz.c - Random calls and rings ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fixed number of random steps for a seed: slots that are partly right, calls
// that are partly right, mappings that come and go, in one thread and in two at
// a time. Nothing must hang, complain, leak, or change the memory that no step
// names.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARENA = 64, SLOTS = 32, MIXED_STEPS = 3000, ROUNDS = 8 };

struct fuzz {
  struct client client;
  char *arena;  ///< ARENA pages that any step may harm, ...
  char *before; ///< ... and a page on both sides that none may.
  char *after;
};

struct fuzz_thread {
  struct fuzz *fuzz;
  uint64_t seed;
  unsigned steps;
};

/// One of two: mostly the first.
static bool rarely(struct random *random) { return !random_below(random, 12); }

static uint64_t choose_address(struct fuzz *fuzz, struct random *random) {
  static const uint64_t bad[] = {0,
                                 1,
                                 0xffff888000000000,
                                 0xffffffff81000000,
                                 0x8000000000000000,
                                 0x00fffffffffff000,
                                 UINT64_MAX,
                                 UINT64_MAX - 4095};
  if (rarely(random))
    return bad[random_below(random, sizeof(bad) / sizeof(bad[0]))];
  if (rarely(random))
    return (uintptr_t)fuzz->client.ring +
           random_below(random, fuzz->client.map_size);
  uint64_t offset = random_below(random, (ARENA - 1) * PAGE);
  return (uintptr_t)fuzz->arena +
         (random_below(random, 2) ? offset : offset & ~4095ULL);
}

/// Sizes that stay in the arena, and some that are wrong everywhere.
static uint32_t choose_size(struct fuzz *fuzz, struct random *random,
                            uint64_t addr) {
  if (rarely(random))
    return random_below(random, 2)
               ? 0
               : UINT32_MAX - (uint32_t)random_below(random, 3);
  uint64_t end = (uintptr_t)fuzz->arena + ARENA * PAGE;
  uint64_t most =
      addr >= (uintptr_t)fuzz->arena && addr < end ? end - addr : 64;
  return 1 + (uint32_t)random_below(
                 random, random_below(random, 2) ? most : most / 16 + 1);
}

static void submit(struct fuzz *fuzz, struct random *random) {
  struct client *client = &fuzz->client;
  uint64_t dst = choose_address(fuzz, random);
  uint64_t src = choose_address(fuzz, random);
  uint32_t size = choose_size(fuzz, random, dst > src ? dst : src);
  struct copier_abi_slot slot =
      client_slot((void *)(uintptr_t)dst, (void *)(uintptr_t)src, 1);
  slot.size = size;
  slot.segment_shift = size - 1 < 1U << 20 ? client_shift(size) : 15;
  slot.flags = (uint16_t)random_below(random, 4);
  slot.descr = (uint32_t)random_below(random, SLOTS);
  if (rarely(random)) {
    // One word is anything.
    uint64_t word = random_next(random);
    memcpy((char *)&slot + 8 * (1 + random_below(random, 7)), &word, 8);
    // But no address that the case itself lives at.
    if (slot.dst != dst)
      slot.dst |= 1ULL << 60;
  }
  uint64_t ticket =
      __atomic_fetch_add(&client->ring->next, 1, __ATOMIC_RELAXED);
  struct copier_abi_slot *place = &client->slots[ticket % SLOTS];
  slot.mark = place->mark;
  *place = slot;
  __atomic_store_n(&place->mark, ticket + 1, __ATOMIC_RELEASE);
  if (rarely(random))
    __atomic_store_n(&client->ring->next, client->ring->taken,
                     __ATOMIC_RELAXED);
}

static const unsigned long calls[] = {
    COPIER_IOC_QUERY,   COPIER_IOC_CREATE, COPIER_IOC_SYNC,  COPIER_IOC_ABORT,
    COPIER_IOC_RELEASE, COPIER_IOC_WAKE,   COPIER_IOC_STATS, COPIER_IOC_SET_OPT,
    COPIER_IOC_READ,    COPIER_IOC_WRITE,  COPIER_IOC_RECV,  COPIER_IOC_SEND,
    COPIER_IOC_EXPORT,  COPIER_IOC_ATTACH, COPIER_IOC_DETACH};

static void call(struct fuzz *fuzz, struct random *random) {
  uint64_t words[32] = {0};
  unsigned long number =
      calls[random_below(random, sizeof(calls) / sizeof(calls[0]))];
  uint32_t size = (uint32_t)_IOC_SIZE(number);
  if (rarely(random))
    number = (unsigned long)random_next(random);
  for (unsigned word = 0; word < 6; ++word)
    words[word] = random_below(random, 3) ? random_below(random, 3)
                                          : choose_address(fuzz, random);
  // Only one step in a few has flags; no file but the client's own, or none.
  uint32_t flags = rarely(random) ? (uint32_t)random_next(random)
                                  : (uint32_t)random_below(random, 3);
  if (number == COPIER_IOC_READ || number == COPIER_IOC_WRITE ||
      number == COPIER_IOC_RECV || number == COPIER_IOC_SEND)
    flags = (uint32_t)fuzz->client.fd;
  memcpy(words,
         &(uint32_t[]){rarely(random) ? (uint32_t)random_next(random) : size,
                       flags},
         8);
  void *argument = words;
  if (rarely(random))
    argument = (void *)(uintptr_t)choose_address(fuzz, random);
  int result = ioctl(fuzz->client.fd, number, argument);
  if (result > 2 && (number == COPIER_IOC_EXPORT))
    close(result);
}

/// The other system calls that take such a file.
static void misuse_file(struct fuzz *fuzz, struct random *random) {
  int fd = fuzz->client.fd;
  struct pollfd one = {fd, POLLIN | POLLOUT, 0};
  char text[16] = "";
  switch (random_below(random, 8)) {
  case 0:
    expect(read(fd, text, sizeof(text)) < 0);
    break;
  case 1:
    expect(write(fd, text, sizeof(text)) < 0);
    break;
  case 2:
    lseek(fd, (off_t)random_next(random), SEEK_SET);
    break;
  case 3:
    poll(&one, 1, 0);
    break;
  case 4:
    fcntl(fd, F_SETFL, O_NONBLOCK);
    break;
  case 5:
    expect(ftruncate(fd, 4096) < 0);
    break;
  case 6:
    close(dup(fd));
    break;
  default: {
    void *map = mmap(NULL, random_below(random, 9) * PAGE, PROT_READ,
                     MAP_SHARED, fd, (off_t)(random_below(random, 5) * PAGE));
    expect(map == MAP_FAILED);
  }
  }
}

/// Pages of the arena go, come, or change.
static void remap(struct fuzz *fuzz, struct random *random) {
  size_t first = random_below(random, ARENA);
  size_t count = 1 + random_below(random, ARENA - first);
  if (random_below(random, 2) && count > 4)
    count = 4;
  char *at = fuzz->arena + first * PAGE;
  static const int protections[] = {PROT_NONE, PROT_READ,
                                    PROT_READ | PROT_WRITE};
  switch (random_below(random, 6)) {
  case 0:
    munmap(at, count * PAGE);
    break;
  case 1:
    mprotect(at, count * PAGE, protections[random_below(random, 3)]);
    break;
  case 2:
    madvise(at, count * PAGE, MADV_DONTNEED);
    break;
  default:
    mmap(at, count * PAGE, PROT_READ | PROT_WRITE,
         MAP_FIXED | MAP_ANONYMOUS |
             (random_below(random, 2) ? MAP_PRIVATE : MAP_SHARED),
         -1, 0);
  }
}

/// Words of the rings' head and of descriptors, which only fools write to.
static void scribble(struct fuzz *fuzz, struct random *random) {
  uint64_t word = random_next(random);
  char *ring = (char *)fuzz->client.ring;
  size_t at = random_below(random, fuzz->client.map_size / 8) * 8;
  // What this case needs itself.
  if (at >= offsetof(struct copier_abi_ring, next) &&
      at < sizeof(struct copier_abi_ring))
    at = 0;
  memcpy(ring + at, &word, 8);
}

static void *run_steps(void *argument) {
  struct fuzz_thread *thread = argument;
  struct random random = {thread->seed};
  struct fuzz *fuzz = thread->fuzz;
  for (unsigned step = 0; step < thread->steps; ++step) {
    switch (random_below(&random, 12)) {
    case 0:
    case 1:
      call(fuzz, &random);
      break;
    case 2:
      remap(fuzz, &random);
      break;
    case 3:
      scribble(fuzz, &random);
      break;
    case 4:
      misuse_file(fuzz, &random);
      break;
    case 5:
      ioctl(fuzz->client.fd, COPIER_IOC_WAKE);
      break;
    default:
      submit(fuzz, &random);
    }
  }
  return NULL;
}

static struct fuzz make_fuzz(uint64_t seed) {
  struct fuzz fuzz = {.before = pages((ARENA + 2) * PAGE)};
  fuzz.arena = fuzz.before + PAGE;
  fuzz.after = fuzz.arena + ARENA * PAGE;
  fill(fuzz.before, (ARENA + 2) * PAGE, seed);
  fill(fuzz.after, PAGE, seed);
  client_init_sized(&fuzz.client, SLOTS, SLOTS, 8, 8);
  return fuzz;
}

static void check(struct fuzz *fuzz, uint64_t seed) {
  expect(is_filled(fuzz->before, PAGE, seed));
  expect(is_filled(fuzz->after, PAGE, seed));
}

/// In a child: a random call may end the client, which is allowed.
static void fuzz_one(void *argument) {
  uint64_t seed = *(uint64_t *)argument;
  struct fuzz fuzz = make_fuzz(seed);
  run_steps(&(struct fuzz_thread){&fuzz, seed, MIXED_STEPS});
  check(&fuzz, seed);
}

static void fuzz_two(void *argument) {
  uint64_t seed = *(uint64_t *)argument;
  struct fuzz fuzz = make_fuzz(seed);
  struct fuzz_thread threads[2] = {{&fuzz, seed, MIXED_STEPS / 2},
                                   {&fuzz, ~seed, MIXED_STEPS / 2}};
  pthread_t other;
  expect(!pthread_create(&other, NULL, run_steps, &threads[1]));
  run_steps(&threads[0]);
  pthread_join(other, NULL);
  check(&fuzz, seed);
}

/// After all that, somebody else is served as ever.
static void expect_service(void) {
  struct client client;
  client_init(&client);
  char *memory = pages(2 * PAGE);
  fill(memory, PAGE, 1);
  uint32_t descr = client_copy(&client, memory + PAGE, memory, PAGE);
  expect_equal(client_wait(&client, descr), COPIER_ABI_DONE);
  expect(is_filled(memory + PAGE, PAGE, 1));
  client_close(&client);
}

static void fuzz_with(void (*run)(void *), uint64_t first_seed) {
  expect_service();
  for (uint64_t seed = first_seed; seed < first_seed + ROUNDS; ++seed) {
    int status = in_child(run, &seed);
    if (status)
      fail("seed %llu: status %#x", (unsigned long long)seed, status);
  }
  expect_service();
}

TEST_CASE(fuzz_in_one_thread, 240) { fuzz_with(fuzz_one, 1000); }

TEST_CASE(fuzz_in_two_threads, 240) { fuzz_with(fuzz_two, 2000); }
