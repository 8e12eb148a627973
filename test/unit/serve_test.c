//===- serve_test.c - Unit tests of core/serve.c ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a service takes, leaves, gathers and prefers.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

#include <string.h>

#define EVERYTHING SIZE_MAX

static size_t serve(size_t slice) {
  return copier_serve(&fake.client, slice, &fake_service);
}

static copier_segments unfinished(copier_ticket ticket) {
  return copier_queue_unfinished(&fake.queue, ticket);
}

//===----------------------------------------------------------------------===//
// One client
//===----------------------------------------------------------------------===//

static void nothing_to_do(void **state) {
  (void)state;
  assert_int_equal(serve(EVERYTHING), 0);
  fake_push_barrier();
  assert_int_equal(serve(EVERYTHING), 0);
}

static void serves_all_that_is_ready(void **state) {
  (void)state;
  fake_push(B, A, 100);
  fake_push(D, C, 60);
  assert_int_equal(serve(EVERYTHING), 160);
  assert_true(fake_is_all(B, 100, 'a') && fake_is_all(D, 60, 'c'));
  assert_int_equal(fake.finished, 13 + 8);
  assert_int_equal(fake.accounted, 13 + 8);
  assert_int_equal(copier_queue_acknowledge(&fake.queue), 2);
}

static void stops_after_a_slice(void **state) {
  (void)state;
  fake_push(B, A, 100);
  fake_push(D, C, 100);
  assert_int_equal(serve(20), 24);
  assert_true(fake_is_all(B, 24, 'a') && fake_is_all(B + 24, 76, 'b'));
  assert_int_equal(serve(100), 100);
  assert_true(fake_is_all(B, 100, 'a') && fake_is_all(D, 24, 'c'));
  assert_int_equal(serve(EVERYTHING), 76);
  assert_int_equal(serve(EVERYTHING), 0);
}

static void stops_when_it_is_wanted(void **state) {
  (void)state;
  fake_push(B, A, 100);
  fake.wanted_after = 0;
  // One segment at least: so it always gets on.
  assert_int_equal(serve(EVERYTHING), 8);
  assert_int_equal(serve(EVERYTHING), 8);
  assert_int_equal(__builtin_popcount(unfinished(0)), 13 - 2);
}

static void leaves_what_somebody_has_claimed(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(A, C, 32); // Writes what the first one reads.
  fake_push(E, D, 32);
  fake_other_claims(0, 2);
  assert_int_equal(serve(EVERYTHING), 24 + 24 + 32);
  assert_true(fake_is_all(A + 16, 8, 'a'));
  assert_true(fake_is_all(E, 32, 'd'));
  fake_other_finishes(0, 2);
  assert_int_equal(serve(EVERYTHING), 8);
  assert_true(fake_is_all(A, 32, 'c'));
}

/// What it reads is being copied: it does not wait for that.
static void leaves_what_reads_that(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(C, B, 32);
  fake_other_claims(0, 0);
  assert_int_equal(serve(EVERYTHING), 24 + 24);
  assert_int_equal(unfinished(1), 0x1);
  copier_queue_unclaim(&fake.queue, 0, 0);
  assert_int_equal(serve(EVERYTHING), 8 + 8);
  assert_true(fake_is_all(C, 32, 'a'));
}

/// The lazy copy that it would read through is claimed.
static void leaves_what_it_cannot_borrow(void **state) {
  (void)state;
  fake_push_lazy(B, A, 32);
  fake_push(C, B, 32);
  fake_other_claims(0, 0);
  assert_int_equal(serve(EVERYTHING), 0);
  assert_int_equal(unfinished(1), 0xf);
  copier_queue_unclaim(&fake.queue, 0, 0);
  assert_int_equal(serve(EVERYTHING), 32);
  assert_true(fake_is_all(C, 32, 'a'));
  assert_int_equal(unfinished(0), 0xf);
}

static void leaves_what_is_not_resident(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_push(A, C, 32);
  fake_push(E, D, 32);
  fake.bad = fake_at(A + 17);
  assert_int_equal(serve(EVERYTHING), 16 + 16 + 32);
  assert_int_equal(unfinished(0), 0xc);
  assert_int_equal(unfinished(1), 0xc);
  assert_int_equal(fake.claims.used, 0);
  assert_true(fake_is_all(E, 32, 'd'));
}

static void gathers_small_tasks(void **state) {
  (void)state;
  for (size_t i = 0; i != 8; ++i)
    fake_push(B + i * 8, A + i * 16, 8);
  assert_int_equal(serve(EVERYTHING), 64);
  assert_int_equal(fake.batches, 1);
  assert_int_equal(fake.pieces, 8);
  assert_true(fake_is_all(B, 64, 'a'));
}

