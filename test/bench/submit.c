//===- submit.c - What a submission to an awake service costs -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A: amemcpy. B: rte_dma_copy and rte_dma_submit, where DPDK is there. Both in
// bursts of the smallest copies that never fill the queue, each burst right
// after the service has made a copy that nobody waited for. What is timed is
// the submitting alone: in a long burst mostly the pace at which slots move from
// one CPU to the other, in a burst of one the call. The environment must make
// libcopier submit every copy.
//
//===----------------------------------------------------------------------===//

#include "dpdk.h"
#include "harness.h"

#include <copier.h>
#include <math.h>

#define SIZE 1
#define MAX_BURST 64
#define BURSTS 48 ///< Of one side at a time: changing sides takes milliseconds.

static const int burst_lengths[] = {1, 8, MAX_BURST};
enum { LENGTHS = sizeof(burst_lengths) / sizeof(*burst_lengths) };

/// Copies that have nothing to do with each other.
struct line {
  _Alignas(64) char bytes[64];
};
static struct line from[MAX_BURST + 1];
static struct line to[MAX_BURST + 1];

/// The last line is for waking.
static bool copier_is_awake(void) {
  char mark = (char)(from[MAX_BURST].bytes[0] + 1);
  from[MAX_BURST].bytes[0] = mark;
  amemcpy(&to[MAX_BURST], &from[MAX_BURST], SIZE);
  bool awake = bench_await(to[MAX_BURST].bytes, mark);
  csync_all();
  return awake;
}

static double copier_burst(int length) {
  if (!copier_is_awake())
    return NAN;
  uint64_t begin = bench_ticks_begin();
  for (int i = 0; i != length; ++i)
    amemcpy(&to[i], &from[i], SIZE);
  uint64_t end = bench_ticks_end();
  csync_all();
  return bench_elapsed(begin, end) / length;
}

static double dpdk_burst(int length) {
  bench_dpdk_copy(&to[MAX_BURST], &from[MAX_BURST], SIZE);
  bench_dpdk_wait();
  uint64_t begin = bench_ticks_begin();
  for (int i = 0; i != length; ++i)
    bench_dpdk_copy(&to[i], &from[i], SIZE);
  uint64_t end = bench_ticks_end();
  bench_dpdk_wait();
  return bench_elapsed(begin, end) / length;
}

/// The mean of many: the time stamp counter may advance in steps of 10 ns.
static double side(void *context, bool is_a) {
  int length = *(const int *)context;
  if (!is_a && !bench_dpdk_open)
    return 0;
  if (!is_a)
    bench_dpdk_start();
  double sum = 0;
  for (int i = 0; i != BURSTS; ++i)
    sum += is_a ? copier_burst(length) : dpdk_burst(length);
  if (!is_a)
    bench_dpdk_stop();
  return sum / BURSTS;
}

static void measure(int length) {
  struct bench_pairs pairs = {0};
  bench_pair_up(&pairs, 0, 2, side, &length);
  bench_clear_pairs(&pairs);
  bench_pair_up(&pairs, bench_options.seconds / LENGTHS, 5, side, &length);
  bench_row_begin("submit");
  bench_row_number("size", SIZE);
  bench_row_number("burst", length);
  bench_row_pairs(&pairs, bench_dpdk_open ? "dpdk" : NULL);
  bench_row_end();
  bench_clear_pairs(&pairs);
}

int main(int argc, char **argv) {
  bench_begin(argc, argv);
  bench_pin_client();
  if (bench_dpdk_open && !bench_options.count)
    bench_dpdk_open();
  for (int i = 0; i != LENGTHS; ++i)
    measure(burst_lengths[i]);
  return 0;
}
