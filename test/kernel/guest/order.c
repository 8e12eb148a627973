//===- order.c - Copies that meet, against a model of memory --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random programs of copies, syncs, aborts and accesses run twice: on memory
// that the service copies, and on a model where each copy is made at once. What
// a sync has covered must be the same.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <string.h>

enum { ARENA = 96 * 1024, GRANULE = 96 };

struct program {
  struct client client;
  struct random random;
  char *memory, *model;
  uint64_t features;
  unsigned step;
};

static struct program begin(uint64_t seed, uint32_t slots) {
  struct program program = {.random = {seed},
                            .memory = pages(ARENA),
                            .model = pages(ARENA),
                            .features = client_query().features};
  client_init_sized(&program.client, slots, 256, 16, 16);
  fill(program.memory, ARENA, seed);
  fill(program.model, ARENA, seed);
  return program;
}

/// A range of the arena, that often begins or ends where another one does.
static size_t choose(struct program *program, size_t *size) {
  struct random *random = &program->random;
  size_t limit = random_below(random, 4) ? 2000 : 40000;
  *size = 1 + random_below(random, limit);
  size_t begin = random_below(random, ARENA - *size);
  if (random_below(random, 2))
    begin -= begin % GRANULE;
  return begin;
}

static void copy(struct program *program) {
  struct random *random = &program->random;
  size_t size, other;
  size_t dst = choose(program, &size), src = choose(program, &other);
  if (src + size > ARENA || (dst < src + size && src < dst + size))
    return;
  struct copier_abi_slot slot =
      client_slot(program->memory + dst, program->memory + src, size);
  uint8_t more = (uint8_t)random_below(random, 4);
  if (slot.segment_shift + more <= 15)
    slot.segment_shift += more;
  if ((program->features & COPIER_ABI_FEATURE_LAZY) && !random_below(random, 6))
    slot.flags |= COPIER_ABI_TASK_LAZY;
  client_submit(&program->client, slot);
  if (random_below(random, 2))
    client_wake_if_needed(&program->client);
  memcpy(program->model + dst, program->model + src, size);
}

static void check(struct program *program, size_t begin, size_t size) {
  for (size_t at = begin; at < begin + size; ++at)
    if (program->memory[at] != program->model[at])
      fail("step %u: byte %zu is %#x, not %#x", program->step, at,
           program->memory[at] & 0xFF, program->model[at] & 0xFF);
}

/// Syncs a range, looks at it, and writes to it: to sources as well.
static void access_range(struct program *program) {
  size_t size, begin = choose(program, &size);
  client_sync(&program->client, program->memory + begin, size);
  check(program, begin, size);
  uint64_t seed = random_next(&program->random);
  fill(program->memory + begin, size, seed);
  fill(program->model + begin, size, seed);
}

/// Reading a range need not wait for copies that only read it, too.
static void read_range(struct program *program) {
  size_t size, begin = choose(program, &size);
  struct copier_abi_range range = client_sync_flags(
      &program->client, program->memory + begin, size, COPIER_ABI_SYNC_READ);
  expect_equal(range.status, COPIER_ABI_DONE);
  check(program, begin, size);
}

/// After an abort the range may hold anything; everything else is as if all
/// had been copied.
static void abort_range(struct program *program) {
  size_t size, begin = choose(program, &size);
  struct copier_abi_range range =
      client_abort(&program->client, program->memory + begin, size);
  expect_equal(range.status, COPIER_ABI_DONE);
  client_sync(&program->client, program->memory + begin, size);
  memset(program->memory + begin, 0, size);
  memset(program->model + begin, 0, size);
}

static void promote(struct program *program) {
  size_t size, begin = choose(program, &size);
  client_promote(&program->client, program->memory + begin, size);
}

static void run_program(uint64_t seed, uint32_t slots, unsigned steps) {
  struct program program = begin(seed, slots);
  for (program.step = 0; program.step < steps; ++program.step) {
    switch (random_below(&program.random, 16)) {
    case 0:
    case 1:
      access_range(&program);
      break;
    case 2:
      read_range(&program);
      break;
    case 3:
      abort_range(&program);
      break;
    case 4:
      promote(&program);
      break;
    default:
      copy(&program);
    }
  }
  client_sync_all(&program.client);
  check(&program, 0, ARENA);
  struct copier_abi_stats stats = client_stats(&program.client);
  expect_equal(stats.pending, 0);
  expect_equal(stats.counters.taken, program.client.ring->next);
  expect_equal(stats.counters.finished, stats.counters.taken);
  expect_equal(stats.counters.refused, 0);
  expect_equal(stats.counters.faults, 0);
  client_close(&program.client);
}

TEST_CASE(random_programs, 240) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    printf("seed %llu\n", (unsigned long long)seed);
    run_program(seed, 256, 400);
  }
}

/// With few slots, the client waits for the service all the time.
TEST_CASE(random_programs_with_few_slots, 240) {
  for (uint64_t seed = 101; seed <= 106; ++seed) {
    printf("seed %llu\n", (unsigned long long)seed);
    run_program(seed, 4, 300);
  }
}

/// A chain through one buffer: each copy reads what the last one wrote, and
/// overwrites what the one before read.
TEST_CASE(chains_stay_in_order, 120) {
  struct client client;
  client_init(&client);
  enum { SIZE = 20000, LINKS = 500 };
  char *memory = pages(3 * SIZE), *model = pages(3 * SIZE);
  fill(memory, 3 * SIZE, 4);
  fill(model, 3 * SIZE, 4);
  struct random random = {4};
  for (unsigned link = 0; link < LINKS; ++link) {
    size_t n = 1 + random_below(&random, SIZE - 1);
    size_t dst = link % 3 * SIZE, src = (link + 2) % 3 * SIZE;
    client_copy(&client, memory + dst, memory + src + SIZE - n, n);
    memcpy(model + dst, model + src + SIZE - n, n);
  }
  client_sync_all(&client);
  expect(!memcmp(memory, model, 3 * SIZE));
}
