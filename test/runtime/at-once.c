//===- at-once.c - Copies that are complete when they return --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// __copier_memcpy and __copier_memmove, with no csync of the caller's: behind copies
// that wrote their source, read or wrote their destination, or have nothing to
// do with them and stay pending; of every size around the minimum.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_SEGMENT=4096 %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=5000 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
// RUN: env COPIER_BACKEND=thread COPIER_STATS=%t.json %t
// RUN: FileCheck %s --input-file=%t.json --check-prefix=STATS
// STATS: "line": 12, "column": 34, "function": "at_once", "calls": 24,
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <copier/entry_points.h>

enum { SIZE = 100000 };
static char a[SIZE], b[SIZE], c[SIZE], d[SIZE];
static struct copier_site site = {"at-once.c", "at_once", 12, 34, NULL};

static void fill_all(void) {
  fill(a, SIZE, 1);
  fill(b, SIZE, 2);
  fill(c, SIZE, 3);
  fill(d, SIZE, 4);
}

static void behind_what_wrote_the_source(size_t n) {
  fill_all();
  amemcpy(b, a, n);
  EXPECT(__copier_memcpy(c, b, n, &site) == c);
  EXPECT(is_filled(c, n, 1));
  csync(b, n);
  EXPECT(is_filled(b, n, 1));
}

static void behind_what_wrote_the_destination(size_t n) {
  fill_all();
  amemcpy(c, a, n);
  EXPECT(__copier_memcpy(c, b, n, &site) == c);
  EXPECT(is_filled(c, n, 2));
  csync_all();
  EXPECT(is_filled(c, n, 2));
}

static void behind_what_reads_the_destination(size_t n) {
  fill_all();
  amemcpy(d, c, n);
  EXPECT(__copier_memmove(c, a, n, &site) == c);
  EXPECT(is_filled(c, n, 1));
  csync(d, n);
  EXPECT(is_filled(d, n, 3));
}

/// What is elsewhere may stay pending.
static void beside_others(size_t n) {
  fill_all();
  amemcpy(b, a, SIZE);
  EXPECT(__copier_memmove(d + 1, d, n - 1, &site) == d + 1);
  EXPECT(is_filled(d + 1, n - 1, 4));
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 1));
}

int main(void) {
  static const size_t sizes[] = {2, 4999, 5000, 16384, 65537, SIZE};
  for (size_t i = 0; i != sizeof(sizes) / sizeof(*sizes); ++i) {
    behind_what_wrote_the_source(sizes[i]);
    behind_what_wrote_the_destination(sizes[i]);
    behind_what_reads_the_destination(sizes[i]);
    beside_others(sizes[i]);
  }
  EXPECT(__copier_memcpy(a, b, 0, &site) == a);
  return finish();
}
