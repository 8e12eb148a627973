//===- at-once.c - Large copies, with and without a window ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With the default minimum size, copies that are used at once are one call;
// between them and others that stay pending all orders occur. The sanitizer
// finds nothing left pending.
//
// RUN: %clang -O1 %s -o %t.reference
// RUN: %copier-clang -fcopier -O0 %s -o %t
// RUN: %run-backends --ref=%t.reference %t
// RUN: %copier-clang -fcopier -O2 %s -o %t
// RUN: llvm-nm -u %t | FileCheck %s
// RUN: %run-backends --ref=%t.reference %t
// RUN: %copier-clang -fcopier -O2 -fcopier-scope=program %s -o %t
// RUN: llvm-nm -u %t | FileCheck %s
// RUN: %run-backends --ref=%t.reference %t
// RUN: %copier-clang -fcopier -O2 -fsanitize=copier %s -o %t
// RUN: %run-backends --ref=%t.reference %t
//
// CHECK-DAG: __copier_amemcpy
// CHECK-DAG: __copier_memcpy
// CHECK-DAG: __copier_memmove
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <string.h>

enum { SIZE = 70000 };
static unsigned char a[SIZE], b[SIZE], c[SIZE];

__attribute__((noinline)) static unsigned sum(const unsigned char *bytes,
                                              size_t n) {
  unsigned all = 0;
  for (size_t i = 0; i != n; ++i)
    all = all * 31 + bytes[i];
  return all;
}

/// Used at once.
__attribute__((noinline)) static unsigned char
at_once(unsigned char *to, unsigned char *from, size_t n) {
  memcpy(to, from, n);
  return to[n / 2];
}

/// Its source is written at once, and part of it is its destination.
__attribute__((noinline)) static void shift(unsigned char *bytes, size_t n) {
  memmove(bytes + 1, bytes, n - 1);
  bytes[0] = (unsigned char)n;
}

/// One copy stays pending while another one takes its result, and one goes
/// where it came from.
__attribute__((noinline)) static unsigned in_turn(unsigned char *restrict x,
                                                  unsigned char *restrict y,
                                                  unsigned char *restrict z,
                                                  size_t n) {
  unsigned all = 7;
  memcpy(y, x, n);
  for (size_t i = 0; i != n; ++i)
    all = all * 31 + x[i];
  memcpy(z, y, n);
  all += z[n - 1];
  memcpy(y, x + 1, n - 1);
  return all + y[0];
}

int main(void) {
  static const size_t sizes[] = {9, 4095, 4096, 30000, SIZE};
  unsigned all = 0;
  for (size_t i = 0; i != SIZE; ++i)
    a[i] = (unsigned char)(i * 7 + i / 251);
  for (size_t i = 0; i != sizeof(sizes) / sizeof(*sizes); ++i) {
    size_t n = sizes[i];
    all = all * 31 + at_once(b, a, n);
    shift(a, n);
    all = all * 31 + in_turn(a, b, c, n);
    printf("%zu: %u %u %u %u\n", n, all, sum(a, n), sum(b, n), sum(c, n));
  }
  return 0;
}
