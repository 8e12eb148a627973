//===- rows.c - Pairs of measurements, and rows of results --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See harness.h. A machine that is shared has seconds in which everything takes
// twice as long: so A and B are measured in turn, a pair gives a ratio, and of
// many ratios the median counts.
//
//===----------------------------------------------------------------------===//

#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//===----------------------------------------------------------------------===//
// Samples
//===----------------------------------------------------------------------===//

void bench_push(struct bench_series *series, double value) {
  if (series->count == series->capacity) {
    size_t capacity = series->capacity ? series->capacity * 2 : 64;
    double *values = realloc(series->values, capacity * sizeof(*values));
    if (!values)
      bench_fail("no memory: %zu samples", capacity);
    series->values = values;
    series->capacity = capacity;
  }
  series->values[series->count++] = value;
}

void bench_clear(struct bench_series *series) {
  free(series->values);
  memset(series, 0, sizeof(*series));
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left;
  double b = *(const double *)right;
  return (a > b) - (a < b);
}

/// A sorted copy.
static struct bench_series sorted(const struct bench_series *series) {
  struct bench_series copy = {0};
  for (size_t i = 0; i != series->count; ++i)
    bench_push(&copy, series->values[i]);
  if (copy.count)
    qsort(copy.values, copy.count, sizeof(*copy.values), compare);
  return copy;
}

/// The sample \p position samples from the lowest, between two if not whole.
static double at(const struct bench_series *sorted, double position) {
  double last = (double)sorted->count - 1;
  if (last < 0)
    return NAN;
  position = fmin(fmax(position, 0), last);
  size_t below = (size_t)position;
  size_t above = below + (position > (double)below);
  double share = position - (double)below;
  return sorted->values[below] * (1 - share) + sorted->values[above] * share;
}

double bench_median(const struct bench_series *series) {
  struct bench_series copy = sorted(series);
  double median = at(&copy, 0.5 * ((double)copy.count - 1));
  bench_clear(&copy);
  return median;
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

static void add_pair(struct bench_pairs *pairs, double a, double b) {
  if (isnan(a) || isnan(b)) {
    ++pairs->discarded;
    return;
  }
  bench_push(&pairs->a, a);
  bench_push(&pairs->b, b);
}

/// True half of the times, in no order that anything else could follow.
static bool toss(void) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 63;
}

void bench_pair_up(struct bench_pairs *pairs, double seconds, size_t least,
                   bench_side *side, void *context) {
  for (size_t i = 0; i != bench_options.count; ++i)
    side(context, /*is_a=*/true);
  if (bench_options.count)
    return;
  uint64_t end = bench_now() + (uint64_t)(seconds * 1e9);
  for (size_t i = 0; i < least || bench_now() < end; ++i) {
    bool outer = toss();
    double first = side(context, outer);
    double inner = (side(context, !outer) + side(context, !outer)) / 2;
    double both = (first + side(context, outer)) / 2;
    add_pair(pairs, outer ? both : inner, outer ? inner : both);
  }
}

void bench_clear_pairs(struct bench_pairs *pairs) {
  bench_clear(&pairs->a);
  bench_clear(&pairs->b);
  pairs->discarded = 0;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void bench_row_begin(const char *bench) { printf("{\"bench\": \"%s\"", bench); }

void bench_row_number(const char *name, double value) {
  printf(", \"%s\": ", name);
  if (isfinite(value))
    printf("%.9g", value);
  else
    printf("null");
}

void bench_row_text(const char *name, const char *value) {
  printf(", \"%s\": \"%s\"", name, value);
}

void bench_row_series(const char *name, const struct bench_series *series) {
  struct bench_series copy = sorted(series);
  double last = (double)copy.count - 1;
  // The ranks between which the median lies with 95 % confidence.
  double margin = 0.98 * sqrt((double)copy.count);
  if (copy.count == 0) {
    printf(", \"%s\": null", name);
  } else {
    printf(", \"%s\": {\"median\": %.6g, \"low\": %.6g, \"high\": %.6g, "
           "\"q1\": %.6g, \"q3\": %.6g, \"p90\": %.6g}",
           name, at(&copy, 0.5 * last), at(&copy, 0.5 * last - margin),
           at(&copy, 0.5 * last + margin), at(&copy, 0.25 * last),
           at(&copy, 0.75 * last), at(&copy, 0.9 * last));
  }
  bench_clear(&copy);
}

static void write_counts(const struct bench_pairs *pairs) {
  bench_row_number("pairs", (double)pairs->a.count);
  bench_row_number("discarded", (double)pairs->discarded);
}

void bench_row_pairs(const struct bench_pairs *pairs, const char *peer) {
  write_counts(pairs);
  bench_row_series("ns", &pairs->a);
  if (!peer)
    return;
  struct bench_series ratio = {0};
  for (size_t i = 0; i != pairs->a.count; ++i)
    if (pairs->a.values[i] > 0)
      bench_push(&ratio, pairs->b.values[i] / pairs->a.values[i]);
  char name[64];
  snprintf(name, sizeof(name), "%s_ns", peer);
  bench_row_series(name, &pairs->b);
  bench_row_series("ratio", &ratio);
  bench_clear(&ratio);
}

void bench_row_difference(const struct bench_pairs *pairs, double calls) {
  struct bench_series difference = {0};
  for (size_t i = 0; i != pairs->a.count; ++i)
    bench_push(&difference, (pairs->a.values[i] - pairs->b.values[i]) / calls);
  write_counts(pairs);
  bench_row_series("ns", &difference);
  bench_clear(&difference);
}

void bench_row_end(void) {
  printf("}\n");
  fflush(stdout);
}

void bench_progress(double done) {
  printf("{\"progress\": %.3f}\n", done);
  fflush(stdout);
}
