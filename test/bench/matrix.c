//===- matrix.c - Copy, compute, use: sizes, heats and windows ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A: amemcpy, compute, csync, read all of the result. B: memcpy, compute, read.
// A cell is SIZE:HEAT:WINDOW, the window in times that the copy alone takes. It
// has a copy site of its own, which is warm before it is measured. All cells are
// measured a little in each of several rounds, so that none has all of its
// measurements in a bad second. --engine=asleep finds the service asleep;
// --engine=dpdk makes A DPDK's device; --engine=memcpy makes it memcpy, to see
// the noise.
//
//===----------------------------------------------------------------------===//

#include "cells.h"
#include "dpdk.h"
#include "harness.h"

#include <copier.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 4
#define LEAST 4 ///< Pairs of a cell and round.
#define ROUND_WARM_UP 2

/// One side of a pair is as many measurements as make up this time, each
/// prepared for itself: the time stamp counter may advance in steps of 10 ns, and
/// some things, as the kernel's free pages, change from one to the next.
#define SIDE_NS 100000
#define MAX_REPEATS 64

enum engine { ENGINE_COPIER, ENGINE_MEMCPY, ENGINE_DPDK };
static const char *const engine_names[] = {"copier", "memcpy", "dpdk"};
static enum engine engine;
static bool is_asleep; ///< ENGINE_COPIER, with nobody who wakes the service.

struct cell {
  struct buffers buffers;
  double window;    ///< In copy times.
  double copy_ns;   ///< The copy time of one copy.
  uint64_t steps;   ///< What the window computes.
  bool copies_only; ///< Leaves out all but the copy, for calibration.
  unsigned repeats;
  struct copier_site site;
  struct bench_pairs pairs;
};

//===----------------------------------------------------------------------===//
// One measurement
//===----------------------------------------------------------------------===//

static inline __attribute__((always_inline)) void
begin_copy(enum engine how, void *dst, const void *src, size_t n,
           struct copier_site *site) {
  // As compiled code does it, and amemcpy in copier.h.
  if (how == ENGINE_COPIER &&
      (n >= __copier_min_size ||
       (uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE)))
    __copier_amemcpy(dst, src, n, site);
  else if (how != ENGINE_DPDK)
    memcpy(dst, src, n);
  else
    bench_dpdk_copy(dst, src, n);
}

static inline __attribute__((always_inline)) void
end_copy(enum engine how, const void *dst, size_t n) {
  if (how == ENGINE_COPIER)
    csync(dst, n);
  else if (how == ENGINE_DPDK)
    bench_dpdk_wait();
}

/// The same code for all engines: what differs is known when it is compiled.
/// Returns the sum of what was read.
static inline __attribute__((always_inline)) uint64_t
run_batch(struct cell *cell, enum engine how, double *ns) {
  const struct buffers *buffers = &cell->buffers;
  const size_t size = buffers->size;
  uint64_t sum = 0;
  uint64_t begin = bench_ticks_begin();
  for (size_t i = 0; i != buffers->batch; ++i) {
    char *dst = buffers->dst + i * buffers->stride;
    begin_copy(how, dst, buffers->src + i * buffers->stride, size, &cell->site);
    if (cell->copies_only)
      continue;
    bench_compute(cell->steps);
    end_copy(how, dst, size);
    sum += bench_read(dst, size);
  }
  *ns = bench_elapsed(begin, bench_ticks_end());
  return sum;
}

/// Where code lies in its cache lines can make 10 % of a copy of 512 B. So there
/// are several of each loop, at different places, and none has an advantage.
#define LAYOUTS 4
#define BATCH_AT(ENGINE, BYTES)                                                \
  __attribute__((noinline, aligned(64))) static uint64_t                       \
  batch_##ENGINE##_##BYTES(struct cell *cell, double *ns) {                    \
    __asm__ volatile(".skip " #BYTES ", 0x90");                                \
    return run_batch(cell, ENGINE, ns);                                        \
  }
#define BATCHES(ENGINE)                                                        \
  BATCH_AT(ENGINE, 0)                                                          \
  BATCH_AT(ENGINE, 16) BATCH_AT(ENGINE, 32) BATCH_AT(ENGINE, 48)
