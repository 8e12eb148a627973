//===- descriptors.c - Copies that a descriptor of one's own counts -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=5000 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>

enum { SIZE = 100000, SEGMENT = 4096 };
static char a[SIZE], b[SIZE], c[SIZE];

static struct copier_descr *new_descr(size_t length, size_t segment) {
  struct copier_descr *descr = malloc(copier_descr_bytes(length, segment));
  EXPECT(copier_descr_init(descr, length, segment) == 0);
  return descr;
}

static int copy(void *dst, const void *src, size_t n,
                struct copier_descr *descr, size_t offset) {
  return _amemcpy(dst, src, n, -1, NULL, descr, offset, 0);
}

static void arguments(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  EXPECT_ERROR(copier_descr_init(NULL, SIZE, SEGMENT), EINVAL);
  EXPECT_ERROR(copier_descr_init((struct copier_descr *)((char *)descr + 4),
                                 SIZE / 2, SEGMENT),
               EINVAL);
  EXPECT_ERROR(copier_descr_init(descr, 0, SEGMENT), EINVAL);
  EXPECT_ERROR(copier_descr_init(descr, SIZE, 0), EINVAL);
  EXPECT_ERROR(copier_descr_init(descr, SIZE, 32), EINVAL);
  EXPECT_ERROR(copier_descr_init(descr, SIZE, 5000), EINVAL);
  EXPECT_ERROR(copier_descr_init(descr, SIZE, (size_t)1 << 31), EINVAL);
  EXPECT(copier_descr_bytes(1, SEGMENT) ==
         copier_descr_bytes(SEGMENT, 64) - 63 * sizeof(uint32_t));
  EXPECT(copier_descr_bytes(SEGMENT + 1, SEGMENT) ==
         copier_descr_bytes(SEGMENT, SEGMENT) + sizeof(uint32_t));

  EXPECT(copy(b, a, SIZE, descr, 0) == 0);
  EXPECT_ERROR(copy(b, a, SIZE, descr, 1), EINVAL);
  EXPECT_ERROR(copy(b, a, SIZE + 1, descr, 0), EINVAL);
  EXPECT_ERROR(copy(b, a, 1, descr, SIZE_MAX), EINVAL);
  EXPECT_ERROR(_amemmove(b, a, 2, -1, NULL, descr, SIZE - 1, 0), EINVAL);
  EXPECT_ERROR(_amemcpy(b, a, 1, -1, NULL, descr, 0, COPIER_TRY), EINVAL);
  EXPECT_ERROR(_amemcpy(b, a, 1, -1, NULL, NULL, 0, 8), EINVAL);
  EXPECT_ERROR(_csync(1, SIZE, -1, descr, 0), EINVAL);
  EXPECT_ERROR(_csync(SIZE + 1, 0, -1, descr, 0), EINVAL);
  EXPECT_ERROR(_csync(0, SIZE, -1, descr, COPIER_LAZY), EINVAL);
  EXPECT_ERROR(_csync(0, SIZE, -2, descr, 0), EBADF);
  EXPECT(_csync(SIZE, 0, -1, descr, 0) == 0);
  EXPECT(_csync(0, SIZE, -1, descr, 0) == 0);
  memset(descr, 0, sizeof(*descr)); // No descriptor any more.
  EXPECT_ERROR(copy(b, a, 1, descr, 0), EINVAL);
  EXPECT_ERROR(_csync(0, 1, -1, descr, 0), EINVAL);
  free(descr);
}

static void csync_by_offset(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  fill(a, SIZE, 1);
  EXPECT(copy(b, a, SIZE, descr, 0) == 0);
  for (size_t at = 0; at < SIZE; at += SEGMENT) {
    size_t n = SIZE - at < SEGMENT ? SIZE - at : SEGMENT;
    EXPECT(_csync(at, n, -1, descr, 0) == 0);
    EXPECT(_csync(at, n, -1, descr, COPIER_TRY) == 0);
    EXPECT(is_filled_at(b + at, at, n, 1));
  }
  csync(b, SIZE);
  free(descr);
}

/// TRY tells what is pending, copies nothing, and never waits.
static void trying(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  EXPECT(copy(b + 10, a, SIZE / 2, descr, 10) == 0);
  EXPECT(_csync(SIZE / 2 + SEGMENT, 100, -1, descr, COPIER_TRY) == 0);
  if (copies_wait())
    EXPECT_ERROR(_csync(0, 100, -1, descr, COPIER_TRY), EAGAIN);
  else if (!copies_are_random())
    EXPECT_SOON(_csync(0, SIZE, -1, descr, COPIER_TRY) == 0);
  EXPECT(_csync(0, SIZE, -1, descr, 0) == 0);
  EXPECT(_csync(0, SIZE, -1, descr, COPIER_TRY) == 0);
  free(descr);
}

