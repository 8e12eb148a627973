//===- complete_test.c - Unit tests of core/complete.c ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which segments a csync copies, what it leaves, and what it does when others
// have a part in it.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

enum { SIZE = 100 };

//===----------------------------------------------------------------------===//
// What is needed
//===----------------------------------------------------------------------===//

static void only_what_is_needed(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_push(D, C, SIZE);
  assert_true(fake_csync(B + 20, 1));
  assert_int_equal(fake.pieces, 1);
  assert_int_equal(fake.accounted, 1);
  assert_true(fake_is_all(B + 16, 8, 'a'));
  assert_true(fake_is_all(B + 24, 8, 'b'));
  assert_true(fake_is_all(D, SIZE, 'd'));
  assert_false(fake_csync(B + 20, 1));
  assert_false(fake_csync(B + SIZE, 500));
}

static void source_as_well_as_destination(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  assert_true(fake_csync(A + 50, 4));
  assert_int_equal(fake.memory[B + 50], 'a');
  assert_int_equal(fake.pieces, 1);
}

/// For bytes that are only to be read, their readers do not matter.
static void to_read_needs_only_the_destination(void **state) {
  (void)state;
  struct copier_plan plan;
  fake_push(B, A, SIZE);
  struct copier_range source = copier_range_of(fake_at(A), 8);
  struct copier_range destination = copier_range_of(fake_at(B), 8);
  assert_false(copier_plan_sync(&fake.client, COPIER_NO_RANGE, source, &plan));
  assert_true(
      copier_plan_sync(&fake.client, COPIER_NO_RANGE, destination, &plan));
  assert_int_equal(plan.needed[0], 1);
}

static void promotes_what_it_depends_on(void **state) {
  (void)state;
  fake_push(B, A, SIZE); // Read by the next,
  fake_push(C, B, SIZE); // whose source is then overwritten,
  fake_push(B, D, SIZE); // and this is what is asked for.
  assert_true(fake_csync(B + 8, 8));
  assert_int_equal(fake.pieces, 3);
  assert_true(fake_is_all(C + 8, 8, 'a'));
  assert_true(fake_is_all(B + 8, 8, 'd'));
  assert_true(fake_is_all(C + 16, 8, 'c'));
  assert_true(fake_csync(0, FAKE_BYTES));
  assert_true(fake_is_all(C, SIZE, 'a'));
  assert_true(fake_is_all(B, SIZE, 'd'));
  assert_int_equal(copier_queue_acknowledge(&fake.queue), 3);
}

static void promotes_over_barriers(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_push_barrier();
  fake_push_service(C, B, SIZE);
  fake_push_barrier();
  fake_push(B, D, SIZE);
  assert_true(fake_csync(B, 8));
  assert_true(fake_is_all(B, 8, 'd'));
  assert_true(fake_is_all(C, 8, 'a'));
  assert_true(fake_is_all(C + 8, SIZE - 8, 'c'));
}

/// More barriers than an order has room for: everything older is completed.
static void promotes_over_very_many_barriers(void **state) {
  (void)state;
  enum { ROUNDS = 60 };
  for (size_t i = 0; i != ROUNDS; ++i) {
    fake_push(B + i * 8, A, 8);
    fake_push_barrier();
    fake_push_service(C + i * 8, B + i * 8, 8);
    fake_push_barrier();
  }
  fake_push(D, C, 8 * (size_t)ROUNDS);
  assert_true(fake_csync(D, 8 * (size_t)ROUNDS));
  assert_true(fake_is_all(D, 8 * (size_t)ROUNDS, 'a'));
}

/// Who csyncs the end of a chain of ordinary copies may use the middle, too.
static void completes_a_chain(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_push(D, B, SIZE);
  fake_push(E, C, SIZE);
  assert_true(fake_csync(D + 20, 1));
  assert_true(fake_is_all(D + 16, 8, 'a'));
  assert_true(fake_is_all(B + 16, 8, 'a'));
  assert_int_equal(fake_unfinished(0), 0x1ffb); // No more than that.
  assert_int_equal(fake_unfinished(1), 0x1ffb);
  assert_int_equal(fake_unfinished(2), 0x1fff);
}

