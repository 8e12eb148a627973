//===- dispatch_test.c - Unit tests of core/dispatch.c ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The units are simulated: copying advances a clock. So what a unit really
// costs can differ from its model, and what is assigned can be computed by
// hand: a byte takes the CPU 1 ns and the DMA unit 2, a submission 100.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "core/dispatch.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, SIZE = 1 << 20, SUBMIT = 100, RELAX = 10 };
#define NS_PER_BYTE (1 << 20)

static _Alignas(PAGE) unsigned char from[SIZE];
static _Alignas(PAGE) unsigned char to[SIZE];
static unsigned char expected[SIZE];

/// What the simulated units really take, and the state of the DMA unit.
static struct {
  uint64_t now;
  uint64_t cpu_ns_per_byte;
  uint64_t dma_ns_per_byte;
  uint64_t dma_free; ///< When it has done all that it has.
  unsigned started;  ///< Of all rounds.
  struct {
    struct copier_piece piece;
    uint64_t begin;
    uint64_t end;
    bool is_known; ///< To the unit: neither confirmed nor taken back.
  } transfers[256];
  unsigned accepts; ///< So many transfers; then it is full.
  int fails;        ///< The number of a transfer that fails, or -1.
  unsigned waits;
} sim;

static void simulated_copy(void *dst, const void *src, size_t n) {
  memcpy(dst, src, n);
  sim.now += n * sim.cpu_ns_per_byte;
}

static unsigned simulated_start(struct copier_transfer *transfers,
                                unsigned count) {
  unsigned taken = 0;
  for (; taken != count && taken != sim.accepts; ++taken) {
    sim.now += SUBMIT;
    unsigned handle = sim.started++;
    assert_true(handle < sizeof(sim.transfers) / sizeof(*sim.transfers));
    transfers[taken].handle = handle;
    sim.transfers[handle].piece = transfers[taken].piece;
    sim.transfers[handle].is_known = true;
  }
  // It begins when the batch is complete.
  for (unsigned i = sim.started - taken; i != sim.started; ++i) {
    uint64_t begin = sim.dma_free > sim.now ? sim.dma_free : sim.now;
    sim.transfers[i].begin = begin;
    sim.dma_free = sim.transfers[i].end =
        begin + sim.transfers[i].piece.n * sim.dma_ns_per_byte;
  }
  return taken;
}

static enum copier_transfer_state simulated_poll(uint32_t handle) {
  assert_true(sim.transfers[handle].is_known);
  const struct copier_piece *piece = &sim.transfers[handle].piece;
  if (sim.now < sim.transfers[handle].end)
    return COPIER_TRANSFER_PENDING;
  sim.transfers[handle].is_known = false;
  if ((int)handle == sim.fails) {
    memset((void *)piece->dst, 0xee, piece->n);
    return COPIER_TRANSFER_FAILED;
  }
  memcpy((void *)piece->dst, (const void *)piece->src, piece->n);
  return COPIER_TRANSFER_DONE;
}

static bool simulated_cancel(uint32_t handle) {
  assert_true(sim.transfers[handle].is_known);
  if (sim.now >= sim.transfers[handle].begin)
    return false;
  sim.transfers[handle].is_known = false;
  sim.dma_free = sim.transfers[handle].begin;
  return true;
}

static uint64_t simulated_clock(void) { return sim.now; }

static void simulated_relax(unsigned times) {
  assert_int_equal(times, sim.waits);
  ++sim.waits;
  sim.now += RELAX;
}

static size_t rest_of_page(uintptr_t addr, size_t n) {
  size_t run = PAGE - addr % PAGE;
  return run < n ? run : n;
}

static const struct copier_unit cpu = {
    .name = "cpu", .cost = {0, 0, NS_PER_BYTE}, .copy = simulated_copy};

static struct copier_unit dma;
static struct copier_dispatcher dispatcher;

