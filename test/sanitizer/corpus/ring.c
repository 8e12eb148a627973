//===- ring.c - A ring buffer -------------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies in and out wrap around; the reader csyncs what it takes.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 256 };
static char ring[SIZE];
static size_t head, tail;

static void put(const char *bytes, size_t n) {
  size_t at = head % SIZE, first = n < SIZE - at ? n : SIZE - at;
  amemcpy(ring + at, bytes, first);
  amemcpy(ring, bytes + first, n - first);
  head += n;
}

static unsigned take(size_t n) {
  unsigned hash = 5381;
  size_t at = tail % SIZE, first = n < SIZE - at ? n : SIZE - at;
  csync(ring + at, first); //! read-before-csync take whole
  csync(ring, n - first);  //! read-before-csync take whole
  for (size_t i = 0; i != n; ++i)
    hash = hash * 33 + (unsigned char)ring[(tail + i) % SIZE]; //@ take
  tail += n;
  return hash;
}

int main(void) {
  char message[100];
  unsigned total = 0;
  for (int i = 0; i != 50; ++i) {
    memset(message, 'a' + i % 26, sizeof(message)); //@ refill
    put(message, sizeof(message));
    total += take(sizeof(message));
  }
  put(message, sizeof(message));
  csync(message, sizeof(message));     //! source-write-before-csync again whole
  memset(message, 0, sizeof(message)); //@ again
  printf("%u %u\n", total, take(sizeof(message)));
}