/// A lazy copy is only gone through.
static void absorbs_a_chain(void **state) {
  (void)state;
  fake_push_lazy(B, A, SIZE);
  fake_push(C, B, SIZE);
  assert_true(fake_csync(C, SIZE));
  assert_true(fake_is_all(C, SIZE, 'a'));
  assert_true(fake_is_all(B, SIZE, 'b')); // Not touched.
  assert_int_equal(fake_unfinished(0), 0x1fff);
  // What was absorbed may be overwritten in its source only when it is done.
  assert_true(fake_csync(A, SIZE));
  assert_true(fake_is_all(B, SIZE, 'a'));
}

/// The program has changed what it has csynced: that is the latest data.
static void absorbs_around_what_the_program_wrote(void **state) {
  (void)state;
  fake_push_lazy(B, A, SIZE);
  assert_true(fake_csync(B + 8, 8));
  fake.memory[B + 8] = 'x';
  fake_push(C, B, SIZE);
  assert_true(fake_csync(C, SIZE));
  assert_int_equal(fake.memory[C + 8], 'x');
  assert_true(fake_is_all(C, 8, 'a') && fake_is_all(C + 9, SIZE - 9, 'a'));
}

/// Too scattered to be absorbed: what it reads is completed first, as far as
/// that helps.
static void completes_what_cannot_be_absorbed(void **state) {
  (void)state;
  for (size_t i = 0; i != 20; ++i)
    fake_push_lazy(B + i * 4, (i % 2 ? A : D) + i * 4, 4);
  struct copier_task wide = fake_task(C, B, 80);
  wide.segment_shift = 7;
  fake_push_task(&fake.queue, wide);
  assert_true(fake_csync(C, 80));
  for (size_t i = 0; i != 20; ++i)
    assert_true(fake_is_all(C + i * 4, 4, i % 2 ? 'a' : 'd'));
}

/// What is completed for that has an order, too.
static void completes_what_cannot_be_absorbed_in_order(void **state) {
  (void)state;
  fake_push(E, B, 80);
  for (size_t i = 0; i != 20; ++i)
    fake_push(B + i * 4, A, 4);
  struct copier_task wide = fake_task(C, B, 80);
  wide.segment_shift = 7;
  fake_push_task(&fake.queue, wide);
  assert_true(fake_csync(C, 80));
  assert_true(fake_is_all(C, 80, 'a'));
  fake_csync(E, 80);
  assert_true(fake_is_all(E, 80, 'b'));
}

static void absorbs_a_very_long_chain(void **state) {
  (void)state;
  for (size_t i = 0; i != 200; ++i)
    fake_push_lazy(A + (i + 1) * 16, A + i * 16, 8);
  assert_true(fake_csync(A + 200 * 16, 8));
  assert_true(fake_is_all(A + 200 * 16, 8, 'a'));
}

/// The ready ones of the \p segments of the task at \p place.
static copier_segments ready(unsigned place, copier_segments segments) {
  struct copier_order order;
  copier_order_of(&fake.client, /*polling=*/false, &order);
  struct copier_task task;
  assert_true(copier_order_read(&order, place, &task));
  return copier_ready_segments(&order, place, &task, segments);
}

