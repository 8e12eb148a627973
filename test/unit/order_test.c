//===- order_test.c - Unit tests of core/order.c ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order of the tasks of two queues, written as a string: each task of the
// client by a capital letter, each of the service by a small one.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

static struct copier_order order;

/// The letter of each task is its cookie.
static void push(char letter) {
  struct copier_task task = fake_task(B, A, 8);
  task.cookie = (void *)(uintptr_t)letter;
  fake_push_task(letter < 'a' ? &fake.queue : &fake.service_queue, task);
}

/// Submits what \p script says; '|' is a barrier.
static void submit(const char *script) {
  for (; *script; ++script)
    if (*script == '|')
      fake_push_barrier();
    else
      push(*script);
}

/// Finishes the task at \p ticket.
static void finish(struct copier_queue *queue, copier_ticket ticket) {
  assert_true(copier_queue_claim(queue, ticket, 0));
  assert_true(copier_queue_finish(queue, ticket, 0));
}

/// Is this, read from the oldest place on, the order?
static void assert_order(const char *expected) {
  for (int polling = 0; polling != 2; ++polling) {
    assert_true(copier_order_of(&fake.client, polling, &order));
    unsigned place = 0;
    for (; *expected && place != order.places; ++place) {
      struct copier_task task;
      char letter = '?';
      if (copier_order_read(&order, place, &task))
        letter = (char)(uintptr_t)task.cookie;
      assert_int_equal(letter, expected[place]);
    }
    assert_int_equal(expected[place], 0);
    assert_int_equal(place, order.places);
  }
}

static void nothing(void **state) {
  (void)state;
  assert_order("");
  fake.client.service_queue = NULL;
  assert_order("");
}

static void one_queue(void **state) {
  (void)state;
  fake.client.service_queue = NULL;
  submit("ABC");
  assert_order("ABC");
  finish(&fake.queue, 0);
  assert_order("BC");
  struct copier_place at = copier_order_at(&order, 1);
  assert_true(at.queue == &fake.queue && at.ticket == 2);
}

static void without_a_barrier_the_service_is_first(void **state) {
  (void)state;
  submit("AaBb");
  assert_order("abAB");
}

static void barrier_before(void **state) {
  (void)state;
  // As at the entry of a system call: what the client has submitted is older.
  submit("AB|abC");
  assert_order("ABabC");
}

static void barrier_behind(void **state) {
  (void)state;
  // As at its end: what the client submits then is younger.
  submit("ab|AB");
  assert_order("abAB");
}

static void barriers_on_both_sides(void **state) {
  (void)state;
  submit("A|ab|B|c|CD");
  assert_order("AabBcCD");
}

static void barriers_one_after_another(void **state) {
  (void)state;
  submit("A||||a|||Bb");
  assert_order("AabB");
}

static void what_is_retired_is_left_out(void **state) {
  (void)state;
  submit("A|ab|B|c|C");
  finish(&fake.queue, 0);
  assert_order("abBcC");
  finish(&fake.service_queue, 1);
  assert_order("bBcC");
  finish(&fake.service_queue, 2);
  finish(&fake.queue, 1);
  assert_order("cC");
  struct copier_place at = copier_order_at(&order, 0);
  assert_true(at.queue == &fake.service_queue && at.ticket == 5);
}

/// Another thread's submission that is not published leaves a gap, even if the
/// service is polling: behind it may be what comes before a barrier.
static void unpublished_does_not_hide_the_rest(void **state) {
  (void)state;
  submit("A");
  *fake.queue.word += ((uint64_t)1 << 32) + 1;
  submit("C|a");
  assert_order("A?Ca");
}

static void unpublished_in_the_service_queue(void **state) {
  (void)state;
  *fake.service_queue.word += ((uint64_t)1 << 32) + 1;
  submit("a|A");
  assert_order("?aA");
}

static void with_one_queue_polling_ends_at_the_unpublished(void **state) {
  (void)state;
  fake.client.service_queue = NULL;
  submit("A");
  *fake.queue.word += ((uint64_t)1 << 32) + 1;
  submit("C");
  assert_true(copier_order_of(&fake.client, /*polling=*/true, &order));
  assert_int_equal(order.places, 1);
  assert_true(copier_order_of(&fake.client, /*polling=*/false, &order));
  assert_int_equal(order.places, 3);
  struct copier_task task;
  assert_false(copier_order_read(&order, 1, &task));
  assert_true(copier_order_read(&order, 2, &task));
}

static void bogus_position_is_cut_off(void **state) {
  (void)state;
  submit("A");
  fake_push_task(&fake.service_queue,
                 (struct copier_task){.src = (uintptr_t)1 << 60,
                                      .flags = COPIER_TASK_BARRIER});
  submit("aB");
  assert_order("ABa");
}

/// One task of each queue between any two of many barriers.
static void many_barriers_are_taken_in_parts(void **state) {
  (void)state;
  enum { ROUNDS = 60 };
  for (unsigned i = 0; i != ROUNDS; ++i)
    submit("A|a|");
  unsigned done = 0;
  for (unsigned parts = 0; done != 2 * ROUNDS; ++parts) {
    assert_true(parts < ROUNDS);
    bool whole = copier_order_of(&fake.client, /*polling=*/false, &order);
    // It begins with the oldest, it goes forward, and it knows when it is all.
    assert_true(order.places > 0);
    assert_int_equal(whole, done + order.places == 2 * ROUNDS);
    for (unsigned place = 0; place != order.places; ++place, ++done) {
      struct copier_place at = copier_order_at(&order, place);
      assert_true(at.queue == (done % 2 ? &fake.service_queue : &fake.queue));
      finish(at.queue, at.ticket);
    }
  }
  assert_order("");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(nothing, fake_set_up),
      cmocka_unit_test_setup(one_queue, fake_set_up),
      cmocka_unit_test_setup(without_a_barrier_the_service_is_first,
                             fake_set_up),
      cmocka_unit_test_setup(barrier_before, fake_set_up),
      cmocka_unit_test_setup(barrier_behind, fake_set_up),
      cmocka_unit_test_setup(barriers_on_both_sides, fake_set_up),
      cmocka_unit_test_setup(barriers_one_after_another, fake_set_up),
      cmocka_unit_test_setup(what_is_retired_is_left_out, fake_set_up),
      cmocka_unit_test_setup(unpublished_does_not_hide_the_rest, fake_set_up),
      cmocka_unit_test_setup(unpublished_in_the_service_queue, fake_set_up),
      cmocka_unit_test_setup(with_one_queue_polling_ends_at_the_unpublished,
                             fake_set_up),
      cmocka_unit_test_setup(bogus_position_is_cut_off, fake_set_up),
      cmocka_unit_test_setup(many_barriers_are_taken_in_parts, fake_set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
