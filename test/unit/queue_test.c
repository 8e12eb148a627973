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

#include "fake_worker.h"

#include <string.h>

/// Bits 16 to 31 of the word, which are the owner's.
#define OWNERS ((uint64_t)0xBEEF << 16)
#define OWNERS_MASK ((uint64_t)0xFFFF << 16)

static struct copier_queue queue;
static uint64_t word;

/// An empty queue that takes \p limit tasks, and of which the next ticket is
/// \p first.
static void begin_at(copier_ticket first, unsigned limit) {
  memset(&queue, 0, sizeof(queue));
  word = first << 32 | OWNERS;
  copier_queue_init(&queue, limit, &word);
  queue.tail = queue.near = first;
}

static int set_up(void **state) {
  (void)state;
  begin_at(0, COPIER_QUEUE_SLOTS);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  assert_true((word & OWNERS_MASK) == OWNERS);
  return 0;
}

/// A task of \p segments segments of one byte.
static struct copier_task task(size_t segments, uintptr_t dst) {
  return (struct copier_task){.dst = dst, .src = 100000, .size = segments};
}

/// Submits it; false if the queue is full.
static bool push(size_t segments, uintptr_t dst) {
  struct copier_task one = task(segments, dst);
  struct copier_submission submission;
  return copier_queue_push(&queue, &one, 1, &submission);
}

static void finish_all(struct copier_queue *of, copier_ticket ticket) {
  for (unsigned i = 0; i != COPIER_MAX_SEGMENTS; ++i)
    if (copier_queue_claim(of, ticket, i))
      assert_true(copier_queue_finish(of, ticket, i));
}

static void assert_tickets(copier_ticket first, copier_ticket past) {
  struct copier_tickets all = copier_queue_tickets(&queue);
  assert_int_equal(all.first, first);
  assert_int_equal(all.past, past);
}

static void submit_and_read(void **state) {
  (void)state;
  struct copier_task read;
  assert_false(copier_queue_read(&queue, 0, &read));
  assert_true(push(5, 42));
  assert_int_equal(copier_queue_pending(&queue), 1);
  assert_true(copier_queue_read(&queue, 0, &read));
  assert_int_equal(read.dst, 42);
  assert_int_equal(read.size, 5);
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0x1f);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0x1f);
  assert_false(copier_queue_read(&queue, 1, &read));
}

static void submit_several_at_once(void **state) {
  (void)state;
  struct copier_task three[] = {task(1, 42), task(2, 43), task(3, 44)};
  struct copier_submission submission;
  assert_true(push(1, 41));
  uint64_t before = word;
  assert_true(copier_queue_push(&queue, three, 3, &submission));
  assert_int_equal(submission.first, 1);
  assert_int_equal(submission.word, before);
  assert_int_equal(copier_queue_pending(&queue), 4);
  for (unsigned i = 0; i != 3; ++i) {
    struct copier_task read;
    assert_true(copier_queue_read(&queue, 1 + i, &read));
    assert_int_equal(read.dst, 42 + i);
  }
}

static void limit_takes_all_or_none(void **state) {
  (void)state;
  struct copier_task three[] = {task(1, 42), task(1, 43), task(1, 44)};
  struct copier_submission submission;
  begin_at(0, 4);
  assert_true(push(1, 40));
  assert_true(push(1, 41));
  assert_false(copier_queue_push(&queue, three, 3, &submission));
  assert_tickets(0, 2);
  assert_true(copier_queue_push(&queue, three, 2, &submission));
  assert_false(push(1, 45));
  finish_all(&queue, 0);
  assert_true(push(1, 45));
  assert_false(push(1, 46));
}

static void claim_once(void **state) {
  (void)state;
  push(5, 42);
  assert_true(copier_queue_claim(&queue, 0, 3));
  assert_false(copier_queue_claim(&queue, 0, 3));
  assert_false(copier_queue_claim(&queue, 0, 5)); // Past the end.
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0x17);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0x1f);
  assert_true(copier_queue_finish(&queue, 0, 3));
  assert_false(copier_queue_finish(&queue, 0, 3));
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0x17);
  assert_int_equal(copier_queue_pending(&queue), 1);
}

static void claim_again_what_was_given_back(void **state) {
  (void)state;
  push(5, 42);
  assert_true(copier_queue_claim(&queue, 0, 2));
  copier_queue_unclaim(&queue, 0, 2);
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0x1f);
  assert_true(copier_queue_claim(&queue, 0, 2));
}

