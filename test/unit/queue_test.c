//===- queue_test.c - Unit tests of core/queue.c ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread: what the ring promises. Threads are the matter of the stress tests
// in test/runtime.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "core/queue.h"

#include <string.h>

static size_t pending;
static struct copier_queue queue;

static int set_up(void **state) {
  (void)state;
  memset(&queue, 0, sizeof(queue));
  pending = 0;
  queue.pending = &pending;
  return 0;
}

/// Submits a task of \p segments segments of one byte; false if it is full.
static bool push(size_t segments, uintptr_t dst) {
  return copier_queue_push(
      &queue,
      &(struct copier_task){.dst = dst, .src = 100000, .size = segments});
}

static void finish_all(copier_ticket ticket) {
  for (unsigned i = 0; i != COPIER_MAX_SEGMENTS; ++i)
    if (copier_queue_claim(&queue, ticket, i))
      copier_queue_finish(&queue, ticket, i);
}

static void submit_and_read(void **state) {
  (void)state;
  struct copier_task task;
  assert_false(copier_queue_read(&queue, 0, &task));
  assert_true(push(5, 42));
  assert_int_equal(pending, 1);
  assert_true(copier_queue_read(&queue, 0, &task));
  assert_int_equal(task.dst, 42);
  assert_int_equal(task.size, 5);
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0x1f);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0x1f);
  assert_false(copier_queue_read(&queue, 1, &task));
}

static void claim_once(void **state) {
  (void)state;
  push(5, 42);
  assert_true(copier_queue_claim(&queue, 0, 3));
  assert_false(copier_queue_claim(&queue, 0, 3));
  assert_false(copier_queue_claim(&queue, 0, 5)); // Past the end.
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0x17);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0x1f);
  copier_queue_finish(&queue, 0, 3);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0x17);
  assert_int_equal(pending, 1);
}

static void retires_from_the_old_end(void **state) {
  (void)state;
  for (int i = 0; i != 3; ++i)
    push(2, 42);
  finish_all(1);
  assert_int_equal(pending, 3);
  finish_all(0);
  assert_int_equal(pending, 1);
  struct copier_tickets tickets = copier_queue_tickets(&queue);
  assert_int_equal(tickets.first, 2);
  assert_int_equal(tickets.past, 3);
}

static void full_and_round_again(void **state) {
  (void)state;
  for (copier_ticket i = 0; i != COPIER_QUEUE_SLOTS; ++i)
    assert_true(push(1, 42));
  assert_false(push(1, 42));
  assert_int_equal(pending, COPIER_QUEUE_SLOTS);
  finish_all(1); // Not the oldest: frees nothing yet.
  assert_false(push(1, 42));
  finish_all(0);
  assert_true(push(3, 77));
  assert_true(push(3, 78));
  assert_false(push(1, 42));
  // The new tasks have the slots of 0 and 1. Late hands on those do nothing.
  assert_false(copier_queue_claim(&queue, 0, 0));
  copier_queue_finish(&queue, 0, 0);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0);
  assert_int_equal(copier_queue_unfinished(&queue, COPIER_QUEUE_SLOTS), 7);
  struct copier_task task;
  assert_false(copier_queue_read(&queue, 0, &task));
  assert_true(copier_queue_read(&queue, COPIER_QUEUE_SLOTS, &task));
  assert_int_equal(task.dst, 77);
}

static void fork_forgets_claims_and_unpublished(void **state) {
  (void)state;
  push(4, 42);
  push(4, 43);
  copier_queue_claim(&queue, 0, 2);
  // A submission that another thread was in the middle of.
  atomic_fetch_add(&queue.head, 1);
  copier_queue_after_fork(&queue);
  assert_int_equal(pending, 3);
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0xf);
  finish_all(0);
  finish_all(1);
  assert_int_equal(pending, 0);
  assert_true(push(1, 44));
  struct copier_task task;
  assert_true(copier_queue_read(&queue, 3, &task));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(submit_and_read, set_up),
      cmocka_unit_test_setup(claim_once, set_up),
      cmocka_unit_test_setup(retires_from_the_old_end, set_up),
      cmocka_unit_test_setup(full_and_round_again, set_up),
      cmocka_unit_test_setup(fork_forgets_claims_and_unpublished, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