static int set_up(void **state) {
  (void)state;
  memset(&sim, 0, sizeof(sim));
  sim.cpu_ns_per_byte = 1;
  sim.dma_ns_per_byte = 2;
  sim.accepts = COPIER_MAX_SUBTASKS;
  sim.fails = -1;
  dma = (struct copier_unit){
      .name = "dma",
      .cost = {SUBMIT, 0, 2 * NS_PER_BYTE},
      .min_size = 1024,
      .max_batch = COPIER_MAX_SUBTASKS,
      .start = simulated_start,
      .poll = simulated_poll,
      .cancel = simulated_cancel,
  };
  dispatcher = copier_dispatcher_of(&cpu, &dma);
  dispatcher.relax = simulated_relax;
  for (size_t i = 0; i != SIZE; ++i)
    from[i] = (unsigned char)(i * 7 + (i >> 8));
  memset(to, 0, SIZE);
  memset(expected, 0, SIZE);
  return 0;
}

/// A piece of \p n bytes from offset \p src to offset \p dst.
static struct copier_piece piece(size_t dst, size_t src, size_t n) {
  return (struct copier_piece){(uintptr_t)to + dst, (uintptr_t)from + src, n};
}

/// Dispatches \p pieces and checks every byte of the destination, and that the
/// counts add up.
static struct copier_dispatched dispatch(const struct copier_piece *pieces,
                                         unsigned count) {
  size_t bytes = 0;
  sim.waits = 0;
  for (unsigned i = 0; i != count; ++i) {
    memcpy(expected + (pieces[i].dst - (uintptr_t)to),
           (const void *)pieces[i].src, pieces[i].n);
    bytes += pieces[i].n;
  }
  struct copier_dispatched done = copier_dispatch(&dispatcher, pieces, count);
  assert_memory_equal(to, expected, SIZE);
  assert_int_equal(done.cpu_bytes + done.dma_bytes, bytes);
  for (unsigned i = 0; i != sim.started; ++i)
    assert_false(sim.transfers[i].is_known);
  return done;
}

/// Transfer \p number was of the \p n bytes for offset \p dst.
static void expect_transfer(unsigned number, size_t dst, size_t n) {
  assert_true(number < sim.started);
  assert_int_equal(sim.transfers[number].piece.dst - (uintptr_t)to, dst);
  assert_int_equal(sim.transfers[number].piece.n, n);
}

//===----------------------------------------------------------------------===//
// Who copies what
//===----------------------------------------------------------------------===//

static void without_a_second_unit(void **state) {
  (void)state;
  dispatcher = copier_dispatcher_of(&cpu, NULL);
  struct copier_piece pieces[] = {piece(0, 100, 50000), piece(60000, 0, 7)};
  assert_int_equal(dispatch(pieces, 2).cpu_bytes, 50007);
}

static void a_large_task_gives_its_end(void **state) {
  (void)state;
  struct copier_piece pieces[] = {piece(0, 100, 12288)};
  assert_int_equal(dispatch(pieces, 1).dma_bytes, 4096);
  assert_int_equal(sim.started, 1);
  expect_transfer(0, 8192, 4096);
  // The submission, then 8192 ns on both: nobody has waited.
  assert_int_equal(sim.now, SUBMIT + 8192);
  assert_int_equal(sim.waits, 0);
}

static void pages_are_given_whole(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  struct copier_piece pieces[] = {piece(0, 0, 6 * PAGE)};
  assert_int_equal(dispatch(pieces, 1).dma_bytes, 2 * PAGE);
  assert_int_equal(sim.started, 2);
  expect_transfer(0, 4 * PAGE, PAGE);
  expect_transfer(1, 5 * PAGE, PAGE);
  assert_int_equal(sim.now, 2 * SUBMIT + 4 * PAGE);
}