static void held_is_claimed_from_the_beginning(void **state) {
  (void)state;
  struct copier_task held = task(5, 42);
  held.flags = COPIER_TASK_HELD;
  struct copier_submission submission;
  assert_true(copier_queue_push(&queue, &held, 1, &submission));
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0x1f);
  assert_false(copier_queue_claim(&queue, 0, 2));
  assert_true(copier_queue_finish(&queue, 0, 2));
  copier_queue_unclaim(&queue, 0, 3);
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 8);
  assert_true(copier_queue_claim(&queue, 0, 3));
}

static void what_was_given_up_is_never_claimed_again(void **state) {
  (void)state;
  push(5, 42);
  assert_true(copier_queue_claim(&queue, 0, 2));
  // Another thread gives it up, because its holder seems to be gone.
  assert_true(copier_queue_finish(&queue, 0, 2));
  copier_queue_unclaim(&queue, 0, 2);
  assert_false(copier_queue_claim(&queue, 0, 2));
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0x1b);
}

static void retires_from_the_old_end(void **state) {
  (void)state;
  for (int i = 0; i != 3; ++i)
    push(2, 42);
  finish_all(&queue, 1);
  assert_tickets(0, 3);
  assert_int_equal(copier_queue_acknowledge(&queue), 0);
  finish_all(&queue, 0);
  assert_tickets(2, 3);
}

static void counts_until_acknowledged(void **state) {
  (void)state;
  for (int i = 0; i != 3; ++i)
    push(2, 42);
  finish_all(&queue, 0);
  finish_all(&queue, 1);
  assert_int_equal(copier_queue_pending(&queue), 3);
  assert_int_equal(copier_queue_acknowledge(&queue), 2);
  assert_int_equal(copier_queue_pending(&queue), 1);
  assert_int_equal(copier_queue_acknowledge(&queue), 0);
}

static void full_and_round_again(void **state) {
  (void)state;
  for (copier_ticket i = 0; i != COPIER_QUEUE_SLOTS; ++i)
    assert_true(push(1, 42));
  assert_false(push(1, 42));
  finish_all(&queue, 1); // Not the oldest: frees nothing yet.
  assert_false(push(1, 42));
  finish_all(&queue, 0);
  assert_true(push(3, 77));
  assert_true(push(3, 78));
  assert_false(push(1, 42));
  // The new tasks have the slots of 0 and 1. Late hands on those do nothing.
  assert_false(copier_queue_claim(&queue, 0, 0));
  assert_false(copier_queue_finish(&queue, 0, 0));
  assert_true(copier_queue_claim(&queue, COPIER_QUEUE_SLOTS, 1));
  copier_queue_unclaim(&queue, 0, 1);
  assert_int_equal(copier_queue_unfinished(&queue, 0), 0);
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0);
  assert_int_equal(copier_queue_unfinished(&queue, COPIER_QUEUE_SLOTS), 7);
  assert_int_equal(copier_queue_unclaimed(&queue, COPIER_QUEUE_SLOTS), 5);
  struct copier_task read;
  assert_false(copier_queue_read(&queue, 0, &read));
  assert_true(copier_queue_read(&queue, COPIER_QUEUE_SLOTS, &read));
  assert_int_equal(read.dst, 77);
}

/// The count has 16 bits. Nobody needs to csync for it to stay right.
static void count_stays_below_the_limit(void **state) {
  (void)state;
  struct copier_task one = task(1, 42);
  uint32_t acknowledged = 0;
  for (copier_ticket i = 0; i != 70000; ++i) {
    struct copier_submission submission;
    assert_true(copier_queue_push(&queue, &one, 1, &submission));
    acknowledged += submission.acknowledged;
    assert_true(copier_queue_pending(&queue) <= COPIER_QUEUE_SLOTS);
    assert_true((word & OWNERS_MASK) == OWNERS);
    assert_true(i - queue.near <= 2 * COPIER_QUEUE_SLOTS);
    finish_all(&queue, i);
  }
  acknowledged += copier_queue_acknowledge(&queue);
  assert_int_equal(acknowledged, 70000);
  assert_int_equal(copier_queue_pending(&queue), 0);
}

