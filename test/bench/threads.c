//===- threads.c - Many threads that submit -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// 1 to 16 threads submit bursts of the smallest copies and csync each burst, on
// whatever CPUs there are. The rate is that of all of them together; of one
// round, the numbers of threads are compared with one thread. The bursts never
// fill the queue. The environment must make libcopier submit every copy.
//
//===----------------------------------------------------------------------===//

#include "harness.h"

#include <copier.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define MAX_THREADS 16
#define BURST 8 ///< 16 threads have 128 copies pending, of 256.
#define SIZE 1
#define SLOT_MS 40

static const unsigned thread_counts[] = {1, 2, 4, 8, 16};
enum { COUNTS = sizeof(thread_counts) / sizeof(*thread_counts) };

struct line {
  _Alignas(64) char bytes[64];
};

struct worker {
  struct line from[BURST];
  struct line to[BURST];
  uint64_t submitted;
  pthread_t thread;
};
static struct worker workers[MAX_THREADS];

static pthread_barrier_t barrier;
static _Atomic bool stop;

static void *work(void *argument) {
  struct worker *worker = argument;
  worker->submitted = 0;
  pthread_barrier_wait(&barrier);
  while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
    for (int i = 0; i != BURST; ++i)
      amemcpy(&worker->to[i], &worker->from[i], SIZE);
    csync(worker->to, sizeof(worker->to));
    worker->submitted += BURST;
  }
  return NULL;
}

/// Submissions per second of \p count threads.
static double measure(unsigned count) {
  const struct timespec slot = {.tv_nsec = SLOT_MS * 1000000L};
  atomic_store(&stop, false);
  pthread_barrier_init(&barrier, NULL, count + 1);
  for (unsigned i = 0; i != count; ++i)
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
      bench_fail("cannot start %u threads", count);
  pthread_barrier_wait(&barrier);
  uint64_t begin = bench_now();
  nanosleep(&slot, NULL);
  atomic_store(&stop, true);
  uint64_t total = 0;
  for (unsigned i = 0; i != count; ++i) {
    pthread_join(workers[i].thread, NULL);
    total += workers[i].submitted;
  }
  // With the last bursts, which many threads end long after the signal.
  uint64_t end = bench_now();
  pthread_barrier_destroy(&barrier);
  return (double)total * 1e9 / (double)(end - begin);
}

int main(int argc, char **argv) {
  bench_begin(argc, argv);
  struct bench_series rates[COUNTS] = {0};
  struct bench_series ratios[COUNTS] = {0};
  measure(MAX_THREADS);
  uint64_t end_ns = bench_now() + (uint64_t)(bench_options.seconds * 1e9);
  for (size_t round = 0; round < 3 || bench_now() < end_ns; ++round) {
    double rate[COUNTS];
    for (int i = 0; i != COUNTS; ++i) {
      int at = round % 2 ? COUNTS - 1 - i : i;
      rate[at] = measure(thread_counts[at]);
    }
    for (int i = 0; i != COUNTS; ++i) {
      bench_push(&rates[i], rate[i]);
      bench_push(&ratios[i], rate[i] / rate[0]);
    }
    if (bench_options.count)
      break;
  }
  for (int i = 0; i != COUNTS; ++i) {
    bench_row_begin("threads");
    bench_row_number("threads", thread_counts[i]);
    bench_row_number("pairs", (double)rates[i].count);
    bench_row_series("per_second", &rates[i]);
    bench_row_series("ratio", &ratios[i]);
    bench_row_end();
    bench_clear(&rates[i]);
    bench_clear(&ratios[i]);
  }
  return 0;
}
