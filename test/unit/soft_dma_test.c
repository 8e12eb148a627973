//===- soft_dma_test.c - Unit tests of process/soft_dma.c ---------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The engine by itself, and under dispatchers of several threads.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "process/soft_dma.h"
#include "process/units.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, SIZE = 64 * PAGE, RING = 64 };

static const struct copier_unit *const dma = &copier_soft_dma_cancel_unit;
static _Alignas(PAGE) unsigned char from[SIZE];
static _Alignas(PAGE) unsigned char to[SIZE];

static int set_up(void **state) {
  (void)state;
  for (size_t i = 0; i != SIZE; ++i)
    from[i] = (unsigned char)(i * 7 + (i >> 8));
  memset(to, 0, SIZE);
  return 0;
}

static struct copier_transfer transfer(size_t dst, size_t src, size_t n) {
  return (struct copier_transfer){
      .piece = {(uintptr_t)to + dst, (uintptr_t)from + src, n}};
}

static enum copier_transfer_state await(uint32_t handle) {
  enum copier_transfer_state state;
  while ((state = dma->poll(handle)) == COPIER_TRANSFER_PENDING)
    sched_yield();
  return state;
}

static void copies_within_a_page(void **state) {
  (void)state;
  struct copier_transfer one = transfer(PAGE + 5, 3 * PAGE + 9, 4000);
  assert_int_equal(dma->start(&one, 1), 1);
  assert_int_equal(await(one.handle), COPIER_TRANSFER_DONE);
  assert_memory_equal(to + PAGE + 5, from + 3 * PAGE + 9, 4000);
  assert_int_equal(to[PAGE + 4] | to[PAGE + 4005], 0);
}

/// The first page whose end is one of physical memory, or is none.
static size_t page_that_ends(unsigned char *memory, bool ends) {
  size_t page = 0;
  while ((dma->contiguous((uintptr_t)memory + page, PAGE + 1) == PAGE) != ends)
    page += PAGE;
  return page;
}

static void refuses_what_is_not_contiguous(void **state) {
  (void)state;
  size_t dst_end = page_that_ends(to, true), dst = page_that_ends(to, false);
  size_t src_end = page_that_ends(from, true),
         src = page_that_ends(from, false);
  struct copier_transfer transfers[] = {transfer(dst_end, src, PAGE + 1),
                                        transfer(dst, src_end, PAGE + 1),
                                        transfer(dst, src, PAGE + 1)};
  assert_int_equal(dma->start(transfers, 3), 3);
  assert_int_equal(await(transfers[0].handle), COPIER_TRANSFER_FAILED);
  assert_int_equal(await(transfers[1].handle), COPIER_TRANSFER_FAILED);
  assert_int_equal(await(transfers[2].handle), COPIER_TRANSFER_DONE);
  assert_memory_equal(to + dst, from + src, PAGE + 1);
}

static void takes_back_and_goes_on(void **state) {
  (void)state;
  for (int round = 0; round != 20; ++round) {
    memset(to, 0, SIZE);
    struct copier_transfer transfers[RING + 1];
    for (size_t i = 0; i != RING; ++i)
      transfers[i] = transfer(i * PAGE, i * PAGE, PAGE);
    transfers[RING] = transfer(0, 0, 1);
    unsigned taken;
    // What was taken back in the round before may not be gone yet.
    while (!(taken = dma->start(transfers, RING + 1)))
      sched_yield();
    assert_true(taken <= RING);
    unsigned left = taken;
    while (left && dma->cancel(transfers[left - 1].handle))
      --left;
    for (unsigned i = 0; i != left; ++i)
      assert_int_equal(await(transfers[i].handle), COPIER_TRANSFER_DONE);
    assert_memory_equal(to, from, left * (size_t)PAGE);
    for (size_t i = left * (size_t)PAGE; i != SIZE; ++i)
      assert_int_equal(to[i], 0);
  }
}

