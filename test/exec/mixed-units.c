//===- mixed-units.c - Units compiled in different ways -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three units, by UNIT, which copy for each other and use what the others have
// copied. Nobody may find a copy pending who was not compiled for that.
//
// RUN: %python %S/../lib/mix_units.py %copier-clang %clang %s %t
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
#define PASTE(A, B) A##B
#define NAME(A, UNIT) PASTE(A, UNIT)
#define OWN(A) NAME(A, UNIT)

enum { SIZE = 700 };
struct block {
  unsigned char bytes[SIZE];
};
typedef void copier(unsigned char *, const unsigned char *, size_t);

#define DECLARE(UNIT)                                                          \
  copier NAME(fill, UNIT);                                                     \
  unsigned NAME(use, UNIT)(const unsigned char *bytes, size_t n);              \
  struct block NAME(get, UNIT)(const unsigned char *from);                     \
  unsigned char *NAME(duplicate, UNIT)(const unsigned char *from);             \
  unsigned NAME(pass, UNIT)(unsigned char *bytes, int depth);
DECLARE(0)
DECLARE(1)
DECLARE(2)
extern unsigned char shared[SIZE];

NOINLINE void OWN(fill)(unsigned char *to, const unsigned char *from,
                        size_t n) {
  memcpy(to, from, n);
}

NOINLINE unsigned OWN(use)(const unsigned char *bytes, size_t n) {
  unsigned result = 5381;
  for (size_t i = 0; i != n; ++i)
    result = result * 33 + bytes[i];
  return result;
}

NOINLINE struct block OWN(get)(const unsigned char *from) {
  struct block result;
  OWN(fill)(result.bytes, from, SIZE);
  return result;
}

NOINLINE unsigned char *OWN(duplicate)(const unsigned char *from) {
  unsigned char *result = malloc(SIZE);
  OWN(fill)(result, from, SIZE);
  return result;
}

NOINLINE static unsigned char *nearest(unsigned char *bytes) {
  OWN(fill)(bytes + 100, shared, 50);
  return bytes + 100;
}

/// Round through all units, and on every way some copies are pending.
NOINLINE unsigned OWN(pass)(unsigned char *bytes, int depth) {
  unsigned char local[SIZE];
  copier *const fills[] = {fill0, fill1, fill2};
  OWN(fill)(local, bytes, SIZE);
  fills[depth % 3](bytes, shared, 300);
  nearest(local)[3] ^= 7;
  unsigned char *copy = depth & 1 ? duplicate1(local) : duplicate2(local);
  struct block block = depth & 2 ? get0(copy) : get1(copy);
  local[depth]++;
  shared[depth] ^= 1;
  free(copy);
  unsigned result = OWN(use)(block.bytes, SIZE) + OWN(use)(bytes, SIZE);
  if (depth == 0)
    return result;
  OWN(fill)(block.bytes, local, 400);
  result += depth % 3 == 0   ? pass0(block.bytes, depth - 1)
            : depth % 3 == 1 ? pass1(block.bytes, depth - 1)
                             : pass2(block.bytes, depth - 1);
  OWN(fill)(bytes + 300, block.bytes, 300);
  return result * 3 + use2(block.bytes, SIZE);
}

#if UNIT == 0
unsigned char shared[SIZE];

int main(void) {
  unsigned char bytes[SIZE];
  for (int i = 0; i != SIZE; ++i) {
    shared[i] = (unsigned char)(i * 7);
    bytes[i] = (unsigned char)(i * 31);
  }
  for (int depth = 0; depth != 9; ++depth)
    printf("%u %u\n", pass1(bytes, depth), use0(bytes, SIZE));
  return 0;
}
#endif