static void subtasks_end_where_either_side_does(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  // Cuts at 1096 + k * 4096 (destination) and 3996 + k * 4096 (source).
  struct copier_piece pieces[] = {piece(3000, 100, 6 * PAGE)};
  struct copier_dispatched done = dispatch(pieces, 1);
  assert_true(done.dma_bytes > 0);
  for (unsigned i = 0; i != sim.started; ++i) {
    const struct copier_piece *given = &sim.transfers[i].piece;
    assert_true(given->n >= 1024);
    assert_int_equal(rest_of_page(given->dst, given->n), given->n);
    assert_int_equal(rest_of_page(given->src, given->n), given->n);
  }
}

static void short_subtasks_stay(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  dma.min_size = 2048;
  // Subtasks of 2047 and 2049 bytes in turn: the long ones are candidates.
  struct copier_piece pieces[] = {piece(0, 2049, 4 * PAGE)};
  dispatch(pieces, 1);
  assert_int_equal(sim.started, 2);
  expect_transfer(0, 2 * PAGE + 2047, 2049);
  expect_transfer(1, 3 * PAGE + 2047, 2049);
}

static void what_does_not_pay_stays(void **state) {
  (void)state;
  // 3000 bytes: giving 1024 away saves less than the submission costs.
  dispatcher.dma_cost.submit_ns = 1024;
  struct copier_piece pieces[] = {piece(0, 0, 3000)};
  assert_int_equal(dispatch(pieces, 1).dma_bytes, 0);
  assert_int_equal(sim.started, 0);
  dispatcher.dma_cost.submit_ns = 900;
  assert_true(dispatch(pieces, 1).dma_bytes > 0);
}

static void small_tasks_give_the_last_of_them(void **state) {
  (void)state;
  struct copier_piece pieces[] = {piece(0, 0, 4096), piece(20000, 8000, 4096),
                                  piece(10000, 16000, 4096)};
  dispatch(pieces, 3);
  assert_int_equal(sim.started, 1);
  expect_transfer(0, 10000, 4096);
  assert_int_equal(sim.now, SUBMIT + 8192);
}

static void each_large_task_gives_its_own_end(void **state) {
  (void)state;
  struct copier_piece pieces[] = {
      piece(0, 0, 12288), piece(20000, 20000, 24576), piece(50000, 50000, 3000),
      piece(60000, 60000, 3000)};
  dispatch(pieces, 4);
  assert_int_equal(sim.started, 3);
  expect_transfer(0, 8192, 4096);
  expect_transfer(1, 20000 + 16384, 8192);
  // Of 6000 bytes together, a third, rounded to cache lines.
  expect_transfer(2, 60000 + 3000 - 1984, 1984);
}

static void neighbouring_segments_are_one_task(void **state) {
  (void)state;
  struct copier_piece pieces[12];
  for (unsigned i = 0; i != 12; ++i)
    pieces[i] = piece(i * (size_t)1024, i * (size_t)1024, 1024);
  dispatch(pieces, 12);
  assert_int_equal(sim.started, 1);
  expect_transfer(0, 8192, 4096);
}

static void no_more_than_it_takes(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  dma.max_batch = 2;
  struct copier_piece pieces[] = {piece(0, 0, 12 * PAGE)};
  assert_int_equal(dispatch(pieces, 1).dma_bytes, 2 * PAGE);
  dma.max_batch = COPIER_MAX_SUBTASKS;
  sim.accepts = 1; // It is full sooner than it said.
  assert_int_equal(dispatch(pieces, 1).dma_bytes, PAGE);
  sim.accepts = 0;
  assert_int_equal(dispatch(pieces, 1).dma_bytes, 0);
}

static void more_than_a_round(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  // Three pieces that are one run, cut into 101 subtasks.
  struct copier_piece pieces[] = {piece(0, 0, 90000), piece(90000, 90000, 5),
                                  piece(90005, 90005, 320000),
                                  piece(500000, 600000, 10)};
  struct copier_dispatched done = dispatch(pieces, 4);
  assert_true(done.dma_bytes >= 410000 / 3 - 4 * PAGE);
}

