//===- cancellation.c - A thread is cancelled while it csyncs -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Asynchronously, at any moment: others can then complete what it was copying,
// and each function of a copy runs all the same. And not at all in a csync where
// cancellation is deferred: that is no point of cancellation, even if it has to
// wait for other threads.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=1 COPIER_SEGMENT=65536 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { SIZE = 1 << 20, ROUNDS = 200 };
static char source[SIZE], destination[SIZE];
static _Atomic int is_syncing, runs;

static void count(void *unused) {
  (void)unused;
  ++runs;
}

/// amemcpy itself may not be cancelled asynchronously: it is made by main.
static void *sync_cancellably(void *unused) {
  (void)unused;
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
  is_syncing = 1;
  csync(destination, SIZE);
  // Not to be left before it is cancelled.
  for (;;)
    csync_all();
}

static void cancelled_asynchronously(void) {
  for (int i = 0; i != ROUNDS; ++i) {
    const struct copier_func func = {count, NULL, COPIER_KFUNC};
    pthread_t thread;
    memset(source, i + 1, SIZE);
    is_syncing = 0;
    _amemcpy(destination, source, SIZE, -1, &func, NULL, 0, 0);
    EXPECT(pthread_create(&thread, NULL, sync_cancellably, NULL) == 0);
    while (!is_syncing)
      sched_yield();
    for (int spin = 0; spin != i * 200; ++spin)
      atomic_signal_fence(memory_order_seq_cst);
    pthread_cancel(thread);
    csync(destination + SIZE / 2, 1);
    csync(destination, SIZE);
    EXPECT(memcmp(source, destination, SIZE) == 0);
    pthread_join(thread, NULL);
  }
  csync_all();
  EXPECT_SOON(runs == ROUNDS);
}

static _Atomic int finished;

static void *sync_with_cancel_pending(void *unused) {
  pthread_cancel(pthread_self());
  csync(destination, SIZE);
  csync_all();
  ++finished;
  return unused;
}

static void no_point_of_cancellation(void) {
  enum { THREADS = 4 };
  for (int i = 0; i != 50; ++i) {
    pthread_t threads[THREADS];
    amemcpy(destination, source, SIZE);
    finished = 0;
    for (int t = 0; t != THREADS; ++t)
      pthread_create(&threads[t], NULL, sync_with_cancel_pending, NULL);
    for (int t = 0; t != THREADS; ++t)
      pthread_join(threads[t], NULL);
    EXPECT(finished == THREADS);
  }
}

int main(void) {
  alarm(100);
  no_point_of_cancellation();
  cancelled_asynchronously();
  return finish();
}
