//===- handoff.c - How far apart two CPUs are ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The round trip of a cache line between two threads on two CPUs. It is no
// result but says what the others mean: virtual CPUs may be threads of one core
// in one minute and of two sockets in the next.
//
//===----------------------------------------------------------------------===//

#include "harness.h"

#include <pthread.h>
#include <stdatomic.h>

#define ROUND_TRIPS 1000

static _Alignas(64) _Atomic uint64_t ball;

/// Sends each odd number back as the next even one; 0 ends it.
static void *answer(void *unused) {
  (void)unused;
  bench_unpin();
  uint64_t seen;
  while ((seen = atomic_load(&ball)) != 0)
    if (seen % 2)
      atomic_store(&ball, seen + 1);
  return NULL;
}

int main(int argc, char **argv) {
  bench_begin(argc, argv);
  atomic_store(&ball, 2);
  pthread_t thread;
  if (pthread_create(&thread, NULL, answer, NULL) != 0)
    bench_fail("cannot start a thread");
  bench_pin_client();

  struct bench_series trips = {0};
  uint64_t end_ns = bench_now() + (uint64_t)(bench_options.seconds * 1e9);
  uint64_t sent = 3;
  while (trips.count < 10 || bench_now() < end_ns) {
    uint64_t begin = bench_ticks_begin();
    for (int i = 0; i != ROUND_TRIPS; ++i, sent += 2) {
      atomic_store(&ball, sent);
      while (atomic_load(&ball) != sent + 1)
        ;
    }
    bench_push(&trips, bench_elapsed(begin, bench_ticks_end()) / ROUND_TRIPS);
  }
  atomic_store(&ball, 0);
  pthread_join(thread, NULL);
  bench_row_begin("handoff");
  bench_row_series("ns", &trips);
  bench_row_end();
  bench_clear(&trips);
  return 0;
}
