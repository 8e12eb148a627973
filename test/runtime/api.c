//===- api.c - What the contract says of single calls -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %clang -O2 %s %libcopier -o %t && %run-backends %t
// RUN: %clang -O0 %s %libcopier -o %t && %run-backends %t
// RUN: %clang -O2 -DCOPIER_NO_INLINE %s %libcopier -o %t && %run-backends %t
// RUN: %clang++ -x c++ -std=c++17 -O2 %s %libcopier -o %t && %run-backends %t
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPECT(CONDITION)                                                      \
  ((CONDITION)                                                                 \
       ? (void)0                                                               \
       : (void)(++failures, printf("line %d: %s\n", __LINE__, #CONDITION)))

static int failures;
static char a[70000], b[70000], c[70000];

static void returns_dst_and_keeps_errno(void) {
  errno = 42;
  EXPECT(amemcpy(b, a, 1) == b);
  EXPECT(amemcpy(b, a, sizeof(a)) == b);
  EXPECT(amemmove(b + 1, b, 100) == b + 1);
  csync(b, sizeof(b));
  csync_all();
  EXPECT(errno == 42);
}

static void no_bytes_are_nothing(void) {
  EXPECT(amemcpy(NULL, NULL, 0) == NULL);
  EXPECT(amemmove(NULL, a, 0) == NULL);
  csync(NULL, 0);
  csync((const void *)UINTPTR_MAX, 0);
  csync(a, SIZE_MAX);
}

static void copy_to_itself(void) {
  memset(a, 'a', sizeof(a));
  amemcpy(b, a, sizeof(a));
  amemcpy(b, b, sizeof(b));
  amemmove(b, b, sizeof(b));
  csync(b, sizeof(b));
  EXPECT(memcmp(a, b, sizeof(a)) == 0);
}

static void chain(void) {
  memset(a, 'n', sizeof(a));
  amemcpy(b, a, sizeof(a));
  amemcpy(c, b, sizeof(a));
  amemcpy(a + 10, c + 20, 1000);
  csync(a + 500, 1);
  EXPECT(a[500] == 'n');
  csync(c, sizeof(c)); // With what it depends on: b.
  EXPECT(c[0] == 'n' && c[sizeof(c) - 1] == 'n');
  EXPECT(memcmp(b, c, sizeof(a)) == 0);
}

static void moves_overlap_both_ways(void) {
  for (int i = 0; i != 1000; ++i)
    a[i] = (char)i;
  amemmove(a + 7, a, 900);
  csync(a, 1000);
  EXPECT(a[6] == 6 && a[7] == 0 && a[906] == (char)899);
  amemmove(a, a + 7, 900);
  csync(a, 1000);
  EXPECT(a[0] == 0 && a[899] == (char)899);
}

/// csync of a few bytes promises only those; all the same nothing is lost.
static void csync_by_pieces(void) {
  memset(b, 0, sizeof(b));
  memset(a, 'p', sizeof(a));
  amemcpy(b, a, sizeof(a));
  for (size_t at = 0; at < sizeof(b); at += 999) {
    csync(b + at, 1);
    EXPECT(b[at] == 'p');
  }
  csync(a, sizeof(a));
  EXPECT(memcmp(a, b, sizeof(a)) == 0);
}

int main(void) {
  returns_dst_and_keeps_errno();
  no_bytes_are_nothing();
  copy_to_itself();
  chain();
  moves_overlap_both_ways();
  csync_by_pieces();
  void (*by_pointer)(void) = csync_all;
  by_pointer();
  printf("%d failures\n", failures);
  return failures != 0;
}
