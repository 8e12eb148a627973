//===- signal-in-counted-copy.c - A signal in amemcpy with a descriptor -===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A timer interrupts copies into bound memory, which its descriptor counts; its
// handler csyncs them. It must not wait for what the amemcpy that it interrupts
// has counted, but not yet submitted.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE // memfd_create

#include "Inputs/expect.h"
#include "Inputs/shared.h"

#include <signal.h>

enum { SIZE = 1000, TICKS = 3000 };
static struct shared shared;
static char source[SIZE];
static volatile sig_atomic_t ticks;

static void on_tick(int number) {
  (void)number;
  ++ticks;
  csync(shared.data, SIZE);
}

int main(void) {
  alarm(100);
  fill(source, SIZE, 1);
  EXPECT(shared_create(&shared, SIZE) == 0);
  EXPECT(shared_bind(&shared, SIZE) == 0);
  signal(SIGUSR1, on_tick);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                           .sigev_signo = SIGUSR1};
  EXPECT(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
  const struct itimerspec often = {{0, 50000}, {0, 50000}};
  timer_settime(timer, 0, &often, NULL);
  while (ticks < TICKS)
    amemcpy(shared.data, source, SIZE);
  csync(shared.data, SIZE);
  EXPECT(is_filled(shared.data, SIZE, 1));
  return finish();
}
