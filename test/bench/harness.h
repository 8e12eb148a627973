//===- harness.h - What the benchmarks share ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clocks, CPUs, the state of buffers, pairs of measurements, and rows of JSON
// on stdout. docs/benchmarks.md says what the driver makes of them. Programs
// know libcopier by its public headers alone.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BENCH_HARNESS_H
#define COPIER_BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The command line: --seconds=S --count=N --engine=NAME, then what the program
/// takes of its own.
struct bench_options {
  double seconds;     ///< How long to measure.
  size_t count;       ///< Not 0: so many times, A alone, for the statistics.
  const char *engine; ///< Of the matrix: copier, memcpy or dpdk.
  char **arguments;   ///< The rest; ends with NULL.
};
extern struct bench_options bench_options;

/// Ends the program with one line on stderr and status 1.
__attribute__((noreturn, format(printf, 1, 2))) void
bench_fail(const char *format, ...);

/// Reads the command line and calibrates the clocks.
void bench_begin(int argc, char **argv);

/// Starts the service with a copy that is worth it, then keeps the calling
/// thread on one CPU. In this order: a thread inherits its creator's CPUs.
void bench_pin_client(void);

/// The CPU of bench_pin_client, and back to all CPUs that the process may use.
int bench_client_cpu(void);
void bench_unpin(void);

/// Nanoseconds of CLOCK_MONOTONIC.
uint64_t bench_now(void);

/// A timed section: begins after everything before it has been executed, ends
/// when everything in it has. Ticks are of the time stamp counter.
static inline uint64_t bench_ticks_begin(void) {
  __builtin_ia32_lfence();
  uint64_t ticks = __builtin_ia32_rdtsc();
  __builtin_ia32_lfence();
  return ticks;
}

static inline uint64_t bench_ticks_end(void) {
  unsigned cpu;
  uint64_t ticks = __builtin_ia32_rdtscp(&cpu);
  __builtin_ia32_lfence();
  return ticks;
}

/// Nanoseconds of a timed section, less those of an empty one.
double bench_elapsed(uint64_t begin, uint64_t end);

/// Computes without touching memory: \p steps of equal length. How many fit.
void bench_compute(uint64_t steps);
uint64_t bench_steps(double nanoseconds);

/// Memory of small pages that nobody has touched; the end of it.
void *bench_fresh(size_t n);
void bench_free(void *memory, size_t n);

/// Writes words that depend on \p seed; returns what bench_read will. \p n is a
/// multiple of 8.
uint64_t bench_fill(void *memory, size_t n, uint64_t seed);
uint64_t bench_read(const void *memory, size_t n);

/// Makes every cache forget the bytes.
void bench_flush(const void *memory, size_t n);

/// Waits for \p byte to hold \p value; false after a millisecond. It looks at
/// the destination of a pending copy, which programs may not: how else to see
/// that the service works without being asked.
bool bench_await(const volatile char *byte, char value);

/// Samples, in nanoseconds or whatever.
struct bench_series {
  double *values;
  size_t count;
  size_t capacity;
};
void bench_push(struct bench_series *series, double value);
double bench_median(const struct bench_series *series);
void bench_clear(struct bench_series *series);

/// A and B measured in turn.
struct bench_pairs {
  struct bench_series a;
  struct bench_series b;
  size_t discarded; ///< Pairs of which one was not what it should be.
};

/// Measures A or B once: nanoseconds, or NAN to have the pair discarded.
typedef double bench_side(void *context, bool is_a);

/// Adds pairs for \p seconds, and at least \p least. A pair is A B B A or
/// B A A B by chance, the mean of both As and of both Bs: what comes second often
/// differs, whichever it is. With --count: so many times A.
void bench_pair_up(struct bench_pairs *pairs, double seconds, size_t least,
                   bench_side *side, void *context);
void bench_clear_pairs(struct bench_pairs *pairs);

/// One row: an object on one line of stdout.
void bench_row_begin(const char *bench);
void bench_row_number(const char *name, double value);
void bench_row_text(const char *name, const char *value);
/// Median, quartiles, 90th percentile, and 95 % confidence of the median.
void bench_row_series(const char *name, const struct bench_series *series);
/// "ns" of A, "PEER_ns" of B, and "ratio", B/A: how many times as fast A is. A
/// NULL peer or no B leaves the latter two out.
void bench_row_pairs(const struct bench_pairs *pairs, const char *peer);
/// "ns" of A minus B, each divided by \p calls: what A does more than B.
void bench_row_difference(const struct bench_pairs *pairs, double calls);
void bench_row_end(void);

/// How far the program has come, from 0 to 1.
void bench_progress(double done);

#endif // COPIER_BENCH_HARNESS_H