/// Both units finish together, whatever the sizes and the costs.
static void both_finish_together(void **state) {
  (void)state;
  srand(1);
  for (int round = 0; round != 200; ++round) {
    set_up(NULL);
    unsigned count = 1 + (unsigned)rand() % 8;
    struct copier_piece pieces[8];
    for (unsigned i = 0; i != count; ++i)
      pieces[i] = piece(i * (size_t)100000 + 1, i * (size_t)100000,
                        COPIER_LARGE_TASK + (size_t)rand() % 80000);
    sim.dma_ns_per_byte = 1 + (uint64_t)rand() % 5;
    dispatcher.dma_cost.ns_per_mib =
        (uint32_t)sim.dma_ns_per_byte * NS_PER_BYTE;
    struct copier_dispatched done = dispatch(pieces, count);
    uint64_t dma_ns = done.dma_bytes * sim.dma_ns_per_byte;
    uint64_t difference = done.cpu_bytes > dma_ns ? done.cpu_bytes - dma_ns
                                                  : dma_ns - done.cpu_bytes;
    // A cache line of each.
    assert_true(difference <= 64 * (1 + sim.dma_ns_per_byte));
  }
}

//===----------------------------------------------------------------------===//
// When it does not go as planned
//===----------------------------------------------------------------------===//

static void failed_transfers_are_copied(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  struct copier_piece pieces[] = {piece(0, 0, 12 * PAGE)};
  for (int fails = 0; fails != 4; ++fails) {
    memset(to, 0, SIZE);
    sim.fails = (int)sim.started + fails;
    struct copier_dispatched done = dispatch(pieces, 1);
    assert_int_equal(done.failed, PAGE);
    assert_int_equal(done.dma_bytes, 3 * PAGE);
  }
}

static void a_slow_unit_loses_what_it_has_not_begun(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  sim.dma_ns_per_byte = 8; // Four times as slow as its model.
  struct copier_piece pieces[] = {piece(0, 0, 12 * PAGE)};
  struct copier_dispatched done = dispatch(pieces, 1);
  assert_int_equal(sim.started, 4);
  // After 8 pages by the CPU it is at the end of its first and, being in the
  // second, keeps that.
  assert_int_equal(done.taken_back, 2 * PAGE);
  assert_int_equal(done.dma_bytes, 2 * PAGE);
  assert_in_range(sim.now, 4 * SUBMIT + 16 * PAGE,
                  4 * SUBMIT + 16 * PAGE + RELAX);
}

static void a_unit_that_never_begins(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  sim.dma_free = UINT64_MAX / 2;
  struct copier_piece pieces[] = {piece(0, 0, 12 * PAGE)};
  struct copier_dispatched done = dispatch(pieces, 1);
  assert_int_equal(done.taken_back, 4 * PAGE);
  assert_int_equal(done.dma_bytes, 0);
  assert_int_equal(sim.waits, 0);
}

