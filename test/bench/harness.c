//===- harness.c - What the benchmarks share ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clocks, CPUs, memory and the command line. See harness.h; pairs and rows are
// in rows.c.
//
//===----------------------------------------------------------------------===//

#include "harness.h"

#include <copier.h>
#include <dirent.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CACHE_LINE 64

struct bench_options bench_options = {.seconds = 1, .engine = "copier"};

static double ns_per_tick;
static double empty_ns; ///< What an empty timed section seems to take.
static double ns_per_step;

static cpu_set_t all_cpus;
static int client_cpu = -1;

void bench_fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

//===----------------------------------------------------------------------===//
// Clocks
//===----------------------------------------------------------------------===//

uint64_t bench_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

double bench_elapsed(uint64_t begin, uint64_t end) {
  double ns = (double)(end - begin) * ns_per_tick - empty_ns;
  return ns > 0 ? ns : 0;
}

__attribute__((noinline)) void bench_compute(uint64_t steps) {
  uint64_t state = 1;
  for (; steps; --steps) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    __asm__ volatile("" : "+r"(state));
  }
}

uint64_t bench_steps(double nanoseconds) {
  return (uint64_t)(nanoseconds / ns_per_step + 0.5);
}

static void calibrate(void) {
  uint64_t begin_ns = bench_now();
  uint64_t begin = bench_ticks_begin();
  while (bench_now() - begin_ns < 20000000)
    ;
  uint64_t end = bench_ticks_end();
  ns_per_tick = (double)(bench_now() - begin_ns) / (double)(end - begin);

  struct bench_series empty = {0};
  struct bench_series steps = {0};
  for (int i = 0; i != 101; ++i) {
    begin = bench_ticks_begin();
    bench_push(&empty, bench_elapsed(begin, bench_ticks_end()));
    begin = bench_ticks_begin();
    bench_compute(10000);
    bench_push(&steps, bench_elapsed(begin, bench_ticks_end()) / 10000);
  }
  empty_ns = bench_median(&empty);
  ns_per_step = bench_median(&steps);
  bench_clear(&empty);
  bench_clear(&steps);
}

//===----------------------------------------------------------------------===//
// CPUs
//===----------------------------------------------------------------------===//

static int count_threads(void) {
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks)
    bench_fail("cannot read '/proc/self/task'");
  int count = 0;
  for (struct dirent *entry; (entry = readdir(tasks));)
    count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

/// Copies as a program would for which it is worth it, until there is a second
/// thread. Under some backends there never is.
static void start_service(void) {
  const size_t n = (size_t)1 << 20;
  const struct timespec millisecond = {.tv_nsec = 1000000};
  char *from = bench_fresh(n);
  char *to = bench_fresh(n);
  for (uint64_t i = 0; i != 20 && count_threads() == 1; ++i) {
    bench_fill(from, n, i);
    amemcpy(to, from, n);
    nanosleep(&millisecond, NULL);
    csync(to, n);
  }
  bench_free(from, n);
  bench_free(to, n);
}

void bench_pin_client(void) {
  if (bench_options.count)
    return; // What is counted is not timed.
  start_service();
  // The last CPU: the first one has the most interrupts.
  for (int cpu = 0; cpu != CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &all_cpus))
      client_cpu = cpu;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(client_cpu, &one);
  if (sched_setaffinity(0, sizeof(one), &one) != 0)
    bench_fail("cannot stay on CPU %d", client_cpu);
}

int bench_client_cpu(void) { return client_cpu; }

void bench_unpin(void) { sched_setaffinity(0, sizeof(all_cpus), &all_cpus); }

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void *bench_fresh(size_t n) {
  void *memory =
      mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    bench_fail("no memory: %zu bytes", n);
  // Cells mean the same wherever huge pages are on or off.
  madvise(memory, n, MADV_NOHUGEPAGE);
  return memory;
}

void bench_free(void *memory, size_t n) { munmap(memory, n); }

__attribute__((noinline)) uint64_t bench_fill(void *memory, size_t n,
                                              uint64_t seed) {
  uint64_t *words = memory;
  uint64_t sum = 0;
  for (size_t i = 0; i != n / sizeof(*words); ++i) {
    words[i] = seed + i * 0x9E3779B97F4A7C15u;
    sum += words[i];
  }
  return sum;
}

__attribute__((noinline)) uint64_t bench_read(const void *memory, size_t n) {
  const uint64_t *words = memory;
  uint64_t sum = 0;
  for (size_t i = 0; i != n / sizeof(*words); ++i)
    sum += words[i];
  return sum;
}

void bench_flush(const void *memory, size_t n) {
  const char *bytes = memory;
  for (size_t at = 0; at < n; at += CACHE_LINE)
    __builtin_ia32_clflush(bytes + at);
  __builtin_ia32_mfence();
}

bool bench_await(const volatile char *byte, char value) {
  uint64_t end = bench_now() + 1000000;
  while (*byte != value) {
    if (bench_now() > end)
      return false;
    __builtin_ia32_pause();
  }
  return true;
}

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

static const char *value_of(const char *argument, const char *option) {
  size_t length = strlen(option);
  return strncmp(argument, option, length) ? NULL : argument + length;
}

void bench_begin(int argc, char **argv) {
  int at = 1;
  for (; at < argc && strncmp(argv[at], "--", 2) == 0; ++at) {
    const char *value;
    if ((value = value_of(argv[at], "--seconds=")))
      bench_options.seconds = strtod(value, NULL);
    else if ((value = value_of(argv[at], "--count=")))
      bench_options.count = strtoul(value, NULL, 10);
    else if ((value = value_of(argv[at], "--engine=")))
      bench_options.engine = value;
    else
      bench_fail("unknown option %s", argv[at]);
  }
  bench_options.arguments = argv + at;
  sched_getaffinity(0, sizeof(all_cpus), &all_cpus);
  calibrate();
}