static void does_not_gather_what_depends(void **state) {
  (void)state;
  fake_push(B, A, 8);
  fake_push(C, B, 8); // Reads it,
  fake_push(B, D, 8); // overwrites it,
  fake_push(B, E, 8); // and again.
  assert_int_equal(serve(EVERYTHING), 32);
  assert_int_equal(fake.batches, 4);
  assert_true(fake_is_all(C, 8, 'a') && fake_is_all(B, 8, 'e'));
}

static void many_more_than_a_batch(void **state) {
  (void)state;
  for (size_t i = 0; i != 200; ++i)
    fake_push(B + i % 100 * 8, (i < 100 ? A : C) + i, 8);
  assert_int_equal(serve(EVERYTHING), 1600);
  assert_true(fake_is_all(B, 800, 'c'));
  assert_true(fake.batches < 40);
}

static void lazy_until_it_is_due(void **state) {
  (void)state;
  struct copier_task lazy = fake_task(B, A, 32);
  lazy.flags = COPIER_TASK_LAZY;
  fake_push_task(&fake.queue, lazy);
  fake_push(D, C, 32);
  assert_int_equal(serve(EVERYTHING), 32);
  assert_true(fake_is_all(B, 32, 'b') && fake_is_all(D, 32, 'c'));
  fake.is_due = true;
  assert_int_equal(serve(EVERYTHING), 32);
  assert_true(fake_is_all(B, 32, 'a'));
}

static void reads_through_the_lazy(void **state) {
  (void)state;
  struct copier_task lazy = fake_task(B, A, 32);
  lazy.flags = COPIER_TASK_LAZY;
  fake_push_task(&fake.queue, lazy);
  fake_push(C, B, 32);
  fake_push(D, B, 32);
  assert_int_equal(serve(EVERYTHING), 64);
  assert_true(fake_is_all(B, 32, 'b'));
  assert_true(fake_is_all(C, 32, 'a') && fake_is_all(D, 32, 'a'));
}

static void keeps_the_order_of_two_queues(void **state) {
  (void)state;
  fake_push(B, A, 8);
  fake_push_barrier();
  fake_push_service(B, C, 8);
  fake_push_barrier();
  fake_push(D, B, 8);
  fake_push(B, E, 8);
  assert_int_equal(serve(EVERYTHING), 32);
  assert_true(fake_is_all(D, 8, 'c') && fake_is_all(B, 8, 'e'));
}

/// Another thread is about to publish: what comes before a barrier, and is
/// behind that, must still come before it.
static void unpublished_before_a_barrier(void **state) {
  (void)state;
  *fake.queue.word += ((uint64_t)1 << 32) + 1;
  fake_push(B, A, 8);
  fake_push_barrier();
  fake_push_service(C, B, 8);
  serve(EVERYTHING);
  assert_true(fake_is_all(C, 8, 'a'));
}

//===----------------------------------------------------------------------===//
// Promotion
//===----------------------------------------------------------------------===//

static void promoted_is_served_and_nothing_else(void **state) {
  (void)state;
  fake_push(B, A, 100);
  fake_push(D, C, 100);
  struct copier_range range = copier_range_of(fake_at(D + 8), 16);
  assert_int_equal(copier_serve_range(&fake.client, range, &fake_service), 16);
  assert_true(fake_is_all(D + 8, 16, 'c') && fake_is_all(D + 24, 76, 'd'));
  assert_int_equal(unfinished(0), 0x1fff);
  assert_int_equal(copier_serve_range(&fake.client, range, &fake_service), 0);
}

static void promoted_with_what_it_depends_on(void **state) {
  (void)state;
  struct copier_task lazy = fake_task(C, B, 32);
  lazy.flags = COPIER_TASK_LAZY;
  fake_push_task(&fake.queue, lazy);
  fake_push(B, A, 32); // Overwrites what the lazy one reads.
  struct copier_range range = copier_range_of(fake_at(B), 8);
  assert_int_equal(copier_serve_range(&fake.client, range, &fake_service), 16);
  assert_true(fake_is_all(C, 8, 'b') && fake_is_all(B, 8, 'a'));
}

static void promoted_but_for_what_others_copy(void **state) {
  (void)state;
  fake_push(B, A, 32);
  fake_other_claims(0, 1);
  struct copier_range range = copier_range_of(fake_at(B), 32);
  assert_int_equal(copier_serve_range(&fake.client, range, &fake_service), 24);
  assert_int_equal(unfinished(0), 0x2);
}

//===----------------------------------------------------------------------===//
// Several clients
//===----------------------------------------------------------------------===//

#define CLIENTS 3

static struct copier_queue queues[CLIENTS];
static struct copier_client clients[CLIENTS];
static struct copier_client *const all[] = {&clients[0], NULL, &clients[1],
                                            &clients[2]};
#define ALL (sizeof(all) / sizeof(*all))

static int set_up_clients(void **state) {
  memset(queues, 0, sizeof(queues));
  memset(clients, 0, sizeof(clients));
  for (unsigned i = 0; i != CLIENTS; ++i) {
    copier_queue_init(&queues[i], COPIER_QUEUE_SLOTS, NULL);
    clients[i].queue = &queues[i];
    clients[i].shares = COPIER_DEFAULT_SHARES;
  }
  return fake_set_up(state);
}

