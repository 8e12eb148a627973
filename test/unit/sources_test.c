//===- sources_test.c - Unit tests of core/sources.c --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Through which pieces and lenders the bytes of a copy are found. The searched
// copy goes to H, which nobody reads.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

static struct copier_order order;
static struct copier_sources sources;
static struct copier_part blocker;

/// Looks for the \p n bytes at \p src, as of behind everything.
static bool find(size_t src, size_t n) {
  copier_order_of(&fake.client, /*polling=*/false, &order);
  return copier_find_sources(&order, order.places, fake_at(H), fake_at(src), n,
                             &sources, &blocker);
}

/// Is piece \p number of \p n bytes, from \p src to \p at bytes behind H?
static void assert_piece(unsigned number, size_t at, size_t src, size_t n) {
  assert_true(number < sources.pieces_used);
  assert_int_equal(sources.pieces[number].dst, fake_at(H + at));
  assert_int_equal(sources.pieces[number].src, fake_at(src));
  assert_int_equal(sources.pieces[number].n, n);
}

static void assert_lender(unsigned number, unsigned place,
                          copier_segments segments) {
  assert_true(number < sources.lenders_used);
  assert_int_equal(sources.lenders[number].place, place);
  assert_int_equal(sources.lenders[number].segments, segments);
}

static void assert_counts(unsigned pieces, unsigned lenders) {
  assert_int_equal(sources.pieces_used, pieces);
  assert_int_equal(sources.lenders_used, lenders);
}

/// Somebody has copied this segment.
static void finish(copier_ticket ticket, unsigned index) {
  fake_other_claims(ticket, index);
  fake_other_finishes(ticket, index);
}

static void in_place(void **state) {
  (void)state;
  fake_push(C, B, 100); // Reads it, and writes elsewhere.
  assert_true(find(B, 64));
  assert_counts(1, 0);
  assert_piece(0, 0, B, 64);
}

static void through_one(void **state) {
  (void)state;
  fake_push(B, A, 64);
  assert_true(find(B + 8, 16));
  assert_counts(1, 1);
  assert_piece(0, 0, A + 8, 16);
  assert_lender(0, 0, 0x6);
}

static void through_a_chain(void **state) {
  (void)state;
  fake_push(B, A, 64);
  fake_push(C, B + 4, 32);
  fake_push(D, C, 32);
  assert_true(find(D + 8, 8));
  assert_counts(1, 3);
  assert_piece(0, 0, A + 12, 8);
  assert_lender(0, 2, 0x2);
  assert_lender(1, 1, 0x2);
  assert_lender(2, 0, 0x6);
}

static void newer_wins(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(B, C, 32);
  assert_true(find(B, 32));
  assert_counts(1, 1);
  assert_piece(0, 0, C, 32);
  assert_lender(0, 1, 0xf);
}

static void only_what_is_older_counts(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(C, B, 32);
  fake_push(B, D, 32); // Newer than the reader of B.
  copier_order_of(&fake.client, /*polling=*/false, &order);
  assert_true(copier_find_sources(&order, 1, fake_at(H), fake_at(B), 32,
                                  &sources, &blocker));
  assert_counts(1, 1);
  assert_piece(0, 0, A, 32);
  // The same by way of the reader.
  assert_true(find(C, 32));
  assert_counts(1, 2);
  assert_piece(0, 0, A, 32);
}

static void partial_overlap(void **state) {
  (void)state;
  fake_push(B + 16, A, 16);
  assert_true(find(B + 8, 32));
  assert_counts(3, 1);
  assert_piece(0, 0, B + 8, 8);
  assert_piece(1, 8, A, 16);
  assert_piece(2, 24, B + 32, 8);
  assert_lender(0, 0, 0x3);
}

static void layers_with_partial_overlap(void **state) {
  (void)state;
  fake_push(B, A, 48);
  fake_push(B + 8, C, 8);
  fake_push(B + 32, D, 24);
  assert_true(find(B, 64));
  assert_counts(5, 3);
  unsigned seen = 0;
  for (unsigned i = 0; i != 5; ++i) {
    const struct copier_piece *piece = &sources.pieces[i];
    size_t at = piece->dst - fake_at(H);
    size_t from = at == 0    ? A
                  : at == 8  ? C
                  : at == 16 ? A + 16
                  : at == 32 ? D
                             : B + 56;
    assert_int_equal(piece->src, fake_at(from));
    seen += (unsigned)piece->n;
  }
  assert_int_equal(seen, 64);
  for (unsigned i = 0; i != 3; ++i)
    assert_int_equal(sources.lenders[i].segments,
                     sources.lenders[i].place == 0   ? 0xd
                     : sources.lenders[i].place == 1 ? 0x1
                                                     : 0x7);
}