static void without_cancel_it_waits(void **state) {
  (void)state;
  dma.contiguous = rest_of_page;
  dma.cancel = NULL;
  sim.dma_ns_per_byte = 8;
  struct copier_piece pieces[] = {piece(0, 0, 12 * PAGE)};
  struct copier_dispatched done = dispatch(pieces, 1);
  assert_int_equal(done.dma_bytes, 4 * PAGE);
  assert_in_range(sim.now, 4 * SUBMIT + 32 * PAGE,
                  4 * SUBMIT + 32 * PAGE + RELAX);
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// Dispatches 24 pages \p times times; returns what the DMA unit had the last
/// time.
static size_t repeat(int times) {
  struct copier_piece pieces[] = {piece(0, 0, 24 * PAGE)};
  dma.contiguous = rest_of_page;
  dispatcher.clock = simulated_clock;
  size_t dma_bytes = 0;
  while (times--) {
    sim.started = 0;
    dma_bytes = dispatch(pieces, 1).dma_bytes;
  }
  return dma_bytes;
}

/// \p rate is within a tenth of \p ns nanoseconds a byte.
static void expect_rate(uint32_t rate, uint32_t ns) {
  assert_in_range(rate, NS_PER_BYTE / 10 * ns * 9, NS_PER_BYTE / 10 * ns * 11);
}

static void models_that_are_right_stay(void **state) {
  (void)state;
  assert_int_equal(repeat(100), 8 * PAGE);
  expect_rate(dispatcher.cpu_cost.ns_per_mib, 1);
  expect_rate(dispatcher.dma_cost.ns_per_mib, 2);
}

static void a_slower_dma_unit_gets_less(void **state) {
  (void)state;
  sim.dma_ns_per_byte = 7;
  assert_int_equal(repeat(100), 3 * PAGE);
  expect_rate(dispatcher.dma_cost.ns_per_mib, 7);
}

static void a_faster_dma_unit_gets_more(void **state) {
  (void)state;
  sim.dma_ns_per_byte = 1;
  assert_in_range(repeat(100), 11 * PAGE, 12 * PAGE);
}

static void a_slower_cpu_gets_less(void **state) {
  (void)state;
  sim.cpu_ns_per_byte = 2;
  assert_in_range(repeat(100), 11 * PAGE, 12 * PAGE);
  expect_rate(dispatcher.cpu_cost.ns_per_mib, 2);
}

static void a_hopeless_unit_is_left_and_tried_again(void **state) {
  (void)state;
  sim.dma_ns_per_byte = 200;
  dma.cancel = NULL;
  repeat(100);
  unsigned started = 0;
  for (int i = 0; i != 32; ++i) {
    repeat(1);
    started += sim.started;
  }
  assert_in_range(started, 0, 2);
  sim.dma_ns_per_byte = 2;
  assert_in_range(repeat(2000), 7 * PAGE, 8 * PAGE);
}

static void one_outlier_is_no_rule(void **state) {
  (void)state;
  repeat(20);
  sim.cpu_ns_per_byte = 100000; // Preempted.
  repeat(1);
  sim.cpu_ns_per_byte = 1;
  assert_in_range(repeat(1), 8 * PAGE, 9 * PAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(without_a_second_unit, set_up),
      cmocka_unit_test_setup(a_large_task_gives_its_end, set_up),
      cmocka_unit_test_setup(pages_are_given_whole, set_up),
      cmocka_unit_test_setup(subtasks_end_where_either_side_does, set_up),
      cmocka_unit_test_setup(short_subtasks_stay, set_up),
      cmocka_unit_test_setup(what_does_not_pay_stays, set_up),
      cmocka_unit_test_setup(small_tasks_give_the_last_of_them, set_up),
      cmocka_unit_test_setup(each_large_task_gives_its_own_end, set_up),
      cmocka_unit_test_setup(neighbouring_segments_are_one_task, set_up),
      cmocka_unit_test_setup(no_more_than_it_takes, set_up),
      cmocka_unit_test_setup(more_than_a_round, set_up),
      cmocka_unit_test_setup(both_finish_together, set_up),
      cmocka_unit_test_setup(failed_transfers_are_copied, set_up),
      cmocka_unit_test_setup(a_slow_unit_loses_what_it_has_not_begun, set_up),
      cmocka_unit_test_setup(a_unit_that_never_begins, set_up),
      cmocka_unit_test_setup(without_cancel_it_waits, set_up),
      cmocka_unit_test_setup(models_that_are_right_stay, set_up),
      cmocka_unit_test_setup(a_slower_dma_unit_gets_less, set_up),
      cmocka_unit_test_setup(a_faster_dma_unit_gets_more, set_up),
      cmocka_unit_test_setup(a_slower_cpu_gets_less, set_up),
      cmocka_unit_test_setup(a_hopeless_unit_is_left_and_tried_again, set_up),
      cmocka_unit_test_setup(one_outlier_is_no_rule, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
