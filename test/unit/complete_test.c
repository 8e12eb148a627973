//===- complete_test.c - Unit tests of core/complete.c ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which segments a csync copies, and in which order, on a memory of bytes that
// the test watches.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "core/complete.h"

#include <string.h>

enum { A = 0, B = 1000, C = 2000, D = 3000, SIZE = 100 };

static size_t pending;
static struct copier_queue queue;
static char memory[4000];
static unsigned copies;
static uintptr_t bad; ///< A copy that touches it cannot be made resident.
static struct copier_claim held;

static uintptr_t at(size_t offset) { return (uintptr_t)memory + offset; }

static void copy(uintptr_t dst, uintptr_t src, size_t n) {
  ++copies;
  memcpy((void *)dst, (const void *)src, n);
}

static bool make_resident(copier_ticket ticket, const struct copier_task *task,
                          size_t offset, size_t n) {
  (void)ticket;
  return !bad || bad < task->src + offset || bad >= task->src + offset + n;
}

static bool relax(unsigned times) { return times > 3; }

static bool is_bad(uintptr_t dst, uintptr_t src, size_t n) {
  (void)dst;
  (void)src;
  return n != 0;
}

static struct copier_claim *claim(void) { return &held; }

static uint64_t no_clock(void) { return 0; }

static void ignore(void *cookie, unsigned segments, uint64_t nanoseconds) {
  (void)cookie;
  (void)segments;
  (void)nanoseconds;
}

static struct copier_worker worker = {
    .make_resident = make_resident,
    .copy = copy,
    .claim = claim,
    .relax = relax,
    .is_bad = is_bad,
    .clock = no_clock,
    .account = ignore,
};

static int set_up(void **state) {
  (void)state;
  memset(&queue, 0, sizeof(queue));
  memset(&held, 0, sizeof(held));
  pending = copies = 0;
  bad = 0;
  queue.pending = &pending;
  for (size_t i = 0; i != sizeof(memory); ++i)
    memory[i] = (char)(i / 1000 + 'a');
  return 0;
}

/// Submits a copy in segments of 8 bytes.
static void push(size_t dst, size_t src, size_t n) {
  assert_true(copier_queue_push(
      &queue,
      &(struct copier_task){.dst = at(dst),
                            .src = at(src),
                            .size = n,
                            .segment_shift = copier_segment_shift(n, 3)}));
}

static bool csync(size_t begin, size_t n) {
  struct copier_plan plan;
  if (!copier_plan_completion(&queue, copier_range_of(at(begin), n),
                              (struct copier_range){0, 0}, &plan))
    return false;
  copier_complete(&queue, &plan, &worker);
  return true;
}

static void only_what_is_needed(void **state) {
  (void)state;
  push(B, A, SIZE);
  push(D, C, SIZE);
  assert_true(csync(B + 20, 1));
  assert_int_equal(copies, 1);
  assert_int_equal(memory[B + 20], 'a');
  assert_int_equal(memory[B + 40], 'b');
  assert_int_equal(memory[D], 'd');
  assert_false(csync(B + 20, 1));
  assert_false(csync(B + SIZE, 500));
}

static void source_as_well_as_destination(void **state) {
  (void)state;
  push(B, A, SIZE);
  assert_true(csync(A + 50, 4));
  assert_int_equal(memory[B + 50], 'a');
}

static void promotes_what_it_depends_on(void **state) {
  (void)state;
  push(B, A, SIZE); // read by the next,
  push(C, B, SIZE); // whose source is then overwritten,
  push(B, D, SIZE); // and this is what is asked for.
  assert_true(csync(B + 8, 8));
  assert_int_equal(copies, 3);
  assert_int_equal(memory[C + 8], 'a');
  assert_int_equal(memory[B + 8], 'd');
  assert_int_equal(memory[C + 16], 'c');
  assert_true(csync(0, sizeof(memory)));
  assert_int_equal(memory[C + 99], 'a');
  assert_int_equal(memory[B + 99], 'd');
  assert_int_equal(pending, 0);
}

static void leaves_the_bad_and_what_depends_on_it(void **state) {
  (void)state;
  bad = at(A + 5);
  push(B, A, SIZE);
  push(C, B, 16);
  push(D, C + 500, SIZE);
  assert_true(csync(0, sizeof(memory)));
  assert_int_equal(memory[C], 'c');
  assert_int_equal(memory[D + 99], 'c');
  assert_true(copier_queue_unfinished(&queue, 0) & 1);
  assert_true(copier_queue_unfinished(&queue, 1) != 0);
}

static void abandoned_claims_are_given_up(void **state) {
  (void)state;
  push(B, A, SIZE);
  // This thread left a copy by a fault handler.
  assert_true(copier_queue_claim(&queue, 0, 2));
  held = (struct copier_claim){1, 2};
  // Another one did, and it is known to be bad after a while.
  assert_true(copier_queue_claim(&queue, 0, 4));
  assert_true(csync(B, SIZE));
  assert_int_equal(pending, 0);
  assert_int_equal(memory[B + 2 * 8], 'b');
  assert_int_equal(memory[B + 4 * 8], 'b');
  assert_int_equal(memory[B + 3 * 8], 'a');
}

static void service_waits_for_order(void **state) {
  (void)state;
  bool stuck;
  push(B, A, SIZE);
  push(C, B, SIZE);
  assert_true(copier_queue_claim(&queue, 0, 0)); // A client is copying it.
  assert_true(copier_serve(&queue, 0, &worker, &stuck));
  assert_false(copier_serve(&queue, 1, &worker, &stuck));
  assert_false(stuck);
  copier_queue_finish(&queue, 0, 0);
  assert_true(copier_serve(&queue, 1, &worker, &stuck));
  assert_int_equal(pending, 0);
  assert_int_equal(memory[C + 99], 'a');
}

static void service_reports_what_it_cannot_touch(void **state) {
  (void)state;
  bool stuck;
  bad = at(A);
  push(B, A, SIZE);
  assert_false(copier_serve(&queue, 0, &worker, &stuck) && !stuck);
  assert_true(stuck);
  assert_true(copier_queue_unclaimed(&queue, 0) & 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(only_what_is_needed, set_up),
      cmocka_unit_test_setup(source_as_well_as_destination, set_up),
      cmocka_unit_test_setup(promotes_what_it_depends_on, set_up),
      cmocka_unit_test_setup(leaves_the_bad_and_what_depends_on_it, set_up),
      cmocka_unit_test_setup(abandoned_claims_are_given_up, set_up),
      cmocka_unit_test_setup(service_waits_for_order, set_up),
      cmocka_unit_test_setup(service_reports_what_it_cannot_touch, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
