//===- batch_test.c - Unit tests of core/batch.c ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a thread claims, keeps on record, finishes and gives back; and what
// becomes of it when a fault handler jumps out of a copy.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

static struct copier_order order;
static struct copier_batch batch;
static struct copier_part blocker;
static jmp_buf handler;

static int set_up(void **state) {
  copier_batch_init(&batch);
  return fake_set_up(state);
}

/// Adds segment \p index of the task of \p ticket.
static enum copier_outcome add(copier_ticket ticket, unsigned index,
                               const struct copier_worker *worker) {
  struct copier_task task;
  copier_order_of(&fake.client, /*polling=*/false, &order);
  unsigned place = (unsigned)(ticket - order.runs[0].tickets.first);
  assert_true(copier_order_read(&order, place, &task));
  return copier_batch_add(&batch, &order, place, &task, index, worker,
                          &blocker);
}

/// Copies the batch and faults, out of which a handler jumps.
static void copy_and_jump(void) {
  fake.jump = &handler;
  if (!setjmp(handler)) {
    copier_batch_copy(&batch, &fake_csyncer);
    fail_msg("the copy has not faulted");
  }
  fake.jump = NULL;
  copier_batch_init(&batch);
}

static void claims_copies_finishes(void **state) {
  (void)state;
  fake_push(B, A, 32);
  assert_int_equal(add(0, 1, &fake_csyncer), COPIER_COPIED);
  assert_int_equal(fake.claims.used, 1);
  assert_int_equal(fake.claims.held[0].index, 1);
  assert_false(fake.claims.held[0].is_lender);
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 0), 0xd);
  assert_int_equal(add(0, 1, &fake_csyncer), COPIER_TAKEN);
  assert_int_equal(add(0, 3, &fake_csyncer), COPIER_COPIED);
  assert_int_equal(batch.segments, 2);
  assert_int_equal(batch.bytes, 16);
  assert_true(fake_is_all(B, 32, 'b'));
  copier_batch_copy(&batch, &fake_csyncer);
  assert_int_equal(fake.batches, 1);
  assert_int_equal(fake.finished, 2);
  assert_int_equal(fake.claims.used, 0);
  assert_int_equal(batch.segments, 0);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 0), 0x5);
  assert_true(fake_is_all(B + 8, 8, 'a') && fake_is_all(B + 24, 8, 'a'));
  assert_true(fake_is_all(B, 8, 'b') && fake_is_all(B + 16, 8, 'b'));
}

static void lenders_are_given_back(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(C, B + 4, 8);
  assert_int_equal(add(1, 0, &fake_csyncer), COPIER_COPIED);
  assert_int_equal(fake.claims.used, 3);
  assert_true(fake.claims.held[1].is_lender && fake.claims.held[2].is_lender);
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 0), 0xc);
  copier_batch_copy(&batch, &fake_csyncer);
  assert_true(fake_is_all(C, 8, 'a'));
  assert_true(fake_is_all(B, 32, 'b')); // Not touched.
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 0), 0xf);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 0), 0xf);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 1), 0);
}

static void a_lender_of_somebody_else_blocks(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(C, B, 32);
  fake_other_claims(0, 2);
  assert_int_equal(add(1, 2, &fake_csyncer), COPIER_BLOCKED);
  assert_int_equal(blocker.place, 0);
  assert_int_equal(blocker.segments, 0x4);
  // Nothing is held.
  assert_int_equal(fake.claims.used, 0);
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 1), 0xf);
  assert_int_equal(add(1, 1, &fake_csyncer), COPIER_COPIED);
}

/// The second of two lenders is taken: the first is given back.
static void half_a_loan_is_given_back(void **state) {
  (void)state;
  fake_push(B, A, 8);
  fake_push(B + 8, D, 8);
  fake_push(C, B + 4, 8);
  fake_other_claims(0, 0);
  assert_int_equal(add(2, 0, &fake_csyncer), COPIER_BLOCKED);
  assert_int_equal(blocker.place, 0);
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 1), 1);
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 2), 1);
}

static void what_is_not_resident_is_stuck(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake.bad = fake_at(A + 9);
  assert_int_equal(add(0, 1, &fake_service), COPIER_STUCK);
  assert_int_equal(fake.claims.used, 0);
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 0), 0xf);
  assert_int_equal(add(0, 0, &fake_service), COPIER_COPIED);
  copier_batch_copy(&batch, &fake_service);
}

static void full_of_pieces(void **state) {
  (void)state;
  for (size_t i = 0; i != COPIER_MAX_PIECES; ++i)
    fake_push(B + i * 8, A, 8);
  unsigned added = 0;
  while (copier_batch_has_room(&batch, &fake.claims))
    assert_int_equal(add(added++, 0, &fake_service), COPIER_COPIED);
  assert_true(added > 8 && added < COPIER_MAX_PIECES);
  copier_batch_copy(&batch, &fake_service);
  assert_int_equal(fake.batches, 1);
  assert_int_equal(fake.finished, added);
  assert_true(fake_is_all(B, added * 8, 'a'));
  assert_true(copier_batch_has_room(&batch, &fake.claims));
}