static void what_is_done_is_in_place(void **state) {
  (void)state;
  fake_push(B, A, 32);
  finish(0, 1);
  assert_true(find(B, 32));
  assert_counts(3, 1);
  assert_piece(0, 0, A, 8);
  assert_piece(1, 8, B + 8, 8);
  assert_piece(2, 16, A + 16, 16);
  assert_lender(0, 0, 0xd);
  // Claimed, and not done: still the lender, whom the caller will not get.
  fake_other_claims(0, 0);
  assert_true(find(B, 8));
  assert_lender(0, 0, 0x1);
}

static void done_in_the_middle_of_a_chain(void **state) {
  (void)state;
  fake_push(B, A, 16);
  fake_push(C, B, 16);
  finish(1, 0); // Absorbed: C has the data, B has not.
  assert_true(find(C, 16));
  assert_counts(2, 2);
  assert_piece(0, 0, C, 8);
  assert_piece(1, 8, A + 8, 8);
  assert_lender(0, 1, 0x2);
  assert_lender(1, 0, 0x2);
}

static void a_swap_in_three_copies(void **state) {
  (void)state;
  fake_push(C, A, 8); // t = a; a = b; b = t.
  fake_push(A, B, 8);
  fake_push(B, C, 8);
  assert_true(find(A, 8));
  assert_piece(0, 0, B, 8);
  assert_true(find(B, 8));
  assert_piece(0, 0, A, 8);
}

static void barriers_and_the_other_queue(void **state) {
  (void)state;
  fake_push(B, A, 16);
  fake_push_barrier();
  fake_push_service(C, B, 16);
  assert_true(find(C, 16));
  assert_counts(1, 2);
  assert_piece(0, 0, A, 16);
  assert_true(copier_order_at(&order, sources.lenders[0].place).queue ==
              &fake.service_queue);
}

static void too_many_pieces(void **state) {
  (void)state;
  // One lender, of which every other segment is done.
  fake_push(B, A, 32 * FAKE_SEGMENT);
  for (unsigned i = 0; i != 32; i += 2)
    finish(0, i);
  assert_true(find(B, COPIER_MAX_PIECES * FAKE_SEGMENT));
  assert_counts(COPIER_MAX_PIECES, 1);
  assert_false(find(B, (COPIER_MAX_PIECES + 1) * FAKE_SEGMENT));
  assert_int_equal(blocker.place, 0);
  assert_true(blocker.segments != 0);
  assert_int_equal(blocker.segments & ~copier_order_unfinished(&order, 0), 0);
}

static void too_many_lenders(void **state) {
  (void)state;
  for (size_t i = 0; i != COPIER_MAX_LENDERS + 1; ++i)
    fake_push(B + i * 8, A + i * 8, 8);
  assert_true(find(B, COPIER_MAX_LENDERS * 8));
  assert_counts(COPIER_MAX_LENDERS, COPIER_MAX_LENDERS);
  assert_false(find(B, (COPIER_MAX_LENDERS + 1) * 8));
  // Completing it makes the search easier.
  assert_int_equal(blocker.place, COPIER_MAX_LENDERS);
  finish(COPIER_MAX_LENDERS, 0);
  assert_true(find(B, (COPIER_MAX_LENDERS + 1) * 8));
}

static void too_long_a_chain(void **state) {
  (void)state;
  for (size_t i = 0; i != 200; ++i)
    fake_push(B + (i + 1) * 4, B + i * 4, 4);
  assert_false(find(B + 800, 4));
  assert_int_equal(blocker.place, 199);
  assert_int_equal(blocker.segments, 1);
  for (copier_ticket i = 0; i != 200 - COPIER_MAX_LENDERS; ++i)
    finish(i, 0);
  assert_true(find(B + 800, 4));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(in_place, fake_set_up),
      cmocka_unit_test_setup(through_one, fake_set_up),
      cmocka_unit_test_setup(through_a_chain, fake_set_up),
      cmocka_unit_test_setup(newer_wins, fake_set_up),
      cmocka_unit_test_setup(only_what_is_older_counts, fake_set_up),
      cmocka_unit_test_setup(partial_overlap, fake_set_up),
      cmocka_unit_test_setup(layers_with_partial_overlap, fake_set_up),
      cmocka_unit_test_setup(what_is_done_is_in_place, fake_set_up),
      cmocka_unit_test_setup(done_in_the_middle_of_a_chain, fake_set_up),
      cmocka_unit_test_setup(a_swap_in_three_copies, fake_set_up),
      cmocka_unit_test_setup(barriers_and_the_other_queue, fake_set_up),
      cmocka_unit_test_setup(too_many_pieces, fake_set_up),
      cmocka_unit_test_setup(too_many_lenders, fake_set_up),
      cmocka_unit_test_setup(too_long_a_chain, fake_set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
