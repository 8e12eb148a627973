//===- abort_test.c - Unit tests of aborts in core/complete.c -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What an abort drops, and what it completes before.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

enum { SIZE = 100 };

static void abort_drops_what_nobody_reads(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_push(D, C, SIZE);
  fake_abort(B, SIZE);
  assert_int_equal(fake.pieces, 0);
  assert_int_equal(fake.finished, 13);
  assert_int_equal(fake_unfinished(0), 0);
  assert_int_equal(fake_unfinished(1), 0x1fff);
}

static void abort_completes_the_readers_first(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_push(C, B, SIZE);
  fake_push(E, D, SIZE);
  fake_abort(B, SIZE);
  assert_true(fake_is_all(C, SIZE, 'a'));
  assert_true(fake_is_all(B, SIZE, 'b'));
  assert_int_equal(fake_unfinished(0), 0);
  assert_int_equal(fake_unfinished(1), 0);
  assert_true(fake_is_all(E, SIZE, 'e'));
}

/// A reader that is dropped itself is none, but its readers are.
static void abort_of_a_chain(void **state) {
  (void)state;
  fake_push(B, A, 64);
  fake_push(B + 64, B, 64);
  fake_push(C, B + 64, 64);
  fake_abort(B, 128);
  assert_true(fake_is_all(C, 64, 'a'));
  assert_true(fake_is_all(B, 128, 'b'));
  for (copier_ticket i = 0; i != 3; ++i)
    assert_int_equal(fake_unfinished(i), 0);
}

/// Bytes outside are still copied, and none inside is written later.
static void abort_of_a_part(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_abort(B + 12, 16);
  // [12, 16) and [24, 28) share their segments with others.
  assert_int_equal(fake_unfinished(0), 0x1fff & ~0xeu);
  assert_true(fake_is_all(B + 8, 8, 'a'));
  assert_true(fake_is_all(B + 16, 8, 'b'));
  assert_true(fake_is_all(B + 24, 8, 'a'));
  for (size_t i = 12; i != 28; ++i)
    fake.memory[B + i] = 'x';
  assert_true(fake_csync(B, SIZE));
  assert_true(fake_is_all(B, 12, 'a'));
  assert_true(fake_is_all(B + 12, 16, 'x'));
  assert_true(fake_is_all(B + 28, SIZE - 28, 'a'));
}

static void abort_waits_for_who_copies(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_other_claims(0, 2);
  fake.on_relax = fake_third_is_finished;
  fake_abort(B, SIZE);
  assert_true(fake.on_relax == NULL);
  assert_int_equal(fake_unfinished(0), 0);
  assert_int_equal(fake.finished, 12);
}

static void abort_waits_for_who_borrows(void **state) {
  (void)state;
  fake_push(B, A, SIZE);
  fake_other_claims(0, 2);
  fake.on_relax = fake_third_is_given_back;
  fake_abort(B, SIZE);
  assert_true(fake.on_relax == NULL);
  assert_int_equal(fake_unfinished(0), 0);
  assert_int_equal(fake.finished, 13);
}

/// The reader is behind more barriers than the order has room for.
static void abort_with_a_reader_very_far_back(void **state) {
  (void)state;
  fake_push(B, A, 8);
  for (size_t i = 0; i != 60; ++i) {
    fake_push_barrier();
    fake_push(D, C, 8);
    fake_push_service(F, E, 8);
  }
  fake_push(G, B, 8);
  fake_abort(B, 8);
  assert_true(fake_is_all(G, 8, 'a'));
  assert_int_equal(fake_unfinished(0), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, fake_set_up)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(abort_drops_what_nobody_reads),
      TEST(abort_completes_the_readers_first),
      TEST(abort_of_a_chain),
      TEST(abort_of_a_part),
      TEST(abort_waits_for_who_copies),
      TEST(abort_waits_for_who_borrows),
      TEST(abort_with_a_reader_very_far_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
