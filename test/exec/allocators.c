//===- allocators.c - Memory that the program itself hands out ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block is taken back, unread, while a copy into it or from it is pending, and
// handed out again. With attribute malloc alias analysis takes it for new.
//
// RUN: %{port} -Wno-unused
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

enum { SIZE = 999 };
struct arena {
  int used[2];
  unsigned char blocks[2][SIZE];
};
static struct arena global;
static unsigned char source[SIZE];
static unsigned char *kept[2];

__attribute__((malloc)) NOINLINE static unsigned char *
take(struct arena *from) {
  int i = from->used[0];
  from->used[i] = 1;
  return from->blocks[i];
}

NOINLINE static void give(struct arena *to, unsigned char *block) {
  to->used[block == to->blocks[1]] = 0;
}

NOINLINE static unsigned sum(const unsigned char *bytes) {
  unsigned result = 5381;
  for (size_t i = 0; i != SIZE; ++i)
    result = result * 33 + bytes[i];
  return result;
}

NOINLINE static unsigned into(struct arena *arena, const unsigned char *from,
                              size_t n) {
  unsigned char *first = take(arena);
  memcpy(first, from, n);
  give(arena, first);
  unsigned char *second = take(arena);
  memset(second, 1, SIZE);
  unsigned result = sum(second);
  give(arena, second);
  return result;
}

NOINLINE static unsigned out_of(struct arena *arena, unsigned char *to,
                                size_t n) {
  unsigned char *first = take(arena);
  memset(first, 2, SIZE);
  memcpy(to, first, n);
  give(arena, first);
  unsigned char *second = take(arena);
  memset(second, 3, SIZE);
  give(arena, second);
  return sum(to);
}

NOINLINE static unsigned restricted(unsigned char *restrict first,
                                    struct arena *arena,
                                    const unsigned char *from, size_t n) {
  memcpy(first, from, n);
  give(arena, first);
  unsigned char *second = take(arena);
  memset(second, 4, SIZE);
  return sum(second);
}

/// What has been handed out is in the frame of who returns.
NOINLINE static void from_frame(unsigned char *to, size_t n) {
  struct arena local = {{0}};
  unsigned char *block = take(&local);
  memset(block, 5, SIZE);
  memcpy(to, block, n);
}

NOINLINE static void use_stack(void) {
  volatile unsigned char bytes[4 * SIZE];
  for (size_t i = 0; i != sizeof(bytes); ++i)
    bytes[i] = 6;
}

/// Of pointers that are only ever set to what was handed out.
NOINLINE static unsigned remembered(struct arena *arena,
                                    const unsigned char *from, size_t n) {
  kept[0] = take(arena);
  memcpy(kept[0], from, n);
  give(arena, kept[0]);
  kept[1] = take(arena);
  memset(kept[1], 7, SIZE);
  unsigned result = sum(kept[1]);
  give(arena, kept[1]);
  return result;
}

int main(void) {
  memset(source, 9, SIZE);
  static unsigned char target[SIZE];
  printf("%u\n", into(&global, source, SIZE));
  printf("%u\n", out_of(&global, target, SIZE));
  unsigned char *block = take(&global);
  printf("%u\n", restricted(block, &global, source, SIZE));
  give(&global, block);
  from_frame(target, SIZE);
  use_stack();
  printf("%u\n", sum(target));
  printf("%u\n", remembered(&global, source, SIZE));
  return 0;
}
