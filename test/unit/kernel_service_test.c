//===- kernel_service_test.c - The service with many threads -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads that submit to one ring, each with memory of its own, and a model of
// that: what a csync has covered must be the same.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "service/client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 3, STEPS = 3000, SIZE = 1 << 16, SLOTS = 32, RINGS = 1 << 16 };

static struct copier_turns turns;
static struct copier_kclient *client;
static char *rings;

struct program {
  unsigned seed;
  char *memory;
  char *model;
  unsigned wrong;
};

static size_t below(struct program *program, size_t bound) {
  return (size_t)rand_r(&program->seed) % bound;
}

static struct copier_abi_ring *ring(void) {
  return (struct copier_abi_ring *)rings;
}

static void sync_range(struct program *program, size_t at, size_t n) {
  struct copier_abi_range range = {.size = sizeof(range),
                                   .addr = (uintptr_t)(program->memory + at),
                                   .length = n};
  int error;
  do
    error = copier_kclient_sync(client, &range);
  while (error == -EAGAIN); // The other thread does not run.
  program->wrong += error || range.status != COPIER_ABI_DONE ||
                    memcmp(program->memory + at, program->model + at, n) != 0;
}

static uint64_t take_ticket(struct program *program) {
  __u64 ticket = __atomic_load_n(&ring()->next, __ATOMIC_RELAXED);
  for (;;)
    if (ticket - __atomic_load_n(&ring()->taken, __ATOMIC_ACQUIRE) >= SLOTS) {
      sync_range(program, 0, SIZE);
      ticket = __atomic_load_n(&ring()->next, __ATOMIC_RELAXED);
    } else if (__atomic_compare_exchange_n(&ring()->next, &ticket, ticket + 1,
                                           false, __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED)) {
      return ticket;
    }
}

static void submit(struct program *program, size_t to, size_t from, size_t n) {
  uint64_t ticket = take_ticket(program);
  struct copier_abi_slot *slot =
      (struct copier_abi_slot *)(rings + ring()->slots_offset) + ticket % SLOTS;
  slot->dst = (uintptr_t)(program->memory + to);
  slot->src = (uintptr_t)(program->memory + from);
  slot->size = (uint32_t)n;
  slot->segment_shift = 10;
  slot->flags = below(program, 4) ? 0 : COPIER_ABI_TASK_LAZY;
  slot->descr = COPIER_ABI_NONE;
  __atomic_store_n(&slot->mark, ticket + 1, __ATOMIC_RELEASE);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (__atomic_load_n(&ring()->flags, __ATOMIC_RELAXED) &
      COPIER_ABI_RING_NEED_WAKEUP)
    copier_kclient_wake(client);
  memcpy(program->model + to, program->model + from, n);
}

static void step(struct program *program) {
  size_t n = 1 + below(program, (size_t)1 << below(program, 14));
  size_t from = below(program, SIZE - n);
  size_t to = below(program, SIZE - n);
  if (from >= to + n || to >= from + n)
    submit(program, to, from, n);
  if (below(program, 6) != 0)
    return;
  sync_range(program, from, n);
  program->memory[from] = program->model[from] = (char)program->seed;
}

static void *run_program(void *argument) {
  struct program *program = argument;
  for (size_t i = 0; i != SIZE; ++i)
    program->memory[i] = program->model[i] = (char)rand_r(&program->seed);
  for (unsigned i = 0; i != STEPS; ++i)
    step(program);
  sync_range(program, 0, SIZE);
  return NULL;
}

static void *run_worker(void *unused) {
  copier_kclient_run(client);
  return unused;
}

static void make_client(void) {
  struct copier_abi_create create = {
      .size = sizeof(create), .slots = SLOTS, .descrs = 1};
  struct copier_os_space *space = copier_os_alloc(sizeof(*space));
  rings = copier_os_alloc(RINGS);
  client = copier_os_alloc(sizeof(*client));
  assert_true(space && rings && client && copier_rings_size(&create) <= RINGS);
  copier_turns_init(&turns, 1, 1 << 20);
  assert_int_equal(copier_kclient_init(client, &create, rings, space, &turns),
                   0);
}

static void threads_see_their_own_copies(void **state) {
  (void)state;
  make_client();
  struct program programs[THREADS];
  pthread_t threads[THREADS];
  pthread_t worker;
  assert_int_equal(pthread_create(&worker, NULL, run_worker, NULL), 0);
  for (unsigned i = 0; i != THREADS; ++i) {
    programs[i] = (struct program){i + 1, malloc(SIZE), malloc(SIZE), 0};
    assert_true(programs[i].memory && programs[i].model);
    assert_int_equal(
        pthread_create(&threads[i], NULL, run_program, &programs[i]), 0);
  }
  for (unsigned i = 0; i != THREADS; ++i) {
    pthread_join(threads[i], NULL);
    assert_int_equal(programs[i].wrong, 0);
    free(programs[i].memory);
    free(programs[i].model);
  }
  copier_kclient_stop(client);
  pthread_join(worker, NULL);
  assert_int_equal(client->counters.pins, client->counters.unpins);
  assert_int_equal(ring()->flags, COPIER_ABI_RING_DEAD);
  copier_kclient_destroy(client);
  copier_os_free(client);
  copier_os_free(rings);
}

/// A csync used to return as if nothing were behind such a slot.
static void unpublished_slot_is_waited_for(void **state) {
  (void)state;
  make_client();
  struct program program = {1, malloc(SIZE), malloc(SIZE), 0};
  assert_true(program.memory && program.model);
  memset(program.memory, 1, SIZE);
  memset(program.memory + 100, 2, 100);
  memcpy(program.model, program.memory, SIZE);
  struct copier_abi_range range = {
      .size = sizeof(range), .addr = (uintptr_t)program.memory, .length = SIZE};
  // Some thread has ticket 0, and is nowhere.
  ring()->next = 1;
  submit(&program, 0, 100, 100);
  assert_int_equal(copier_kclient_sync(client, &range), -EAGAIN);
  // Its slot is one that is refused, but published.
  struct copier_abi_slot *slots =
      (struct copier_abi_slot *)(rings + ring()->slots_offset);
  slots[0].descr = COPIER_ABI_NONE;
  __atomic_store_n(&slots[0].mark, 1, __ATOMIC_RELEASE);
  sync_range(&program, 0, SIZE);
  assert_int_equal(program.wrong, 0);
  assert_int_equal(client->counters.refused, 1);
  free(program.memory);
  free(program.model);
  copier_kclient_destroy(client);
  copier_os_free(client);
  copier_os_free(rings);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads_see_their_own_copies),
      cmocka_unit_test(unpublished_slot_is_waited_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
