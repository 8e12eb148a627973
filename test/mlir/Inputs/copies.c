//===- copies.c - Copies in a C program for the LLVM dialect --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <string.h>

static unsigned char a[4096], b[4096], c[4096];

static unsigned sum(const unsigned char *p, size_t n) {
  unsigned s = 0;
  for (size_t i = 0; i < n; ++i)
    s = s * 31 + p[i];
  return s;
}

__attribute__((noinline)) static void chain(size_t n) {
  memcpy(b, a, n);
  memcpy(c + 1, b, n);
  a[0] = 7; // The source of a pending copy.
}

__attribute__((noinline)) static unsigned rounds(unsigned n) {
  unsigned s = 0;
  for (unsigned i = 0; i < n; ++i) {
    memcpy(b + i, a, 2000 + i);
    s += b[i * 3];
  }
  return s;
}

int main(int argc, char **argv) {
  for (unsigned i = 0; i < sizeof(a); ++i)
    a[i] = (unsigned char)(i * 7);
  chain(3000 + (size_t)argc);
  printf("%u %u\n", sum(b, sizeof(b)), sum(c, sizeof(c)));
  printf("%u %u\n", rounds(9 + (unsigned)argc), sum(b, sizeof(b)));
  return 0;
}
