//===- units.c - Which CPU copy unit is the fastest ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each unit, "rep movsb", and libc once more, against libc's memcpy: in turn,
// the same copy by one and by the other, which comes first alternating. Prints
// the medians of the ratios and their quartiles; less than 1 is faster. The
// second libc is the noise. docs/dispatcher.md has the figures.
//
// Of the project, it knows process/units.h alone:
//
//   clang-22 -O2 -Iruntime test/bench/units.c runtime/process/units.c -o units
//   ./units [SECONDS FOR EACH ROW]
//
//===----------------------------------------------------------------------===//

#include "process/units.h"

#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_UNITS = 8, MAX_PAIRS = 20000, GAP = 4096 };

/// Much more than the caches hold.
#define POOL_SIZE ((size_t)192 << 20)

typedef void (*copy_function)(void *dst, const void *src, size_t n);

struct candidate {
  const char *name;
  copy_function copy;
  double ratios[MAX_PAIRS];
};

/// What is measured in one row.
struct row {
  bool is_cold;
  size_t dst_offset;
  size_t src_offset;
  size_t size;
};

static struct candidate candidates[MAX_UNITS];
static unsigned candidates_used;
static copy_function libc;
static char *dst_pool, *src_pool;
static size_t pool_at;
static volatile uint64_t sink;

static uint64_t ticks(void) {
  unsigned cpu;
  _mm_lfence();
  uint64_t now = __builtin_ia32_rdtscp(&cpu);
  _mm_lfence();
  return now;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void copy_rep(void *dst, const void *src, size_t n) {
  __asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n)::"memory");
}

/// Ticks for one copy and reading what it wrote, once a cache line.
static double measure(const struct row *row, copy_function copy) {
  char *dst = dst_pool + row->dst_offset;
  const char *src = src_pool + row->src_offset;
  if (row->is_cold) {
    if (pool_at + row->size + GAP > POOL_SIZE)
      pool_at = 0;
    dst += pool_at;
    src += pool_at;
    pool_at += row->size + GAP;
  }
  int times = row->is_cold ? 1 : 4;
  uint64_t sum = 0;
  uint64_t start = ticks();
  for (int i = 0; i != times; ++i) {
    copy(dst, src, row->size);
    for (size_t at = 0; at < row->size; at += 64)
      sum += (unsigned char)dst[at];
  }
  uint64_t end = ticks();
  sink = sum;
  return (double)(end - start);
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left;
  double b = *(const double *)right;
  return (a > b) - (a < b);
}

static void print_row(const struct row *row, double limit) {
  unsigned pairs = 0;
  for (double end = seconds() + limit; pairs != MAX_PAIRS; ++pairs) {
    for (unsigned i = 0; i != candidates_used; ++i) {
      double first = measure(row, pairs % 2 ? candidates[i].copy : libc);
      double second = measure(row, pairs % 2 ? libc : candidates[i].copy);
      candidates[i].ratios[pairs] = pairs % 2 ? first / second : second / first;
    }
    if (pairs >= 2 && seconds() > end)
      break;
  }
  printf("%-4s +%-2zu+%-2zu %5zuK %6u", row->is_cold ? "cold" : "hot",
         row->dst_offset, row->src_offset, row->size >> 10, pairs);
  for (unsigned i = 0; i != candidates_used; ++i) {
    double *ratios = candidates[i].ratios;
    qsort(ratios, pairs, sizeof(*ratios), compare);
    printf("  %.2f [%.2f %.2f]", ratios[pairs / 2], ratios[pairs / 4],
           ratios[pairs * 3 / 4]);
  }
  putchar('\n');
  fflush(stdout);
}

static void add_candidate(const char *name, copy_function copy) {
  candidates[candidates_used].name = name;
  candidates[candidates_used++].copy = copy;
}

static bool set_up(void) {
  for (unsigned i = 0; copier_cpu_units[i]; ++i) {
    const struct copier_unit *unit = copier_cpu_units[i];
    if (strcmp(unit->name, "libc") == 0)
      libc = unit->copy;
    if (copier_cpu_unit_is_supported(unit))
      add_candidate(unit->name, unit->copy);
  }
  add_candidate("rep movsb", copy_rep);
  dst_pool = aligned_alloc((size_t)1 << 21, POOL_SIZE);
  src_pool = aligned_alloc((size_t)1 << 21, POOL_SIZE);
  if (!dst_pool || !src_pool)
    return false;
  memset(dst_pool, 1, POOL_SIZE);
  memset(src_pool, 2, POOL_SIZE);
  return true;
}

int main(int argc, char **argv) {
  double limit = argc > 1 ? atof(argv[1]) : 1;
  if (!set_up()) {
    fputs("units: no memory for the buffers\n", stderr);
    return 1;
  }
  printf("     dst+src  size  pairs");
  for (unsigned i = 0; i != candidates_used; ++i)
    printf("  %-16s", candidates[i].name);
  putchar('\n');
  // As from malloc, and as parts of buffers are.
  static const size_t offsets[][2] = {{16, 16}, {24, 40}};
  for (int cold = 0; cold != 2; ++cold)
    for (int at = 0; at != 2; ++at)
      for (size_t size = 16 << 10; size <= 1 << 20; size *= 4)
        print_row(&(struct row){cold, offsets[at][0], offsets[at][1], size},
                  limit);
  for (int at = 0; at != 2; ++at)
    for (size_t size = COPIER_BEYOND_CACHES / 2;
         size <= 2 * COPIER_BEYOND_CACHES; size *= 2)
      print_row(&(struct row){true, offsets[at][0], offsets[at][1], size},
                5 * limit);
  return 0;
}