//===----------------------------------------------------------------------===//
// With dispatchers
//===----------------------------------------------------------------------===//

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void relax(unsigned times) {
  (void)times;
  sched_yield();
}

/// Copies at random, with a clock or with the models as they are; returns all
/// that was done, or exits if a byte is wrong.
static struct copier_dispatched dispatch(const struct copier_unit *unit,
                                         uint64_t (*clock)(void),
                                         unsigned seed) {
  struct copier_dispatcher dispatcher =
      copier_dispatcher_of(copier_cpu_unit, unit);
  dispatcher.clock = clock;
  dispatcher.relax = relax;
  unsigned char *copy = malloc(SIZE);
  struct copier_dispatched sum = {0};
  for (int round = 0; copy && round != 200; ++round) {
    struct copier_piece pieces[8];
    unsigned count = 0;
    memset(copy, 0, SIZE);
    for (size_t at = 0; count != 8 && at < SIZE - 30000; ++count) {
      size_t n = 1 + (size_t)rand_r(&seed) % (round % 2 ? 30000 : 6000);
      pieces[count] =
          (struct copier_piece){(uintptr_t)copy + at, (uintptr_t)from + at, n};
      at += n;
    }
    struct copier_dispatched done = copier_dispatch(&dispatcher, pieces, count);
    sum.dma_bytes += done.dma_bytes;
    sum.failed += done.failed;
    for (unsigned i = 0; i != count; ++i)
      if (memcmp((void *)pieces[i].dst, (void *)pieces[i].src, pieces[i].n))
        exit(1);
  }
  free(copy);
  return sum;
}

/// Dispatches until the engine has copied something or failed to. Its thread may
/// have to wait for a CPU, with its transfers taken back and its ring full: so
/// there are several attempts.
static struct copier_dispatched dispatch_some(const struct copier_unit *unit,
                                              unsigned seed) {
  struct copier_dispatched done = {0};
  for (int i = 0; i != 1000 && !done.dma_bytes && !done.failed; ++i)
    done = dispatch(unit, NULL, seed);
  return done;
}

static void under_a_dispatcher(void **state) {
  (void)state;
  struct copier_dispatched done = dispatch_some(dma, 1);
  assert_true(done.dma_bytes > 0);
  assert_int_equal(done.failed, 0);
}

static void failures_are_made_good(void **state) {
  (void)state;
  struct copier_unit careless = copier_soft_dma_unit;
  careless.contiguous = NULL;
  assert_true(dispatch_some(&careless, 2).failed > 0);
}

static void *dispatch_in_thread(void *seed) {
  dispatch(dma, now, (unsigned)(uintptr_t)seed);
  return NULL;
}

static void of_several_threads(void **state) {
  (void)state;
  pthread_t threads[4];
  for (size_t i = 0; i != 4; ++i)
    assert_int_equal(
        pthread_create(&threads[i], NULL, dispatch_in_thread, (void *)(3 + i)),
        0);
  for (size_t i = 0; i != 4; ++i)
    pthread_join(threads[i], NULL);
}

static void in_a_forked_child(void **state) {
  (void)state;
  assert_int_equal(copier_soft_dma_threads(), 1);
  pid_t child = fork();
  if (child == 0) {
    copier_soft_dma_after_fork();
    bool is_fresh = copier_soft_dma_threads() == 0;
    _exit(!is_fresh || dispatch_some(dma, 9).dma_bytes == 0);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(copies_within_a_page, set_up),
      cmocka_unit_test_setup(refuses_what_is_not_contiguous, set_up),
      cmocka_unit_test_setup(takes_back_and_goes_on, set_up),
      cmocka_unit_test_setup(under_a_dispatcher, set_up),
      cmocka_unit_test_setup(failures_are_made_good, set_up),
      cmocka_unit_test_setup(of_several_threads, set_up),
      cmocka_unit_test_setup(in_a_forked_child, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
