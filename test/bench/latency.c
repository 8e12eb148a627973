//===- latency.c - A small copy while a large one is queued -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A: amemcpy of 4 KB and its csync at once, while the service has begun a copy
// of 64 MB. B: memcpy of 4 KB, in the same situation. The csync is timed, and
// both calls together. The environment must make libcopier submit every copy.
//
//===----------------------------------------------------------------------===//

#include "harness.h"

#include <copier.h>
#include <math.h>
#include <string.h>

#define SMALL 4096
#define LARGE ((size_t)64 << 20)
#define SAMPLES 8 ///< Pairs during one large copy, which takes milliseconds.

static char *large_from;
static char *large_to;
static char *small_from;
static char *small_to;

struct sample {
  double csync_ns;
  double both_ns;
  double memcpy_ns;
};

static bool is_pending(void) {
  return (uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE) !=
         0;
}

static uint64_t prepare(uint64_t seed) {
  memset(small_to, 0xA5, SMALL);
  return bench_fill(small_from, SMALL, seed);
}

static void time_copier(struct sample *sample, uint64_t seed) {
  uint64_t expected = prepare(seed);
  uint64_t begin = bench_ticks_begin();
  amemcpy(small_to, small_from, SMALL);
  uint64_t middle = bench_ticks_end();
  csync(small_to, SMALL);
  uint64_t end = bench_ticks_end();
  sample->csync_ns = bench_elapsed(middle, end);
  sample->both_ns = bench_elapsed(begin, end);
  if (bench_read(small_to, SMALL) != expected)
    bench_fail("wrong data: small copy beside a large one");
}

static void time_memcpy(struct sample *sample, uint64_t seed) {
  prepare(seed);
  uint64_t begin = bench_ticks_begin();
  memcpy(small_to, small_from, SMALL);
  sample->memcpy_ns = bench_elapsed(begin, bench_ticks_end());
}

/// Submits a large copy and waits until the service has begun it.
static bool start_large(void) {
  static char mark;
  ++mark;
  // Its first and last bytes: the service may begin at either end.
  large_from[0] = large_from[LARGE - 1] = mark;
  amemcpy(large_to, large_from, LARGE);
  return bench_await(large_to, mark) && is_pending();
}

int main(int argc, char **argv) {
  bench_begin(argc, argv);
  large_from = bench_fresh(LARGE);
  large_to = bench_fresh(LARGE);
  small_from = bench_fresh(SMALL);
  small_to = bench_fresh(SMALL);
  bench_fill(large_from, LARGE, 1);
  bench_fill(large_to, LARGE, 2);
  bench_pin_client();

  struct bench_pairs pairs = {0};
  struct bench_series both = {0};
  uint64_t end = bench_now() + (uint64_t)(bench_options.seconds * 1e9);
  uint64_t seed = 0;
  // The first large copy is the warm-up.
  for (size_t i = 0; i < 6 || bench_now() < end; ++i) {
    bool valid = start_large();
    for (size_t k = 0; k != SAMPLES; ++k) {
      struct sample sample;
      bool copier_first = k % 2 == 0;
      if (copier_first)
        time_copier(&sample, ++seed);
      time_memcpy(&sample, ++seed);
      if (!copier_first)
        time_copier(&sample, ++seed);
      // Not pending any more: this sample and the next are of another kind.
      valid &= is_pending();
      if (valid && i) {
        bench_push(&pairs.a, sample.csync_ns);
        bench_push(&pairs.b, sample.memcpy_ns);
        bench_push(&both, sample.both_ns);
      } else if (i) {
        ++pairs.discarded;
      }
    }
    csync_all();
  }
  bench_row_begin("latency");
  bench_row_number("size", SMALL);
  bench_row_number("large", (double)LARGE);
  bench_row_pairs(&pairs, "memcpy");
  bench_row_series("with_submit_ns", &both);
  bench_row_end();
  return 0;
}
