//===- clients_test.c - Unit tests of process/clients.c -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the word and the window say that compiled code looks at, in states that
// threads reach only by chance. One process, so each test leaves nothing.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

#include "copier/entry_points.h"
#include "process/clients.h"

static struct copier_queue *default_queue(void) {
  return copier_default_client.queue;
}

static uint64_t word(void) {
  return __atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
}

static bool is_elsewhere(size_t begin, size_t n) {
  return copier_is_elsewhere(word(), fake.memory + begin, n);
}

static copier_ticket next_ticket(void) {
  return copier_queue_tickets(default_queue()).past;
}

static void push(struct copier_client *client, struct copier_task task) {
  assert_true(copier_client_push(client, &task, 1, NULL));
}

static void finish(struct copier_queue *queue, copier_ticket ticket) {
  for (unsigned i = 0; i != COPIER_MAX_SEGMENTS; ++i)
    if (copier_queue_claim(queue, ticket, i))
      assert_true(copier_queue_finish(queue, ticket, i));
}

static int tear_down(void **state) {
  (void)state;
  copier_clients_acknowledge();
  assert_int_equal((uint32_t)word(), 0);
  return 0;
}

static void window_is_where_the_copies_are(void **state) {
  (void)state;
  copier_ticket first = next_ticket();
  push(&copier_default_client, fake_task(B, A, 100));
  push(&copier_default_client, fake_task(E, D, 100));
  assert_true(is_elsewhere(F, 100));
  assert_false(is_elsewhere(B + 99, 1));
  assert_false(is_elsewhere(A, 1));
  assert_false(is_elsewhere(D, 1));
  finish(default_queue(), first + 1);
  copier_clients_acknowledge();
  assert_true(is_elsewhere(E, 100)); // Narrower: it is complete.
  assert_false(is_elsewhere(B + 99, 1));
  finish(default_queue(), first);
}

/// Another thread has a ticket: where its copy is will be known only then.
static void window_does_not_narrow_over_the_unpublished(void **state) {
  (void)state;
  copier_ticket first = next_ticket();
  __atomic_fetch_add(&__copier_pending.word, ((uint64_t)1 << 32) + 1,
                     __ATOMIC_ACQ_REL);
  push(&copier_default_client, fake_task(B, A, 100));
  assert_false(is_elsewhere(F, 100));
  copier_clients_acknowledge();
  assert_false(is_elsewhere(F, 100));
  finish(default_queue(), first + 1);
  copier_queue_after_fork(default_queue()); // It never publishes.
}

/// Room in a created queue is made while submitting: that counts in the word.
static void created_queue_counts_what_it_acknowledges(void **state) {
  (void)state;
  struct copier_client *client = copier_client_create(4);
  assert_non_null(client);
  for (copier_ticket i = 0; i != 1000; ++i) {
    push(client, fake_task(B, A, 8));
    assert_in_range(word() >> 16 & 0xFFFF, 1, 4);
    finish(client->queue, i);
  }
  for (copier_ticket i = 0; i != 4; ++i)
    push(client, fake_task(B, A, 8));
  struct copier_task one_more = fake_task(B, A, 8);
  assert_false(copier_client_push(client, &one_more, 1, NULL));
  assert_int_equal(word() >> 16 & 0xFFFF, 4);
  for (copier_ticket i = 1000; i != 1004; ++i)
    finish(client->queue, i);
  copier_clients_acknowledge();
  copier_client_destroy(client);
}

static void created_queue_has_no_claim_on_the_past(void **state) {
  (void)state;
  copier_default_client.served = 123456;
  for (unsigned i = 1; i != copier_clients_used(); ++i)
    copier_clients[i]->served = 200000;
  struct copier_client *client = copier_client_create(4);
  assert_non_null(client);
  assert_int_equal(client->served, 123456);
  copier_client_destroy(client);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(window_is_where_the_copies_are),
      TEST(window_does_not_narrow_over_the_unpublished),
      TEST(created_queue_counts_what_it_acknowledges),
      TEST(created_queue_has_no_claim_on_the_past),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
