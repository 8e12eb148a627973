//===- world.c - The memory of the stress test and its model ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See world.h. A copy from bytes that are unspecified makes others so.
//
//===----------------------------------------------------------------------===//

#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/// Of functions that only touch what no other thread does: ThreadSanitizer need
/// not look at each byte.
#define OWN_MEMORY __attribute__((no_sanitize("thread")))

uint64_t random_next(struct random *random) {
  uint64_t x = random->state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  random->state = x;
  return x * 0x2545F4914F6CDD1Du;
}

size_t random_below(struct random *random, size_t limit) {
  return (size_t)((random_next(random) >> 11) % limit);
}

bool random_one_in(struct random *random, unsigned n) {
  return random_below(random, n) == 0;
}

size_t random_size(struct random *random, size_t most) {
  unsigned bits = 64 - (unsigned)__builtin_clzl(most);
  size_t limit = (size_t)1 << (1 + random_below(random, bits));
  return 1 + random_below(random, limit < most ? limit : most);
}

void random_seed(struct random *random, uint64_t a, uint64_t b) {
  // Any odd constant does; the state must not be 0.
  random->state = (a + 1) * 0x9E3779B97F4A7C15u ^ (b + 1) * 0xD1B54A32D192ED03u;
  if (!random->state)
    random->state = 1;
  for (int i = 0; i != 4; ++i)
    random_next(random);
}

static void *get_memory(size_t n) {
  void *memory =
      mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    perror("stress: mmap");
    exit(2);
  }
  return memory;
}

/// Random bytes, of which no eight are the same as others.
static void fill(unsigned char *bytes, size_t n, struct random *random) {
  uint64_t words[64];
  uint64_t word = random_next(random);
  for (size_t i = 0; i < n; i += sizeof(words)) {
    for (size_t j = 0; j != sizeof(words) / sizeof(*words); ++j)
      words[j] = word += 0x9E3779B97F4A7C15u;
    memcpy(bytes + i, words, n - i < sizeof(words) ? n - i : sizeof(words));
  }
}

void region_make(struct region *region, unsigned number, size_t size,
                 struct random *random) {
  *region = (struct region){
      .real = get_memory(size),
      .model = get_memory(size),
      .flags = get_memory(size),
      .size = size,
      .number = number,
  };
  fill(region->real, size, random);
  memcpy(region->model, region->real, size);
}

struct part random_part(struct region *region, size_t most,
                        struct random *random) {
  size_t n = random_size(random, most < region->size ? most : region->size);
  return (struct part){region, random_below(random, region->size - n + 1), n};
}

OWN_MEMORY void model_copy(struct part dst, struct part src, bool counted) {
  unsigned char *to = dst.in->flags + dst.at;
  unsigned char *from = src.in->flags + src.at;
  unsigned char pending =
      counted ? MAYBE_WRITTEN : MAYBE_WRITTEN | MAYBE_UNCOUNTED;
  memmove(dst.in->model + dst.at, src.in->model + src.at, dst.n);
  for (size_t i = 0; i != src.n; ++i)
    from[i] |= MAYBE_READ;
  // What was pending there stays so; of the source only one flag goes along.
  bool downwards = to > from;
  for (size_t i = 0; i != dst.n; ++i) {
    size_t at = downwards ? dst.n - 1 - i : i;
    to[at] = (unsigned char)((to[at] & ~UNSPECIFIED) | pending |
                             (from[at] & UNSPECIFIED));
  }
}

OWN_MEMORY static void clear_flags(struct part part, unsigned char flags) {
  unsigned char *at = part.in->flags + part.at;
  for (size_t i = 0; i != part.n; ++i)
    at[i] &= (unsigned char)~flags;
}

void model_synced(struct part part) {
  clear_flags(part, MAYBE_WRITTEN | MAYBE_READ | MAYBE_UNCOUNTED);
}

OWN_MEMORY void model_aborted(struct part part) {
  unsigned char *at = part.in->flags + part.at;
  for (size_t i = 0; i != part.n; ++i)
    if (at[i] & MAYBE_WRITTEN)
      at[i] |= UNSPECIFIED;
  clear_flags(part, MAYBE_WRITTEN | MAYBE_UNCOUNTED);
}

OWN_MEMORY bool part_has(struct part part, unsigned char flags) {
  const unsigned char *at = part.in->flags + part.at;
  unsigned char any = 0;
  for (size_t i = 0; i != part.n; ++i)
    any |= at[i];
  return any & flags;
}

void part_write(struct part part, struct random *random) {
  fill(part_real(part), part.n, random);
  memcpy(part.in->model + part.at, part_real(part), part.n);
  clear_flags(part, UNSPECIFIED);
}

size_t part_first_wrong(struct part part) {
  const struct region *region = part.in;
  if (memcmp(region->real + part.at, region->model + part.at, part.n) == 0)
    return SIZE_MAX;
  for (size_t i = part.at; i != part.at + part.n; ++i)
    if (region->real[i] != region->model[i] &&
        !(region->flags[i] & UNSPECIFIED))
      return i;
  return SIZE_MAX;
}
