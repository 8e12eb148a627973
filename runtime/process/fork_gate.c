//===- fork_gate.c - What a fork must not find half done ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A count of who is inside and one of who forks, each written before the other
// is read.
//
//===----------------------------------------------------------------------===//

#include "process/fork_gate.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

/// How often a fork looks, and how long it waits in between.
#define MOST_WAITS 2000
#define WAIT_NANOSECONDS 50000

static _Atomic unsigned inside;
static _Atomic unsigned forks;

/// How deep this thread is inside. One that forks is, too: what it does in the
/// meantime, as in a signal handler, is no other thread's.
static _Thread_local unsigned depth;

void copier_fork_gate_enter(void) {
  // First, so that a signal handler in between does not wait for this thread.
  bool is_outermost = depth++ == 0;
  atomic_fetch_add(&inside, 1);
  while (is_outermost && atomic_load(&forks)) {
    atomic_fetch_sub(&inside, 1);
    while (atomic_load(&forks))
      sched_yield();
    atomic_fetch_add(&inside, 1);
  }
}

void copier_fork_gate_leave(void) {
  atomic_fetch_sub(&inside, 1);
  --depth;
}

void copier_fork_gate_close(void) {
  ++depth;
  atomic_fetch_add(&forks, 1);
  for (unsigned i = 0; atomic_load(&inside) && i != MOST_WAITS; ++i)
    if (i < MOST_WAITS / 4)
      sched_yield();
    else
      nanosleep(&(struct timespec){.tv_nsec = WAIT_NANOSECONDS}, NULL);
}

void copier_fork_gate_open(void) {
  atomic_fetch_sub(&forks, 1);
  --depth;
}

void copier_fork_gate_after_fork(void) {
  inside = 0;
  forks = 0;
  depth = 0;
}
