//===- guards.c - One function for each reason to guard -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function for each reason to guard. Compiled with -fcopier-scope=program,
// each has exactly one guard, and main one csync_all; without any of them, the
// program prints something else under adversary:never.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
enum { SIZE = 10000 };
char source[SIZE], destination[SIZE];

NOINLINE static void copy(char *to, const char *from) {
  memcpy(to, from, SIZE);
}

NOINLINE static int reads(const char *bytes) { return bytes[5]; }

NOINLINE static void writes(char *bytes) { bytes[SIZE - 7] = 'w'; }

NOINLINE static unsigned loops(const char *bytes) {
  unsigned result = 0;
  for (int i = 0; i != SIZE; ++i)
    result = result * 33 + (unsigned char)bytes[i];
  return result;
}

NOINLINE static int compares(const char *bytes) {
  return memcmp(bytes, "ssss", 4);
}

NOINLINE static void frees(char *bytes) { free(bytes); }

/// The copy of its frame goes before the frame.
NOINLINE static void returns(void) {
  char local[SIZE];
  memset(local, 'l', SIZE);
  copy(destination, local);
}

int main(void) {
  memset(source, 's', SIZE);
  copy(destination, source);
  int read = reads(destination);
  copy(destination, source);
  writes(source);
  unsigned written = loops(destination);
  copy(destination, source);
  int compared = compares(destination);
  copy(destination, source);
  unsigned looped = loops(destination);
  returns();
  unsigned returned = loops(destination);
  char *heap = malloc(SIZE);
  copy(heap, source);
  frees(heap);
  char *again = malloc(SIZE); // The same bytes.
  memset(again, 'a', SIZE);
  copy(destination, source);
  if (write(STDOUT_FILENO, destination, 20) != 20)
    return 1;
  printf("\n%d %u %d %u %u %u\n", read, written, compared, looped, returned,
         (unsigned)again[read]);
  free(again);
  return 0;
}