#define BATCHES_ROW(ENGINE)                                                    \
  [ENGINE] = {batch_##ENGINE##_0, batch_##ENGINE##_16, batch_##ENGINE##_32,    \
              batch_##ENGINE##_48}

BATCHES(ENGINE_COPIER)
BATCHES(ENGINE_MEMCPY)
BATCHES(ENGINE_DPDK)
static uint64_t (*const batches[][LAYOUTS])(struct cell *, double *) = {
    BATCHES_ROW(ENGINE_COPIER),
    BATCHES_ROW(ENGINE_MEMCPY),
    BATCHES_ROW(ENGINE_DPDK),
};

static void do_nothing(void *unused) { (void)unused; }

/// The service sleeps by the time that a batch is prepared. In a program whose
/// copies follow each other it does not: so it is woken, by a copy that is
/// always submitted, since it has a function.
static void wake_service(void) {
  static char from;
  static char to;
  const struct copier_func func = {do_nothing, NULL, COPIER_KFUNC};
  ++from;
  _amemcpy(&to, &from, 1, -1, &func, NULL, 0, 0);
  bench_await(&to, from);
  csync_all();
}

/// Prepares and runs one batch; nanoseconds of one copy.
static double measure(struct cell *cell, enum engine how, unsigned layout) {
  uint64_t expected = buffers_prepare(&cell->buffers);
  if (how == ENGINE_COPIER && !is_asleep &&
      cell->buffers.size >= __copier_min_size)
    wake_service();
  double ns;
  uint64_t sum = batches[how][layout % LAYOUTS](cell, &ns);
  if (how == ENGINE_COPIER)
    csync_all();
  if (sum != expected && !cell->copies_only)
    bench_fail("wrong data: %zu bytes, %s, window %g", cell->buffers.size,
               cell_heat_name(cell->buffers.heat), cell->window);
  return ns / (double)cell->buffers.batch;
}

static double side(void *context, bool is_a) {
  struct cell *cell = context;
  double sum = 0;
  for (unsigned i = 0; i != cell->repeats; ++i)
    sum += measure(cell, is_a ? engine : ENGINE_MEMCPY, i);
  return sum / cell->repeats;
}

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

/// What a measurement with memcpy takes.
static double median_time(struct cell *cell) {
  struct bench_series times = {0};
  for (int i = 0; i != 25; ++i) {
    double ns = measure(cell, ENGINE_MEMCPY, (unsigned)i);
    if (i >= 4)
      bench_push(&times, ns);
  }
  double median = bench_median(&times);
  bench_clear(&times);
  return median;
}

static void make_cell(struct cell *cell, const char *text) {
  size_t size;
  enum heat heat;
  const char *window = cell_parse(text, &size, &heat);
  char *end;
  *cell = (struct cell){.window = strtod(window, &end)};
  if (end == window || *end)
    bench_fail("'%s' does not end with a window", text);
  cell->buffers = buffers_make(size, heat);
  cell->site = (struct copier_site){.file = "matrix.c", .function = text};

  cell->repeats = 1;
  cell->copies_only = true;
  cell->copy_ns = median_time(cell);
  cell->copies_only = false;
  cell->steps = bench_steps(cell->window * cell->copy_ns);
  double repeats = SIDE_NS / (median_time(cell) * (double)cell->buffers.batch);
  cell->repeats = (unsigned)fmin(fmax(repeats, 1), MAX_REPEATS);
}

/// Measures the cell for a while, after \p warm_up pairs that do not count.
static void measure_cell(struct cell *cell, double seconds, size_t warm_up) {
  struct bench_pairs ignored = {0};
  if (engine == ENGINE_DPDK)
    bench_dpdk_start();
  bench_pair_up(&ignored, 0, warm_up, side, cell);
  bench_pair_up(&cell->pairs, seconds, LEAST, side, cell);
  if (engine == ENGINE_DPDK)
    bench_dpdk_stop();
  bench_clear_pairs(&ignored);
}

static void write_cell(const struct cell *cell) {
  bench_row_begin("matrix");
  bench_row_text("engine", is_asleep ? "asleep" : engine_names[engine]);
  bench_row_number("size", (double)cell->buffers.size);
  bench_row_text("heat", cell_heat_name(cell->buffers.heat));
  bench_row_number("window", cell->window);
  bench_row_number("batch", (double)cell->buffers.batch);
  bench_row_number("copy_ns", cell->copy_ns);
  bench_row_pairs(&cell->pairs, "memcpy");
  bench_row_end();
}

static void choose_engine(void) {
  is_asleep = strcmp(bench_options.engine, "asleep") == 0;
  if (is_asleep)
    return;
  for (engine = ENGINE_COPIER; engine <= ENGINE_DPDK; ++engine)
    if (strcmp(bench_options.engine, engine_names[engine]) == 0)
      break;
  if (engine > ENGINE_DPDK)
    bench_fail("unknown engine %s", bench_options.engine);
  if (engine != ENGINE_DPDK)
    return;
  if (!bench_dpdk_open)
    bench_fail("this program was built without DPDK");
  bench_dpdk_open();
}

int main(int argc, char **argv) {
  bench_begin(argc, argv);
  bench_pin_client();
  choose_engine();
  size_t count = 0;
  while (bench_options.arguments[count])
    ++count;
  struct cell *cells = calloc(count + 1, sizeof(*cells));
  if (!cells)
    bench_fail("no memory");
  for (size_t i = 0; i != count; ++i)
    make_cell(&cells[i], bench_options.arguments[i]);
  // The policy of a site learns from its first copies.
  size_t first_warm_up = bench_options.seconds / (double)count < 0.5 ? 4 : 24;
  uint64_t end = bench_now() + (uint64_t)(bench_options.seconds * 1e9);
  for (size_t done = 0; done != ROUNDS * count; ++done) {
    // An equal share of what time is left: a warm-up of large copies takes more.
    double left = ((double)end - (double)bench_now()) / 1e9;
    measure_cell(&cells[done % count],
                 fmax(0, left) / (double)(ROUNDS * count - done),
                 done < count ? first_warm_up : ROUND_WARM_UP);
    bench_progress((double)(done + 1) / (double)(ROUNDS * count));
  }
  for (size_t i = 0; i != count; ++i) {
    write_cell(&cells[i]);
    buffers_end(&cells[i].buffers);
    bench_clear_pairs(&cells[i].pairs);
  }
  free(cells);
  return 0;
}
