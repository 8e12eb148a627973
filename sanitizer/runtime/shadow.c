//===- shadow.c - A quick answer for memory that is not pending ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two levels, mapped without reservation: untouched parts cost no memory, and
// no place of the address space is asked for, which other sanitizers may want.
//
//===----------------------------------------------------------------------===//

#include "shadow.h"
#include "system.h"

#include <string.h>

struct copsan_granule **copsan_chunks;

/// The chunks that there are, for the child of a fork.
static uintptr_t used_chunks[1 << 16];
static size_t used_count;

static size_t table_bytes(void) {
  return sizeof(*copsan_chunks) << (COPSAN_ADDRESS_BITS - COPSAN_CHUNK_SHIFT);
}

bool copsan_shadow_start(void) {
  copsan_chunks = copsan_map(table_bytes());
  return copsan_chunks != NULL;
}

void copsan_shadow_restart(void) {
  size_t bytes = COPSAN_CHUNK_GRANULES * sizeof(struct copsan_granule);
  for (size_t i = 0; i != used_count; ++i)
    copsan_forget(copsan_chunks[used_chunks[i]], bytes);
}

/// The chunk's counts, mapped if they are not yet.
static struct copsan_granule *chunk_at(uintptr_t chunk) {
  if (copsan_chunks[chunk])
    return copsan_chunks[chunk];
  if (used_count == sizeof(used_chunks) / sizeof(*used_chunks))
    return NULL;
  struct copsan_granule *counts =
      copsan_map(COPSAN_CHUNK_GRANULES * sizeof(*counts));
  if (!counts)
    return NULL;
  __atomic_store_n(&copsan_chunks[chunk], counts, __ATOMIC_RELEASE);
  used_chunks[used_count++] = chunk;
  return counts;
}

static void count_granules(struct copsan_granule *counts, size_t n,
                           bool is_source, int by) {
  for (size_t i = 0; i != n; ++i) {
    uint16_t *count = is_source ? &counts[i].sources : &counts[i].destinations;
    if (*count != UINT16_MAX) // Nobody else writes it.
      __atomic_store_n(count, (uint16_t)(*count + by), __ATOMIC_RELAXED);
  }
}

bool copsan_shadow_count(struct copsan_range range, bool is_source, int by) {
  if (!copsan_chunks || copsan_is_endless(range))
    return false;
  uintptr_t first = range.begin >> COPSAN_CHUNK_SHIFT;
  uintptr_t last = (range.end - 1) >> COPSAN_CHUNK_SHIFT;
  for (uintptr_t chunk = first; chunk <= last; ++chunk)
    if (!chunk_at(chunk))
      return false;
  for (uintptr_t chunk = first; chunk <= last; ++chunk) {
    struct copsan_range whole = {chunk << COPSAN_CHUNK_SHIFT,
                                 (chunk + 1) << COPSAN_CHUNK_SHIFT};
    struct copsan_range part = copsan_overlap(range, whole);
    size_t begin = (part.begin - whole.begin) >> COPSAN_GRANULE_SHIFT;
    size_t end = ((part.end - 1 - whole.begin) >> COPSAN_GRANULE_SHIFT) + 1;
    count_granules(copsan_chunks[chunk] + begin, end - begin, is_source, by);
  }
  return true;
}