/// The word has 32 bits of the next ticket; tickets have more.
static void word_wraps(void **state) {
  (void)state;
  const copier_ticket begin = (copier_ticket)UINT32_MAX - 300;
  begin_at(begin, COPIER_QUEUE_SLOTS);
  struct copier_task one = task(3, 42);
  for (copier_ticket i = begin; i != begin + 1000; ++i) {
    struct copier_submission submission;
    one.dst = (uintptr_t)i;
    assert_true(copier_queue_push(&queue, &one, 1, &submission));
    assert_true(submission.first == i);
    struct copier_task read;
    assert_true(copier_queue_read(&queue, i, &read));
    assert_true(read.dst == i);
    if (i < begin + 200)
      continue;
    // Two hundred tasks are pending all the time.
    finish_all(&queue, i - 200);
    struct copier_tickets all = copier_queue_tickets(&queue);
    assert_true(all.first == i - 199 && all.past == i + 1);
    assert_int_equal(copier_queue_unfinished(&queue, i - 200), 0);
    assert_int_equal(copier_queue_unfinished(&queue, i - 199), 7);
  }
  copier_queue_acknowledge(&queue);
  assert_int_equal(copier_queue_pending(&queue), 200);
}

static void published_ends_at_a_gap(void **state) {
  (void)state;
  push(1, 42);
  // Another thread has a ticket and has not published.
  word += ((uint64_t)1 << 32) + 1;
  push(1, 43);
  struct copier_tickets seen = copier_queue_published(&queue);
  assert_int_equal(seen.first, 0);
  assert_int_equal(seen.past, 1);
  assert_tickets(0, 3);
  struct copier_task read;
  assert_false(copier_queue_read(&queue, 1, &read));
  assert_true(copier_queue_read(&queue, 2, &read));
  // What is not published is not over, either.
  finish_all(&queue, 0);
  finish_all(&queue, 2);
  assert_tickets(1, 3);
}

static void barrier_waits_for_the_partner(void **state) {
  fake_set_up(state);
  fake_push(B, A, 8);
  fake_push_service(D, C, 8);
  fake_push_barrier(); // Ticket 1, behind one task of the client.
  fake_push_service(F, E, 8);
  finish_all(&fake.service_queue, 0);
  finish_all(&fake.service_queue, 2);
  struct copier_tickets left = copier_queue_tickets(&fake.service_queue);
  assert_int_equal(left.first, 1);
  // The client's task takes the barrier, and what is behind it, with it.
  finish_all(&fake.queue, 0);
  left = copier_queue_tickets(&fake.service_queue);
  assert_int_equal(left.first, 3);
  assert_int_equal(copier_queue_acknowledge(&fake.service_queue), 3);
}

static void barrier_for_what_is_over_is_acknowledged(void **state) {
  fake_set_up(state);
  fake_push(B, A, 8);
  finish_all(&fake.queue, 0);
  fake_push_barrier(); // Nobody will finish anything behind it.
  assert_int_equal(copier_queue_acknowledge(&fake.service_queue), 1);
  assert_int_equal(copier_queue_pending(&fake.service_queue), 0);
}

static void fork_forgets_claims_and_unpublished(void **state) {
  (void)state;
  push(4, 42);
  push(4, 43);
  copier_queue_claim(&queue, 0, 2);
  copier_queue_claim(&queue, 0, 3);
  copier_queue_finish(&queue, 0, 3);
  // A submission that another thread was in the middle of, in a used slot.
  queue.slots[2].published = 0;
  queue.slots[2].dst = 1234;
  word += ((uint64_t)1 << 32) + 1;
  copier_queue_after_fork(&queue);
  assert_int_equal(copier_queue_pending(&queue), 3);
  assert_int_equal(copier_queue_unclaimed(&queue, 0), 0x7);
  assert_int_equal(copier_queue_unfinished(&queue, 2), 0);
  finish_all(&queue, 0);
  finish_all(&queue, 1);
  assert_int_equal(copier_queue_acknowledge(&queue), 3);
  assert_int_equal(copier_queue_pending(&queue), 0);
  assert_true(push(1, 44));
  struct copier_task read;
  assert_true(copier_queue_read(&queue, 3, &read));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(submit_and_read),
      TEST(submit_several_at_once),
      TEST(limit_takes_all_or_none),
      TEST(claim_once),
      TEST(claim_again_what_was_given_back),
      TEST(held_is_claimed_from_the_beginning),
      TEST(what_was_given_up_is_never_claimed_again),
      TEST(retires_from_the_old_end),
      TEST(counts_until_acknowledged),
      TEST(full_and_round_again),
      TEST(count_stays_below_the_limit),
      TEST(word_wraps),
      TEST(published_ends_at_a_gap),
      TEST(barrier_waits_for_the_partner),
      TEST(barrier_for_what_is_over_is_acknowledged),
      TEST(fork_forgets_claims_and_unpublished),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
