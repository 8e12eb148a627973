//===- csync.c - What a csync costs that has nothing to do --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A: a loop that csyncs one small range after the other, each for the first
// time since the service completed its copy. B: the same loop without csync.
// The difference is the cost. The environment must make libcopier submit every
// copy.
//
//===----------------------------------------------------------------------===//

#include "harness.h"

#include <copier.h>
#include <math.h>

#define CALLS 128
#define SIZE 64
#define LARGE ((size_t)64 << 20)

enum state { NOTHING_PENDING, READY, READY_OTHER_PENDING };
static const char *const state_names[] = {"nothing pending", "ready",
                                          "ready, large copy pending"};

struct line {
  _Alignas(64) char bytes[SIZE];
};
static struct line from[CALLS];
static struct line to[CALLS];
static char *large_from;
static char *large_to;

/// Has the service complete all the small copies, without a csync.
static bool make_ready(void) {
  char mark = (char)(from[0].bytes[0] + 1);
  for (int i = 0; i != CALLS; ++i) {
    from[i].bytes[0] = mark;
    amemcpy(&to[i], &from[i], SIZE);
  }
  for (int i = 0; i != CALLS; ++i)
    if (!bench_await(to[i].bytes, mark))
      return false;
  return true;
}

/// Brings about the state; false if that did not succeed.
static bool prepare(enum state state) {
  csync_all();
  if (state == NOTHING_PENDING)
    return true;
  if (!make_ready())
    return false;
  if (state == READY_OTHER_PENDING)
    amemcpy(large_to, large_from, LARGE);
  return true;
}

static double time_csyncs(void) {
  uint64_t begin = bench_ticks_begin();
  for (int i = 0; i != CALLS; ++i)
    csync(&to[i], SIZE);
  return bench_elapsed(begin, bench_ticks_end());
}

static double time_loop(void) {
  uint64_t begin = bench_ticks_begin();
  for (int i = 0; i != CALLS; ++i)
    __asm__ volatile("" : : "r"(&to[i]) : "memory");
  return bench_elapsed(begin, bench_ticks_end());
}

static double side(void *context, bool is_a) {
  enum state state = *(enum state *)context;
  bool valid = prepare(state);
  double ns = is_a ? time_csyncs() : time_loop();
  if (state == READY_OTHER_PENDING)
    valid &= (uint32_t)__atomic_load_n(&__copier_pending.word,
                                       __ATOMIC_ACQUIRE) != 0;
  csync_all();
  return valid ? ns : NAN;
}

int main(int argc, char **argv) {
  bench_begin(argc, argv);
  large_from = bench_fresh(LARGE);
  large_to = bench_fresh(LARGE);
  bench_fill(large_from, LARGE, 1);
  bench_fill(large_to, LARGE, 2);
  bench_pin_client();
  for (enum state state = NOTHING_PENDING; state <= READY_OTHER_PENDING;
       ++state) {
    struct bench_pairs pairs = {0};
    bench_pair_up(&pairs, 0, 4, side, &state);
    bench_clear_pairs(&pairs);
    bench_pair_up(&pairs, bench_options.seconds / 3, 20, side, &state);
    bench_row_begin("csync");
    bench_row_text("state", state_names[state]);
    bench_row_number("calls", CALLS);
    bench_row_difference(&pairs, CALLS);
    bench_row_end();
    bench_clear_pairs(&pairs);
  }
  return 0;
}
