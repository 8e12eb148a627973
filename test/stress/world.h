//===- world.h - The memory of the stress test and its model ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A *region* is memory that one thread at a time owns. Beside it lies its model,
// to which everything that is done to the region with libcopier is done at once
// with memmove, and for each byte what the contract says of it now. It knows
// nothing of threads and queues.
//
//===----------------------------------------------------------------------===//

#ifndef STRESS_WORLD_H
#define STRESS_WORLD_H

#include <copier.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What is said of one byte.
enum {
  UNSPECIFIED = 1,     ///< Nobody knows its value: a copy was aborted.
  MAYBE_WRITTEN = 2,   ///< A copy that writes it may be pending.
  MAYBE_READ = 4,      ///< A copy that reads it may be pending.
  MAYBE_UNCOUNTED = 8, ///< A copy that its descriptor does not count.
};

struct region {
  unsigned char *real;
  unsigned char *model;
  unsigned char *flags;
  size_t size;
  struct copier_descr *descr; ///< NULL: none.
  bool is_bound;              ///< To `descr`, by shm_descr_bind.
  unsigned number;
};

/// Bytes [at, at + n) of a region.
struct part {
  struct region *in;
  size_t at;
  size_t n;
};

/// A random generator (xorshift64*), and numbers from it.
struct random {
  uint64_t state;
};

uint64_t random_next(struct random *random);
size_t random_below(struct random *random, size_t limit);
/// Is it one of \p n?
bool random_one_in(struct random *random, unsigned n);
/// From 1 to \p most, as often below 2^k as above for the middle k.
size_t random_size(struct random *random, size_t most);
/// Seeds \p random from two numbers.
void random_seed(struct random *random, uint64_t a, uint64_t b);

/// Makes a region of \p size random bytes; exits if there is no memory.
void region_make(struct region *region, unsigned number, size_t size,
                 struct random *random);

/// A random part of \p region, of at most \p most bytes.
struct part random_part(struct region *region, size_t most,
                        struct random *random);

/// Does to the model what a copy from \p src to \p dst does. \p counted: by the
/// descriptor of the region of \p dst.
void model_copy(struct part dst, struct part src, bool counted);

/// After a csync of \p part: nothing is pending there.
void model_synced(struct part part);

/// After an abort: what was pending there is unspecified.
void model_aborted(struct part part);

/// Has any byte of \p part one of \p flags?
bool part_has(struct part part, unsigned char flags);

/// Fills \p part of the region, on which nothing may be pending, and the model.
void part_write(struct part part, struct random *random);

/// Compares; returns the offset in the region of the first wrong byte, or
/// SIZE_MAX.
size_t part_first_wrong(struct part part);

static inline unsigned char *part_real(struct part part) {
  return part.in->real + part.at;
}

#endif // STRESS_WORLD_H
