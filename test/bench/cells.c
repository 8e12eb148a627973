//===- cells.c - Buffers of a size in a state ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See cells.h.
//
//===----------------------------------------------------------------------===//

#include "cells.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

/// A measurement copies about as much, at least: 8 KB in L1 take 100 ns.
#define BATCH_BYTES 8192
#define PAGE 4096

static const char *const heat_names[] = {"hot", "cold", "fresh"};

const char *cell_heat_name(enum heat heat) { return heat_names[heat]; }

const char *cell_parse(const char *text, size_t *size, enum heat *heat) {
  char *end;
  *size = strtoul(text, &end, 10);
  if (*size < 8 || *size % 8 || *end != ':')
    bench_fail("'%s' does not begin with a size", text);
  for (*heat = HEAT_HOT; *heat <= HEAT_FRESH; ++*heat) {
    const char *name = heat_names[*heat];
    size_t length = strlen(name);
    if (strncmp(end + 1, name, length) == 0 && end[1 + length] == ':')
      return end + 1 + length + 1;
  }
  bench_fail("'%s' has no heat", text);
}

/// The sources are dense, so that the small hot ones fit the first cache; so are
/// the destinations, unless each is to have pages of its own.
struct buffers buffers_make(size_t size, enum heat heat) {
  struct buffers buffers = {
      .size = size,
      .batch = size < BATCH_BYTES ? BATCH_BYTES / size : 1,
      .stride = heat == HEAT_FRESH && size < PAGE ? PAGE : size,
      .heat = heat,
  };
  size_t bytes = buffers.batch * buffers.stride;
  buffers.src = bench_fresh(bytes);
  buffers.dst = bench_fresh(bytes);
  return buffers;
}

void buffers_end(struct buffers *buffers) {
  size_t bytes = buffers->batch * buffers->stride;
  bench_free(buffers->src, bytes);
  bench_free(buffers->dst, bytes);
}

uint64_t buffers_prepare(struct buffers *buffers) {
  static uint64_t seed;
  size_t bytes = buffers->batch * buffers->stride;
  if (buffers->heat == HEAT_FRESH) {
    bench_free(buffers->dst, bytes);
    buffers->dst = bench_fresh(bytes);
  } else {
    memset(buffers->dst, 0xA5, bytes);
  }
  uint64_t sum = 0;
  ++seed;
  for (size_t i = 0; i != buffers->batch; ++i)
    sum += bench_fill(buffers->src + i * buffers->stride, buffers->size,
                      seed * 31 + i);
  if (buffers->heat == HEAT_COLD) {
    bench_flush(buffers->src, bytes);
    bench_flush(buffers->dst, bytes);
  }
  return sum;
}
