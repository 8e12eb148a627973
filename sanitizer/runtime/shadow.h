//===- shadow.h - A quick answer for memory that is not pending ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each granule of memory, how many pending destinations and how many
// pending sources touch it. It says for certain that nothing is pending in a
// place; what it does not exclude, pending.h decides to the byte.
//
// Written under the lock of pending.h, read without.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_SHADOW_H
#define COPSAN_SHADOW_H

#include "interval_tree.h"

#include <stdbool.h>
#include <stddef.h>

#define COPSAN_GRANULE_SHIFT 6
#define COPSAN_CHUNK_SHIFT 22
#define COPSAN_ADDRESS_BITS 47
#define COPSAN_CHUNK_GRANULES                                                  \
  ((size_t)1 << (COPSAN_CHUNK_SHIFT - COPSAN_GRANULE_SHIFT))

/// Counts as far as it can; then it stays there, and excludes nothing any more.
struct copsan_granule {
  uint16_t destinations;
  uint16_t sources;
};

/// By address; NULL where nothing has ever been pending.
extern struct copsan_granule **copsan_chunks;

/// Maps the table. False if there is no memory.
bool copsan_shadow_start(void);
/// Forgets everything, in the child of a fork.
void copsan_shadow_restart(void);

/// Counts \p range, \p by up or down, as destination or as source. False if
/// there is no memory, or no such address; then nothing is counted.
bool copsan_shadow_count(struct copsan_range range, bool is_source, int by);

/// Does \p range go on to where no memory is? Whoever csyncs does not know then
/// how long it is, or does not care.
static inline bool copsan_is_endless(struct copsan_range range) {
  return range.end > (uintptr_t)1 << COPSAN_ADDRESS_BITS;
}

/// May a destination, or, if \p with_sources, a source be pending in \p range?
static inline bool copsan_shadow_may_be(struct copsan_range range,
                                        bool with_sources) {
  if (!copsan_chunks || copsan_is_endless(range))
    return copsan_chunks != NULL;
  uintptr_t granule = range.begin >> COPSAN_GRANULE_SHIFT;
  uintptr_t last = (range.end - 1) >> COPSAN_GRANULE_SHIFT;
  while (granule <= last) {
    uintptr_t chunk = granule >> (COPSAN_CHUNK_SHIFT - COPSAN_GRANULE_SHIFT);
    const struct copsan_granule *counts =
        __atomic_load_n(&copsan_chunks[chunk], __ATOMIC_ACQUIRE);
    if (!counts) {
      granule = (chunk + 1) << (COPSAN_CHUNK_SHIFT - COPSAN_GRANULE_SHIFT);
      continue;
    }
    counts += granule & (COPSAN_CHUNK_GRANULES - 1);
    if (__atomic_load_n(&counts->destinations, __ATOMIC_RELAXED) ||
        (with_sources && __atomic_load_n(&counts->sources, __ATOMIC_RELAXED)))
      return true;
    ++granule;
  }
  return false;
}

#endif // COPSAN_SHADOW_H