/// One descriptor for a buffer that many copies fill, at their offsets.
static void reused(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  for (unsigned round = 0; round != 5; ++round) {
    fill(a, SIZE, round);
    for (size_t at = 0; at != SIZE; at += 1000)
      EXPECT(copy(b + at, a + at, 1000, descr, at) == 0);
    EXPECT(_csync(SIZE / 2, 1, -1, descr, 0) == 0);
    EXPECT(b[SIZE / 2] == a[SIZE / 2]);
    EXPECT(_csync(0, SIZE, -1, descr, 0) == 0);
    EXPECT(is_filled(b, SIZE, round));
  }
  free(descr);
}

/// The first of two copies that meet in a segment does not make it ready.
static void two_in_a_segment(void) {
  struct copier_descr *descr = new_descr(16384, 16384);
  fill(a, 16384, 7);
  EXPECT(copy(b, a, 6000, descr, 0) == 0);
  EXPECT(copy(b + 6000, a + 6000, 16384 - 6000, descr, 6000) == 0);
  csync(b, 6000);
  // Not under reverse: there a csync completes all.
  if (backend_is("adversary:never"))
    EXPECT_ERROR(_csync(0, 1, -1, descr, COPIER_TRY), EAGAIN);
  EXPECT(_csync(0, 1, -1, descr, 0) == 0);
  EXPECT(_csync(0, 16384, -1, descr, COPIER_TRY) == 0);
  EXPECT(is_filled(b, 16384, 7));
  free(descr);
}

/// Promotion goes through what a counted copy depends on.
static void chain(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  fill(a, SIZE, 8);
  memset(b, 0, SIZE);
  amemcpy(b, a, SIZE);
  EXPECT(copy(c, b, SIZE, descr, 0) == 0);
  EXPECT(_csync(500, 500, -1, descr, 0) == 0);
  EXPECT(is_filled_at(c + 500, 500, 500, 8));
  EXPECT(_csync(0, SIZE, -1, descr, 0) == 0);
  EXPECT(is_filled(c, SIZE, 8));
  csync(b, SIZE);
  free(descr);
}

static void of_several_queues(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  int fds[] = {-1, copier_create_queue(64), copier_create_queue(64)};
  fill(a, SIZE, 9);
  for (size_t i = 0; i != 10; ++i)
    EXPECT(_amemcpy(b + i * 10000, a + i * 10000, 10000, fds[i % 3], NULL,
                    descr, i * 10000, 0) == 0);
  // Whatever the queue that is named.
  EXPECT(_csync(0, SIZE, fds[1], descr, 0) == 0);
  EXPECT(is_filled(b, SIZE, 9));
  EXPECT(copier_destroy_queue(fds[1]) == 0);
  EXPECT(copier_destroy_queue(fds[2]) == 0);
  free(descr);
}

static void *wait_for_all(void *descr) {
  EXPECT(_csync(0, SIZE, -1, (struct copier_descr *)descr, 0) == 0);
  EXPECT(is_filled(b, SIZE, 10));
  return NULL;
}

static void threads_wait_for_one(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  fill(a, SIZE, 10);
  EXPECT(copy(b, a, SIZE, descr, 0) == 0);
  pthread_t threads[3];
  for (int i = 0; i != 3; ++i)
    pthread_create(&threads[i], NULL, wait_for_all, descr);
  for (int i = 0; i != 3; ++i)
    pthread_join(threads[i], NULL);
  free(descr);
}

/// More counted copies at once than there is room for.
static void very_many(void) {
  struct copier_descr *descr = new_descr(SIZE, 64);
  int fds[16];
  fill(a, SIZE, 11);
  for (int i = 0; i != 16; ++i)
    fds[i] = copier_create_queue(256);
  for (size_t i = 0; i != 2000; ++i)
    EXPECT(_amemcpy(b + i * 50, a + i * 50, 50, fds[i % 16], NULL, descr,
                    i * 50, COPIER_LAZY) == 0);
  EXPECT(_csync(0, SIZE, -1, descr, 0) == 0);
  EXPECT(is_filled(b, SIZE, 11));
  for (int i = 0; i != 16; ++i)
    EXPECT(copier_destroy_queue(fds[i]) == 0);
  free(descr);
}

/// Counted all the same, if made at once.
static void moved(void) {
  struct copier_descr *descr = new_descr(SIZE, SEGMENT);
  for (size_t distance = 1; distance < SIZE / 2; distance = distance * 7 + 1) {
    fill(a, SIZE, 12);
    EXPECT(_amemmove(a + distance, a, SIZE / 2, -1, NULL, descr, 0, 0) == 0);
    EXPECT(_csync(0, SIZE / 2, -1, descr, 0) == 0);
    EXPECT(is_filled(a + distance, SIZE / 2, 12));
  }
  free(descr);
}

int main(void) {
  arguments();
  csync_by_offset();
  trying();
  reused();
  two_in_a_segment();
  chain();
  of_several_queues();
  threads_wait_for_one();
  very_many();
  moved();
  return finish();
}
