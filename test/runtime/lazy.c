//===- lazy.c - Lazy copies wait for their period, or for who needs them --===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_SEGMENT=16384 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { SIZE = 300000 };
static char a[SIZE], b[SIZE], c[SIZE];

static const unsigned long ever = 1ul << 40; // 18 minutes.

static int copy_lazily(void *dst, const void *src, size_t n) {
  return _amemcpy(dst, src, n, -1, NULL, NULL, 0, COPIER_LAZY);
}

static int is_pending(const void *p, size_t n) {
  return _csync((size_t)p, n, -1, NULL, COPIER_TRY) != 0;
}

/// Has the service look at everything that is ready now.
static void let_the_service_run(void) {
  static char from[SIZE], to[SIZE];
  amemcpy(to, from, SIZE);
  EXPECT(copier_awaken(-1) == 0);
  if (is_served())
    EXPECT_SOON(!is_pending(to, SIZE));
  sleep_ms(20);
}

static void not_before_its_period(void) {
  EXPECT(set_copier_opt(COPIER_OPT_LAZY_PERIOD, ever) == 0);
  fill(a, SIZE, 1);
  memset(b, 0, SIZE);
  EXPECT(copy_lazily(b, a, SIZE) == 0);
  let_the_service_run();
  int waits = is_served() || copies_wait();
  EXPECT(is_pending(b, SIZE) == waits || copies_are_random());
  EXPECT(is_pending(a, SIZE) == waits || copies_are_random());
  csync(b + 5000, 1);
  EXPECT(b[5000] == byte_of(5000, 1));
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 1));
}

static void after_its_period(void) {
  EXPECT(set_copier_opt(COPIER_OPT_LAZY_PERIOD, 30000000) == 0);
  for (unsigned i = 2; i != 5; ++i) {
    fill(a, SIZE, i);
    EXPECT(copy_lazily(b, a, SIZE) == 0);
    if (!copies_wait() && !copies_are_random())
      EXPECT_SOON(!is_pending(b, SIZE));
    csync(b, SIZE);
    EXPECT(is_filled(b, SIZE, i));
  }
}

/// What depends on it goes through it: c comes from a.
static void dependents_go_through(void) {
  EXPECT(set_copier_opt(COPIER_OPT_LAZY_PERIOD, ever) == 0);
  fill(a, SIZE, 5);
  memset(b, 0, SIZE);
  EXPECT(copy_lazily(b, a, SIZE) == 0);
  amemcpy(c, b, SIZE);
  if (backend_is("thread"))
    EXPECT_SOON(!is_pending(c, SIZE));
  csync(c, SIZE);
  EXPECT(is_filled(c, SIZE, 5));
  if (is_served())
    EXPECT(is_pending(b, SIZE));
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 5));
}

/// One that overwrites its source or destination cannot go before it.
static void later_writes_force_it(void) {
  fill(a, SIZE, 6);
  fill(c, SIZE, 7);
  EXPECT(copy_lazily(b, a, SIZE) == 0);
  amemcpy(a, c, SIZE);
  csync(a, SIZE);
  EXPECT(is_filled(a, SIZE, 7));
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 6));
  EXPECT(copy_lazily(b, a, SIZE) == 0);
  amemcpy(b + 100, a, 1000);
  csync_all();
  EXPECT(is_filled(b, 100, 7) && is_filled(b + 100, 1000, 7));
  EXPECT(is_filled_at(b + 1100, 1100, SIZE - 1100, 7));
}

/// The service sleeps when its reader, a csync's, is done, and hears of it only
/// because it looks again.
static void what_overwrites_it_goes_on_by_itself(void) {
  EXPECT(set_copier_opt(COPIER_OPT_LAZY_PERIOD, ever) == 0);
  fill(a, SIZE, 6);
  fill(c, SIZE, 7);
  EXPECT(copy_lazily(b, a, SIZE) == 0);
  amemcpy(a, c, SIZE);
  sleep_ms(50);
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 6));
  if (backend_is("thread"))
    EXPECT_SOON(!is_pending(a, SIZE));
  csync(a, SIZE);
  EXPECT(is_filled(a, SIZE, 7));
}

static void moved(void) {
  fill(a, SIZE, 8);
  EXPECT(_amemmove(a + 100000, a, 200000, -1, NULL, NULL, 0, COPIER_LAZY) == 0);
  let_the_service_run();
  csync(a, SIZE);
  EXPECT(is_filled(a, 100000, 8) && is_filled(a + 100000, 200000, 8));
}

static void aborted(void) {
  fill(a, SIZE, 9);
  EXPECT(copy_lazily(b, a, SIZE) == 0);
  copier_abort(b, SIZE);
  EXPECT(!is_pending(b, SIZE));
}

/// How often a thread of this process has gone to sleep.
static long sleeps(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nvcsw;
}

/// One that the service cannot make, for it would fault, is left to a csync;
/// meanwhile the service sleeps.
static void overdue_and_bad(void) {
  EXPECT(set_copier_opt(COPIER_OPT_LAZY_PERIOD, 1000000) == 0);
  char *bad = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // The adversary looks at a source when it is submitted.
  if (is_served())
    mprotect(bad, SIZE, PROT_NONE);
  EXPECT(copy_lazily(b, bad, SIZE) == 0);
  let_the_service_run();
  long before = sleeps();
  sleep_ms(500);
  EXPECT(sleeps() - before < 500);
  mprotect(bad, SIZE, PROT_READ | PROT_WRITE);
  csync(b, SIZE);
  munmap(bad, SIZE);
}

int main(void) {
  not_before_its_period();
  after_its_period();
  dependents_go_through();
  later_writes_force_it();
  what_overwrites_it_goes_on_by_itself();
  moved();
  aborted();
  overdue_and_bad();
  return finish();
}
