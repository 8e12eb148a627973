//===- abort.c - Copies that nobody will read -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// copier_abort gives up what is pending into a range, and nothing else: copies
// that read the range get its bytes, neighbours are copied, the source and the
// destination are the program's again.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_SEGMENT=16384 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <stdatomic.h>

enum { SIZE = 200000 };
static char a[SIZE], b[SIZE], c[SIZE], d[SIZE];

/// What is aborted is not pending: both sides may be written.
static void both_sides_are_free(void) {
  for (unsigned i = 0; i != 20; ++i) {
    fill(a, SIZE, i);
    amemcpy(b, a, SIZE);
    copier_abort(b, SIZE);
    memset(a, 0, SIZE);
    fill(b, SIZE, i + 1);
    csync_all();
    EXPECT(is_filled(b, SIZE, i + 1));
  }
}

static void dependents_get_their_bytes(void) {
  fill(a, SIZE, 1);
  memset(b, 0, SIZE);
  amemcpy(b, a, SIZE);
  amemcpy(c, b, SIZE);
  copier_abort(b, SIZE);
  fill(b, SIZE, 2);
  csync(c, SIZE);
  EXPECT(is_filled(c, SIZE, 1));
  EXPECT(is_filled(b, SIZE, 2));

  // A part that is read on, through one that is aborted too.
  fill(a, SIZE, 3);
  amemcpy(b, a, SIZE);
  amemcpy(c, b, SIZE);
  amemcpy(d + 333, c + 333, 50000);
  copier_abort(c, SIZE);
  copier_abort(b, SIZE);
  memset(a, 0, SIZE);
  memset(b, 0, SIZE);
  memset(c, 0, SIZE);
  csync(d, SIZE);
  EXPECT(is_filled_at(d + 333, 333, 50000, 3));
}

/// The ends of a range are hardly ever those of segments. What is pending
/// around it is copied all the same, and what the program writes into it stays.
static void part_of_a_segment(void) {
  static const size_t begins[] = {0, 1, 100, 16383, 16384, 20000};
  static const size_t lengths[] = {1, 2, 100, 4096, 16384, 70000};
  for (size_t i = 0; i != 36; ++i) {
    size_t begin = begins[i / 6], length = lengths[i % 6];
    fill(a, SIZE, 4);
    memset(b, 0, SIZE);
    amemcpy(b, a, SIZE);
    copier_abort(b + begin, length);
    memset(b + begin, 'x', length);
    memset(a + begin, 'y', length);
    csync(b, SIZE);
    EXPECT(is_filled(b, begin, 4));
    EXPECT(b[begin] == 'x' && b[begin + length - 1] == 'x');
    EXPECT(is_filled_at(b + begin + length, begin + length,
                        SIZE - begin - length, 4));
  }
}

static void copies_from_the_range_stay(void) {
  csync_all();
  fill(a, SIZE, 5);
  amemcpy(b, a, SIZE);
  copier_abort(a, SIZE);
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 5));
}

static void older_bytes_do_not_come_back(void) {
  fill(a, SIZE, 6);
  fill(c, SIZE, 7);
  amemcpy(b, a, SIZE);
  amemcpy(b, c, SIZE / 2);
  copier_abort(b, SIZE / 2);
  memset(b, 'z', SIZE / 2);
  csync_all();
  EXPECT(b[0] == 'z' && b[SIZE / 2 - 1] == 'z');
  EXPECT(is_filled_at(b + SIZE / 2, SIZE / 2, SIZE - SIZE / 2, 6));
}

static _Atomic int runs;

static void count(void *argument) {
  (void)argument;
  ++runs;
}

/// Who delegated a free to the copy gets it, and its descriptor is ready.
static void functions_run_and_descriptors_are_ready(void) {
  union {
    struct copier_descr descr;
    char bytes[1024];
  } memory;
  EXPECT(copier_descr_init(&memory.descr, SIZE, 4096) == 0);
  const struct copier_func func = {count, NULL, COPIER_KFUNC};
  EXPECT(_amemcpy(b, a, SIZE, -1, &func, &memory.descr, 0, 0) == 0);
  copier_abort(b, SIZE);
  EXPECT(_csync(0, SIZE, -1, &memory.descr, COPIER_TRY) == 0);
  EXPECT_SOON(runs == 1);

  fill(a, SIZE, 8);
  EXPECT(_amemcpy(b, a, SIZE, -1, &func, &memory.descr, 0, 0) == 0);
  EXPECT(_csync(0, SIZE / 2, -1, &memory.descr, COPIER_ABORT) == 0);
  memset(b, 'w', SIZE / 2);
  EXPECT(_csync(SIZE / 2, SIZE / 2, -1, &memory.descr, 0) == 0);
  EXPECT(b[0] == 'w' && b[SIZE / 2 - 1] == 'w');
  EXPECT(is_filled_at(b + SIZE / 2, SIZE / 2, SIZE / 2, 8));
  EXPECT_SOON((csync_all(), runs == 2));
}

static void lazy_ones_are_its_use(void) {
  fill(a, SIZE, 9);
  EXPECT(_amemcpy(b, a, SIZE, -1, NULL, NULL, 0, COPIER_LAZY) == 0);
  EXPECT(_amemcpy(c, b, SIZE, -1, NULL, NULL, 0, 0) == 0);
  copier_abort(b, SIZE);
  fill(b, SIZE, 10);
  csync(c, SIZE);
  EXPECT(is_filled(c, SIZE, 9));
  EXPECT(is_filled(b, SIZE, 10));
}

static void nothing(void) {
  errno = 42;
  copier_abort(NULL, 0);
  copier_abort(b, SIZE);
  amemcpy(b, a, SIZE);
  copier_abort(b, 0);
  copier_abort(b, SIZE);
  EXPECT(errno == 42);
}

int main(void) {
  both_sides_are_free();
  dependents_get_their_bytes();
  part_of_a_segment();
  copies_from_the_range_stay();
  older_bytes_do_not_come_back();
  functions_run_and_descriptors_are_ready();
  lazy_ones_are_its_use();
  nothing();
  return finish();
}
