//===- cells.h - Buffers of a size in a state ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the benchmarks of whole copies prepare alike before each measurement,
// for A as for B.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BENCH_CELLS_H
#define COPIER_BENCH_CELLS_H

#include <stddef.h>
#include <stdint.h>

enum heat {
  HEAT_HOT,   ///< The client has just written source and destination.
  HEAT_COLD,  ///< As hot, then flushed out of all caches.
  HEAT_FRESH, ///< Source as hot, the destination in pages never touched.
};

/// Reads a heat and a size in bytes from the front of "SIZE:HEAT:REST"; returns
/// REST. Ends the program if it is not understood.
const char *cell_parse(const char *text, size_t *size, enum heat *heat);
const char *cell_heat_name(enum heat heat);

/// The buffers of one measurement: \p batch pairs of \p size bytes, which stand
/// \p stride apart.
struct buffers {
  size_t size;
  size_t batch;
  size_t stride;
  enum heat heat;
  char *src;
  char *dst;
};

/// Several small copies make one measurement, so that it is long enough.
struct buffers buffers_make(size_t size, enum heat heat);
void buffers_end(struct buffers *buffers);

/// Brings the buffers into their state, the source with new content. Nothing may
/// be pending. Returns the sum of bench_read over the sources.
uint64_t buffers_prepare(struct buffers *buffers);

#endif // COPIER_BENCH_CELLS_H
