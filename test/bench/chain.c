//===- chain.c - A copy of a copy, with the one between given up --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A: amemcpy to a middle buffer and on to the last, copier_abort of the middle,
// csync and read of the last. B: two memcpys and the read. A cell is
// SIZE:HEAT:FIRST, where FIRST says how the first copy is submitted: plain, or
// lazy, which leaves it until something depends on it. With --count only A is
// run, so often, for the statistics of what was moved.
//
//===----------------------------------------------------------------------===//

#include "cells.h"
#include "harness.h"

#include <copier.h>
#include <string.h>

struct chain {
  struct buffers ends; ///< Source of the first copy, destination of the last.
  char *middle;
  uint32_t hints;
  struct copier_site first;
  struct copier_site last;
};

static double time_copier(struct chain *chain, uint64_t expected) {
  const struct buffers *ends = &chain->ends;
  const size_t n = ends->size;
  uint64_t begin = bench_ticks_begin();
  __copier_amemcpy_hinted(chain->middle, ends->src, n, &chain->first,
                          chain->hints, 0);
  __copier_amemcpy(ends->dst, chain->middle, n, &chain->last);
  copier_abort(chain->middle, n);
  csync(ends->dst, n);
  uint64_t sum = bench_read(ends->dst, n);
  uint64_t end = bench_ticks_end();
  csync_all();
  if (sum != expected)
    bench_fail("wrong data: chain of %zu bytes", n);
  return bench_elapsed(begin, end);
}

static double time_memcpy(struct chain *chain, uint64_t expected) {
  const struct buffers *ends = &chain->ends;
  const size_t n = ends->size;
  uint64_t begin = bench_ticks_begin();
  memcpy(chain->middle, ends->src, n);
  memcpy(ends->dst, chain->middle, n);
  uint64_t sum = bench_read(ends->dst, n);
  uint64_t end = bench_ticks_end();
  if (sum != expected)
    bench_fail("wrong data: memcpy chain of %zu bytes", n);
  return bench_elapsed(begin, end);
}

static double side(void *context, bool is_a) {
  struct chain *chain = context;
  memset(chain->middle, 0x5A, chain->ends.size);
  uint64_t expected = buffers_prepare(&chain->ends);
  if (chain->ends.heat == HEAT_COLD)
    bench_flush(chain->middle, chain->ends.size);
  return is_a ? time_copier(chain, expected) : time_memcpy(chain, expected);
}

static void measure_chain(const char *text, double seconds) {
  size_t size;
  enum heat heat;
  const char *first = cell_parse(text, &size, &heat);
  bool lazy = strcmp(first, "lazy") == 0;
  if (!lazy && strcmp(first, "plain") != 0)
    bench_fail("'%s' is neither plain nor lazy", text);
  struct chain chain = {
      .ends = buffers_make(size, heat),
      .middle = bench_fresh(size),
      .hints = lazy ? COPIER_HINT_LAZY : 0,
      .first = {.file = "chain.c", .function = text, .line = 1},
      .last = {.file = "chain.c", .function = text, .line = 2},
  };
  if (chain.ends.batch != 1)
    bench_fail("'%s': chains are of 8192 bytes or more", text);
  struct bench_pairs pairs = {0};
  if (!bench_options.count)
    bench_pair_up(&pairs, 0, 16, side, &chain);
  bench_clear_pairs(&pairs);
  bench_pair_up(&pairs, seconds, 10, side, &chain);
  bench_row_begin("chain");
  bench_row_number("size", (double)size);
  bench_row_text("heat", cell_heat_name(heat));
  bench_row_text("first", first);
  bench_row_pairs(&pairs, "memcpy");
  bench_row_end();
  bench_clear_pairs(&pairs);
  bench_free(chain.middle, size);
  buffers_end(&chain.ends);
}

int main(int argc, char **argv) {
  bench_begin(argc, argv);
  bench_pin_client();
  size_t count = 0;
  while (bench_options.arguments[count])
    ++count;
  for (size_t i = 0; i != count; ++i)
    measure_chain(bench_options.arguments[i],
                  bench_options.seconds / (double)count);
  return 0;
}
