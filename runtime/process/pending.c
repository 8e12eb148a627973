//===- pending.c - The pending copies of this process -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How clients complete copies. Signals are blocked while they hold claims: a
// handler that csyncs would wait for the very thread that it interrupts.
//
//===----------------------------------------------------------------------===//

#include "process/pending.h"
#include "copier/entry_points.h"
#include "process/memory.h"
#include "process/stats.h"

#include <errno.h>
#include <immintrin.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

size_t __copier_pending;

struct copier_queue copier_pending_queue = {.pending = &__copier_pending};

static bool populate(copier_ticket ticket, const struct copier_task *task,
                     size_t offset, size_t n) {
  (void)ticket;
  return copier_memory_populate(task->dst + offset, task->src + offset, n);
}

static void copy(uintptr_t dst, uintptr_t src, size_t n) {
  memcpy((void *)dst, (const void *)src, n);
}

/// Waits a little: for a worker that is copying at first, for one that is
/// preempted later, and at last for one that a real-time thread keeps off. Very
/// long is a tenth of a second.
static bool relax(unsigned times) {
  if (times < 256)
    _mm_pause();
  else if (times < 4096)
    sched_yield();
  else
    nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
  return times > 4096 && times % 2048 == 0;
}

static _Thread_local struct copier_claim thread_claim;

static struct copier_claim *claim(void) { return &thread_claim; }

/// A thread that csyncs; or, if it must not fault, one that settles.
static struct copier_worker client(bool may_fault) {
  return (struct copier_worker){
      .forwards = false,
      .make_resident = may_fault ? NULL : populate,
      .copy = copy,
      .claim = claim,
      .relax = relax,
      .is_bad = copier_memory_is_bad,
      .clock = copier_stats_clock,
      .account = copier_stats_csync,
  };
}

/// Blocks all signals but those that a fault of this thread raises.
static void block_signals(sigset_t *saved) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  sigset_t set;
  sigfillset(&set);
  for (size_t i = 0; i != sizeof(faults) / sizeof(*faults); ++i)
    sigdelset(&set, faults[i]);
  pthread_sigmask(SIG_BLOCK, &set, saved);
}

static void complete(struct copier_range written, struct copier_range read,
                     bool may_fault) {
  struct copier_plan plan;
  if (!copier_plan_completion(&copier_pending_queue, written, read, &plan))
    return;
  int saved_errno = errno;
  sigset_t saved;
  block_signals(&saved);
  const struct copier_worker worker = client(may_fault);
  copier_complete(&copier_pending_queue, &plan, &worker);
  pthread_sigmask(SIG_SETMASK, &saved, NULL);
  errno = saved_errno;
}

static const struct copier_range everything = {0, UINTPTR_MAX};

void copier_pending_complete(struct copier_range written,
                             struct copier_range read) {
  complete(written, read, /*may_fault=*/true);
}

void copier_pending_complete_all(void) {
  complete(everything, COPIER_NO_RANGE, /*may_fault=*/true);
}

void copier_pending_settle(void) {
  complete(everything, COPIER_NO_RANGE, /*may_fault=*/false);
}
