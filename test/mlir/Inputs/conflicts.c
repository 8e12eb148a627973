//===- conflicts.c - Each kind of conflict with a copy, once --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What each function does wrong without its csync is printed.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE __attribute__((noinline)) static

static char a[4096], b[4096], c[4096];

/// 1: before the read.
CASE int read_target(size_t n) {
  memcpy(b, a, n);
  return b[n / 2];
}

/// 1: before the write; the return then needs none.
CASE void write_source(size_t n) {
  memcpy(b, a, n);
  a[n / 3] = 9;
}

static char *volatile block;

/// 1: before the end of life, which leaves its traces in the block.
CASE void free_source(size_t n) {
  char *p = block;
  memcpy(c, p, n);
  free(p);
}

/// 1: before the return.
CASE void leave(size_t n) { memcpy(c, b, n); }

/// 1: before a function of which nothing is known reads it.
CASE void call(size_t n) {
  memcpy(b, a, n);
  b[n] = 0;
  puts(b);
}

/// 2, of everything: what is pending is of the iteration before, and at the end.
CASE int iterate(unsigned n) {
  int sum = 0;
  for (unsigned i = 0; i != n; ++i) {
    sum = sum * 31 + c[i];
    memcpy(c + i + 1, a + i, n);
  }
  return sum;
}

int main(int argc, char **argv) {
  (void)argv;
  for (size_t i = 0; i != sizeof(a); ++i)
    a[i] = (char)('a' + i % 26);
  size_t n = 300 + (size_t)argc;
  printf("%d\n", read_target(n));
  write_source(n);
  printf("%d\n", b[n / 3]);
  block = calloc(1, n);
  free_source(n);
  for (size_t i = 0; i != 16; ++i)
    printf("%d ", c[i]);
  leave(n);
  printf("%d\n", c[n / 2]);
  call(20 + (size_t)argc);
  printf("%d\n", iterate(40 + (unsigned)argc));
  printf("%d\n", c[60]);
  return 0;
}