/// Gives \p client a copy of a hundred bytes to do, unless it has one.
static void busy(unsigned client) {
  copier_queue_acknowledge(&queues[client]);
  if (copier_queue_pending(&queues[client]))
    return;
  struct copier_task task =
      fake_task(B + client * 2000UL, A + client * 2000UL, 100);
  task.cookie = &clients[client];
  fake_push_task(&queues[client], task);
}

/// Serves \p rounds times the clients of the set \p who, which always have
/// something to do; adds to \p bytes what each got.
static void serve_rounds(unsigned rounds, unsigned who, size_t bytes[CLIENTS]) {
  while (rounds--) {
    for (unsigned i = 0; i != CLIENTS; ++i)
      if (who >> i & 1)
        busy(i);
    size_t served = copier_serve_fairly(all, ALL, 24, &fake_service);
    assert_true(served > 0);
    bytes[(const struct copier_client *)fake.account - clients] += served;
  }
}

static void assert_about(size_t got, size_t expected) {
  assert_true(got + 200 > expected && got < expected + 200);
}

static void nobody_has_anything(void **state) {
  (void)state;
  assert_int_equal(copier_serve_fairly(all, ALL, 100, &fake_service), 0);
}

static void equal_shares(void **state) {
  (void)state;
  size_t bytes[CLIENTS] = {0};
  serve_rounds(3000, 0x7, bytes);
  assert_about(bytes[0], bytes[1]);
  assert_about(bytes[0], bytes[2]);
}

static void in_proportion_to_the_shares(void **state) {
  (void)state;
  size_t bytes[CLIENTS] = {0};
  clients[1].shares = COPIER_DEFAULT_SHARES * 3;
  clients[2].shares = COPIER_DEFAULT_SHARES / 2;
  serve_rounds(3000, 0x7, bytes);
  size_t sum = bytes[0] + bytes[1] + bytes[2];
  assert_about(bytes[0], sum * 2 / 9);
  assert_about(bytes[1], sum * 6 / 9);
  assert_about(bytes[2], sum * 1 / 9);
}

static void the_idle_get_no_credit(void **state) {
  (void)state;
  size_t ignored[CLIENTS] = {0};
  serve_rounds(1000, 0x1, ignored);
  size_t bytes[CLIENTS] = {0};
  serve_rounds(1000, 0x3, bytes);
  assert_about(bytes[0], bytes[1]);
}

static void the_new_get_no_credit(void **state) {
  (void)state;
  struct copier_client *before[] = {&clients[0], &clients[1]};
  size_t bytes[CLIENTS] = {0};
  serve_rounds(1000, 0x3, bytes);
  clients[2].served = 0; // It was not there.
  copier_serve_newcomer(&clients[2], before, 2);
  size_t after[CLIENTS] = {0};
  serve_rounds(900, 0x7, after);
  assert_about(after[0], after[1]);
  assert_about(after[0], after[2]);
}

static void one_that_is_stuck_keeps_nobody_waiting(void **state) {
  (void)state;
  fake.bad = fake_at(A);
  busy(0);
  busy(1);
  size_t sum = 0;
  for (unsigned i = 0; i != 10; ++i)
    sum += copier_serve_fairly(all, ALL, 50, &fake_service);
  assert_int_equal(sum, 100);
  assert_int_equal(copier_queue_unfinished(&queues[0], 0), 0x1fff);
}

#define TEST(name) cmocka_unit_test_setup(name, fake_set_up)
#define TEST_CLIENTS(name) cmocka_unit_test_setup(name, set_up_clients)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(nothing_to_do),
      TEST(serves_all_that_is_ready),
      TEST(stops_after_a_slice),
      TEST(stops_when_it_is_wanted),
      TEST(leaves_what_somebody_has_claimed),
      TEST(leaves_what_reads_that),
      TEST(leaves_what_it_cannot_borrow),
      TEST(leaves_what_is_not_resident),
      TEST(gathers_small_tasks),
      TEST(does_not_gather_what_depends),
      TEST(many_more_than_a_batch),
      TEST(lazy_until_it_is_due),
      TEST(reads_through_the_lazy),
      TEST(keeps_the_order_of_two_queues),
      TEST(unpublished_before_a_barrier),
      TEST(promoted_is_served_and_nothing_else),
      TEST(promoted_with_what_it_depends_on),
      TEST(promoted_but_for_what_others_copy),
      TEST_CLIENTS(nobody_has_anything),
      TEST_CLIENTS(equal_shares),
      TEST_CLIENTS(in_proportion_to_the_shares),
      TEST_CLIENTS(the_idle_get_no_credit),
      TEST_CLIENTS(the_new_get_no_credit),
      TEST_CLIENTS(one_that_is_stuck_keeps_nobody_waiting),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
