//===- idle.c - A service with nothing to do uses no CPU ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What service threads use is read from the kernel's accounts, over a second of
// which they have had a tenth to calm down: less than a hundredth of it. With
// nothing pending, with copies that wait (lazy ones, and one that faults), and
// beside a program that computes.
//
// RUN: %clang -D_GNU_SOURCE -O2 %s %libcopier -o %t
// RUN: %run-backends --only=inline,thread %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"
#include "Inputs/service.h"

#include <copier.h>
#include <stdint.h>
#include <sys/mman.h>

enum { SIZE = 1 << 20 };
static char a[SIZE], b[SIZE], c[SIZE];
static uint64_t used;

/// Adds what the thread has used, in nanoseconds.
static void add_used(pid_t thread) {
  char path[64];
  uint64_t ns = 0;
  snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat", thread);
  FILE *file = fopen(path, "r");
  EXPECT(file && fscanf(file, "%lu", &ns) == 1);
  if (file)
    fclose(file);
  used += ns;
}

static uint64_t services_used(void) {
  used = 0;
  EXPECT(for_each_service(add_used) == backend_is("thread"));
  return used;
}

static void compute(double seconds) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do
    clock_gettime(CLOCK_MONOTONIC, &now);
  while ((double)(now.tv_sec - start.tv_sec) +
             (double)(now.tv_nsec - start.tv_nsec) * 1e-9 <
         seconds);
}

static void expect_idle(const char *when, int computes) {
  sleep_ms(100);
  uint64_t before = services_used();
  if (computes)
    compute(1);
  else
    sleep_ms(1000);
  uint64_t spent = services_used() - before;
  if (spent >= 10000000) {
    printf("%s: %lu us in a second\n", when, spent / 1000);
    ++failures;
  }
}

static void copy_once(void) {
  csync(a, SIZE);
  fill(a, SIZE, 1);
  amemcpy(b, a, SIZE);
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 1));
}

int main(void) {
  // Its accounts must show what it does; on a busy machine it gets a CPU late,
  // and csync has copied everything by then.
  int copies = 0;
  do
    copy_once();
  while (backend_is("thread") && services_used() == 0 && ++copies != 1000);
  EXPECT(copies != 1000);
  expect_idle("with nothing pending", 0);
  copy_once();
  expect_idle("beside a program that computes", 1);

  EXPECT(set_copier_opt(COPIER_OPT_LAZY_PERIOD, 1ul << 40) == 0);
  EXPECT(_amemcpy(c, b, SIZE, -1, NULL, NULL, 0, COPIER_LAZY) == 0);
  expect_idle("with a lazy copy", 0);
  csync(c, SIZE);
  EXPECT(is_filled(c, SIZE, 1));

  char *good = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (backend_is("thread")) {
    // The service must leave it; inline it would fault here.
    char *bad = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    amemcpy(good, bad, SIZE);
    expect_idle("with a copy that faults", 0);
    mprotect(bad, SIZE, PROT_READ);
  }
  csync(good, SIZE);
  EXPECT(good[SIZE - 1] == 0);
  return finish();
}