static void ready_when_nothing_earlier_is_in_the_way(void **state) {
  (void)state;
  fake_push_lazy(B, A, 32);
  fake_push(C, B, 32); // Reads it: that needs no order.
  fake_push(A, D, 32); // Writes what the first one reads.
  fake_push(E, C, 32); // Reads what is not lazy.
  assert_int_equal(ready(1, 0xf), 0xf);
  assert_int_equal(ready(2, 0xf), 0);
  assert_int_equal(ready(3, 0xf), 0);
  fake_other_claims(0, 2);
  fake_other_claims(1, 3);
  assert_int_equal(ready(2, 0x4), 0);
  fake_other_finishes(0, 2);
  fake_other_finishes(1, 3);
  assert_int_equal(ready(2, 0x6), 0x4);
  assert_int_equal(ready(3, 0xf), 0x8);
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

static void waits_for_a_copy_of_somebody_else(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_other_claims(0, 2);
  fake.on_relax = fake_third_is_finished;
  assert_true(fake_csync(B, SIZE));
  assert_true(fake.on_relax == NULL);
  assert_true(fake_is_all(B, 16, 'a'));
  assert_true(fake_is_all(B + 16, 8, 'o'));
  assert_int_equal(fake.accounted, 12);
}

/// Whoever has claimed the third segment of the first copy is done with it as
/// soon as it is asked to be.
static void is_asked(struct copier_place at, const struct copier_task *task,
                     copier_segments segments) {
  assert_int_equal(at.ticket, 0);
  assert_int_equal(task->dst, fake_at(B));
  assert_int_equal(segments, 4);
  fake_third_is_finished();
}

static void asks_before_it_waits(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_other_claims(0, 2);
  struct copier_worker asker = fake_csyncer;
  asker.ask_for = is_asked;
  asker.relax = NULL; // It need not wait.
  struct copier_plan plan;
  assert_true(copier_plan_sync(&fake.client, copier_range_of(fake_at(B), SIZE),
                               COPIER_NO_RANGE, &plan));
  copier_complete(&plan, &asker);
  assert_true(fake_is_all(B, 16, 'a'));
  assert_true(fake_is_all(B + 16, 8, 'o'));
  assert_int_equal(fake_unfinished(0), 0);
}

/// Another csync has borrowed the segment: it comes back, and is copied here.
static void waits_for_a_lender_of_somebody_else(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_other_claims(0, 2);
  fake.on_relax = fake_third_is_given_back;
  assert_true(fake_csync(B, SIZE));
  assert_true(fake.on_relax == NULL);
  assert_true(fake_is_all(B, SIZE, 'a'));
}

/// The segment that this one would borrow is being lent to somebody else. It is
/// copied then: who borrows again may find it lent again, and so on.
static void copies_what_was_lent_to_somebody_else(void **state) {
  (void)state;
  fake_push_lazy(B, A, SIZE);
  fake_push(C, B, SIZE);
  fake_other_claims(0, 2);
  fake.on_relax = fake_third_is_given_back;
  assert_true(fake_csync(C, SIZE));
  assert_true(fake.on_relax == NULL);
  assert_true(fake_is_all(C, SIZE, 'a'));
  assert_true(fake_is_all(B, 16, 'b'));
  assert_true(fake_is_all(B + 16, 8, 'a'));
  assert_true(fake_is_all(B + 24, SIZE - 24, 'b'));
}

/// The segment that this one would borrow is being copied.
static void waits_to_borrow_what_is_copied(void **state) {
  (void)state;
  fake_push_lazy(B, A, SIZE);
  fake_push(C, B, SIZE);
  fake_other_claims(0, 2);
  fake.on_relax = fake_third_is_finished;
  assert_true(fake_csync(C, SIZE));
  assert_true(fake.on_relax == NULL);
  assert_true(fake_is_all(C, 16, 'a'));
  assert_true(fake_is_all(C + 16, 8, 'o'));
}

/// Whoever has claimed it will not come back.
static void gives_up_what_it_waits_for_too_long(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_other_claims(0, 4);
  fake.long_wait = FAKE_GIVES_UP;
  assert_true(fake_csync(B, SIZE));
  assert_int_equal(fake.finished, 13);
  assert_true(fake_is_all(B + 32, 8, 'b'));
  assert_true(fake_is_all(B, 32, 'a'));
  assert_int_equal(copier_queue_acknowledge(&fake.queue), 1);
}

/// This thread itself has claimed it, and is in the handler of its fault.
static void leaves_what_waits_for_itself(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_push(C, B, SIZE);
  fake_push(E, D, SIZE);
  fake_other_claims(0, 4);
  fake.long_wait = FAKE_LEAVES;
  assert_true(fake_csync(0, FAKE_BYTES));
  assert_int_equal(fake_unfinished(0), 0x10);
  assert_int_equal(fake_unfinished(1), 0x10);
  assert_int_equal(fake_unfinished(2), 0);
  assert_true(fake_is_all(C, 32, 'a'));
}

static void aborts_but_what_waits_for_itself(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_other_claims(0, 4);
  fake.long_wait = FAKE_LEAVES;
  fake_abort(B, SIZE);
  assert_int_equal(fake_unfinished(0), 0x10);
}

//===----------------------------------------------------------------------===//
// Memory that cannot be made resident
//===----------------------------------------------------------------------===//

static void leaves_the_stuck_and_what_depends_on_it(void **state) {
  (void)state;
  fake.bad = fake_at(A + 5);
  fake_push(B, A, SIZE);
  fake_push(A, C, 16); // Would overwrite what is not read.
  fake_push(E, D, SIZE);
  assert_true(fake_settle());
  assert_int_equal(fake_unfinished(0), 0x1);
  assert_int_equal(fake_unfinished(1), 0x1);
  assert_true(fake_is_all(A, 8, 'a') && fake_is_all(A + 8, 8, 'c'));
  assert_true(fake_is_all(E, SIZE, 'd'));
  assert_true(fake_is_all(B + 8, SIZE - 8, 'a'));
}

static void stuck_is_what_would_be_read_through_the_stuck(void **state) {
  (void)state;
  fake.bad = fake_at(A + 5);
  fake_push_lazy(B, A, 16);
  fake_push(C, B, 16);
  assert_true(fake_settle());
  assert_int_equal(fake_unfinished(0), 0x1);
  assert_int_equal(fake_unfinished(1), 0x1);
  assert_true(fake_is_all(C + 8, 8, 'a'));
}

/// It can neither be absorbed, since it is too scattered, nor what is in its
/// way be completed: it must not try for ever.
static void stuck_is_what_is_blocked_by_the_stuck(void **state) {
  (void)state;
  for (size_t i = 0; i != 20; ++i)
    fake_push_lazy(B + i * 4, A + 5, 4);
  struct copier_task wide = fake_task(C, B, 80);
  wide.segment_shift = 7;
  fake_push_task(&fake.queue, wide);
  fake_push(E, D, SIZE);
  fake.bad = fake_at(A + 5);
  assert_true(fake_settle());
  assert_true(fake_is_all(E, SIZE, 'd'));
  assert_true(fake_is_all(C, 80, 'c'));
  assert_int_equal(fake_unfinished(20), 1);
}

/// It keeps what is behind many barriers from ever being reached.
static void stuck_before_very_many_barriers(void **state) {
  (void)state;
  fake_push(B, A, 8);
  fake.bad = fake_at(A);
  for (size_t i = 0; i != 60; ++i) {
    fake_push_barrier();
    fake_push(D, C, 8);
    fake_push_service(F, E, 8);
  }
  assert_true(fake_settle());
  assert_int_equal(fake_unfinished(0), 1);
  assert_true(fake_is_all(D, 8, 'c'));
}

#define TEST(name) cmocka_unit_test_setup(name, fake_set_up)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(only_what_is_needed),
      TEST(source_as_well_as_destination),
      TEST(to_read_needs_only_the_destination),
      TEST(promotes_what_it_depends_on),
      TEST(promotes_over_barriers),
      TEST(promotes_over_very_many_barriers),
      TEST(completes_a_chain),
      TEST(absorbs_a_chain),
      TEST(absorbs_around_what_the_program_wrote),
      TEST(completes_what_cannot_be_absorbed),
      TEST(completes_what_cannot_be_absorbed_in_order),
      TEST(absorbs_a_very_long_chain),
      TEST(ready_when_nothing_earlier_is_in_the_way),
      TEST(waits_for_a_copy_of_somebody_else),
      TEST(asks_before_it_waits),
      TEST(waits_for_a_lender_of_somebody_else),
      TEST(copies_what_was_lent_to_somebody_else),
      TEST(waits_to_borrow_what_is_copied),
      TEST(gives_up_what_it_waits_for_too_long),
      TEST(leaves_what_waits_for_itself),
      TEST(aborts_but_what_waits_for_itself),
      TEST(leaves_the_stuck_and_what_depends_on_it),
      TEST(stuck_is_what_would_be_read_through_the_stuck),
      TEST(stuck_is_what_is_blocked_by_the_stuck),
      TEST(stuck_before_very_many_barriers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