/// A segment that needs more pieces than are left has to wait for the next
/// batch, and is not claimed for this one.
static void pieces_that_do_not_fit(void **state) {
  (void)state;
  for (size_t i = 0; i != 6; ++i)
    fake_push(D + i * 8, E, 8);
  for (size_t i = 0; i != 6; ++i)
    fake_push(B + i * 10, A, 6);
  struct copier_task wide = fake_task(C, B, 60);
  wide.segment_shift = 6;
  fake_push_task(&fake.queue, wide);
  for (unsigned i = 0; i != 6; ++i)
    assert_int_equal(add(i, 0, &fake_csyncer), COPIER_COPIED);
  assert_int_equal(add(12, 0, &fake_csyncer), COPIER_BLOCKED);
  assert_int_equal(fake.claims.used, 6);
  copier_batch_copy(&batch, &fake_csyncer);
  assert_int_equal(add(12, 0, &fake_csyncer), COPIER_COPIED);
  assert_int_equal(batch.pieces_used, 12);
  copier_batch_copy(&batch, &fake_csyncer);
  for (size_t i = 0; i != 6; ++i)
    assert_true(fake_is_all(C + i * 10, 6, 'a') &&
                fake_is_all(C + i * 10 + 6, 4, 'b'));
}

static void abandoned_copy_is_given_up(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(C, D, 32);
  fake_other_claims(0, 0);
  fake.bad = fake_at(A + 12);
  assert_int_equal(add(0, 1, &fake_csyncer), COPIER_COPIED);
  copy_and_jump();
  assert_int_equal(fake.claims.used, 1);
  copier_give_up_claims(&fake.claims, &fake_csyncer);
  assert_int_equal(fake.claims.used, 0);
  // The whole copy, but for what somebody else is copying. Others stay.
  assert_int_equal(copier_queue_unfinished(&fake.queue, 0), 0x1);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 1), 0xf);
  assert_int_equal(fake.finished, 3);
  assert_true(fake_is_all(B, 32, 'b'));
  fake_other_finishes(0, 0);
  assert_int_equal(copier_queue_tickets(&fake.queue).first, 1);
}

static void abandoned_lenders_are_given_back(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(C, B, 32);
  fake.bad = fake_at(C + 9);
  assert_int_equal(add(1, 1, &fake_csyncer), COPIER_COPIED);
  copy_and_jump();
  assert_int_equal(fake.claims.used, 2);
  copier_give_up_claims(&fake.claims, &fake_csyncer);
  assert_int_equal(copier_queue_unclaimed(&fake.queue, 0), 0xf);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 0), 0xf);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 1), 0);
}

/// One amemcpy of four tasks, between two others.
static void push_parts(void) {
  fake_push(E, D, 16);
  struct copier_task parts[4];
  for (unsigned i = 0; i != 4; ++i) {
    parts[i] = fake_task(B + i * 16UL, A + i * 16UL, 16);
    parts[i].flags = i == 3 ? 0 : COPIER_TASK_CONTINUES;
  }
  struct copier_submission submission;
  assert_true(copier_queue_push(&fake.queue, parts, 4, &submission));
  fake_push(F, D, 16);
}

static void abandoned_parts_are_given_up_together(void **state) {
  (void)state;
  push_parts();
  fake.bad = fake_at(A + 40);
  assert_int_equal(add(3, 1, &fake_csyncer), COPIER_COPIED);
  copy_and_jump();
  copier_give_up_claims(&fake.claims, &fake_csyncer);
  for (copier_ticket part = 1; part != 5; ++part)
    assert_int_equal(copier_queue_unfinished(&fake.queue, part), 0);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 0), 0x3);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 5), 0x3);
  assert_int_equal(fake.finished, 8);
}

static void abandoned_parts_of_which_some_are_retired(void **state) {
  (void)state;
  push_parts();
  for (copier_ticket part = 0; part != 2; ++part)
    for (unsigned i = 0; i != 2; ++i) {
      fake_other_claims(part, i);
      fake_other_finishes(part, i);
    }
  fake.bad = fake_at(A + 16);
  assert_int_equal(add(2, 0, &fake_csyncer), COPIER_COPIED);
  copy_and_jump();
  copier_give_up_claims(&fake.claims, &fake_csyncer);
  struct copier_tickets left = copier_queue_tickets(&fake.queue);
  assert_int_equal(left.first, 5);
  assert_int_equal(copier_queue_unfinished(&fake.queue, 5), 0x3);
}

/// Somebody who waited long has given up the segment already: its task may be
/// retired, and the slot used again.
static void abandoned_and_given_up_by_another(void **state) {
  (void)state;
  fake_push(B, A, 8);
  fake.bad = fake_at(A);
  assert_int_equal(add(0, 0, &fake_csyncer), COPIER_COPIED);
  copy_and_jump();
  fake_other_finishes(0, 0);
  for (unsigned i = 0; i != COPIER_QUEUE_SLOTS; ++i)
    fake_push(D, C, 8);
  copier_give_up_claims(&fake.claims, &fake_csyncer);
  assert_int_equal(fake.claims.used, 0);
  assert_int_equal(fake.finished, 0);
  assert_int_equal(copier_queue_unfinished(&fake.queue, COPIER_QUEUE_SLOTS), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(claims_copies_finishes, set_up),
      cmocka_unit_test_setup(lenders_are_given_back, set_up),
      cmocka_unit_test_setup(a_lender_of_somebody_else_blocks, set_up),
      cmocka_unit_test_setup(half_a_loan_is_given_back, set_up),
      cmocka_unit_test_setup(what_is_not_resident_is_stuck, set_up),
      cmocka_unit_test_setup(full_of_pieces, set_up),
      cmocka_unit_test_setup(pieces_that_do_not_fit, set_up),
      cmocka_unit_test_setup(abandoned_copy_is_given_up, set_up),
      cmocka_unit_test_setup(abandoned_lenders_are_given_back, set_up),
      cmocka_unit_test_setup(abandoned_parts_are_given_up_together, set_up),
      cmocka_unit_test_setup(abandoned_parts_of_which_some_are_retired, set_up),
      cmocka_unit_test_setup(abandoned_and_given_up_by_another, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
