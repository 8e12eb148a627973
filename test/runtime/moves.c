//===- moves.c - amemmove, at every distance ------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Up and down, by one byte, by about a segment, by about the length; of ranges
// that are pending already; and several at a time in the same bytes.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_SEGMENT=4096 %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=1000 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>

enum { SIZE = 150000 };
static char memory[SIZE], other[SIZE], expected[SIZE];

/// Moves in both; \p n bytes.
static void move(size_t to, size_t from, size_t n) {
  EXPECT(amemmove(memory + to, memory + from, n) == memory + to);
  memmove(expected + to, expected + from, n);
}

static void compare(size_t distance) {
  csync(memory, SIZE);
  if (memcmp(memory, expected, SIZE) != 0) {
    ++failures;
    printf("distance %zu\n", distance);
    memcpy(memory, expected, SIZE);
  }
}

/// \p n bytes by \p distance, up, down, and back over what is still pending.
static void try_distance(size_t distance, size_t n) {
  fill(memory, SIZE, (unsigned)distance);
  memcpy(expected, memory, SIZE);
  move(distance, 0, n);
  compare(distance);
  move(0, distance, n);
  compare(distance);
  move(distance, 0, n);
  move(0, distance / 2, n);
  move(distance / 2, distance, n);
  compare(distance);
}

static void distances(void) {
  static const size_t some[] = {1,     2,     7,     63,    64,    65,
                                999,   4095,  4096,  4097,  8191,  10000,
                                16384, 20001, 49999, 50000, 50001, 74999};
  for (size_t i = 0; i != sizeof(some) / sizeof(*some); ++i)
    try_distance(some[i], 50000);
  for (size_t distance = 1; distance < 40; ++distance)
    try_distance(distance, 40);
}

/// What is moved is itself not there yet, and is moved on.
static void pending_bytes(void) {
  fill(other, SIZE, 1);
  memset(memory, 0, SIZE);
  memcpy(expected, other, SIZE);
  amemcpy(memory, other, SIZE);
  move(30000, 0, 100000);
  move(10, 31000, 100000);
  move(5000, 5001, 70000);
  compare(0);
}

static void a_random_sequence(void) {
  fill(memory, SIZE, 2);
  memcpy(expected, memory, SIZE);
  unsigned state = 12345;
  for (int i = 0; i != 600; ++i) {
    size_t at[3];
    for (int j = 0; j != 3; ++j) {
      state = state * 1664525 + 1013904223;
      at[j] = (state >> 8) % (SIZE / 2);
    }
    move(at[0], at[1], at[2]);
    if (i % 50 == 49)
      compare((size_t)i);
  }
}

int main(void) {
  distances();
  pending_bytes();
  a_random_sequence();
  return finish();
}
