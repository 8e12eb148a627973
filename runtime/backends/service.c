//===- service.c - The service threads of this process --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each thread polls all queues, for a moment after its last copy; then it
// yields for a while, and then sleeps on a futex that the next submission
// wakes. The first one measures the load and has others come and go
// (auto-scaling; paper, section 4.5.1).
//
//===----------------------------------------------------------------------===//

#include "backends/service.h"
#include "backends/placement.h"
#include "backends/service_worker.h"
#include "process/options.h"
#include "process/soft_dma.h"
#include "process/threads.h"

#include <errno.h>
#include <immintrin.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/// How long a thread polls after its last copy: a few times what waking it
/// costs. Then it yields: for as long again, or, where copies follow each other
/// within MOST_YIELD_NANOSECONDS, for some times longer than they are apart.
#define POLL_NANOSECONDS 20000
#define YIELD_NANOSECONDS 50000
#define MOST_YIELD_NANOSECONDS 5000000

/// The load is measured over this long; so many such times in a row above or
/// below the bounds count.
#define LOAD_NANOSECONDS 5000000
#define LOAD_TIMES 3

/// How often the last thread but the main one looks whether it is that.
#define LAST_THREAD_NANOSECONDS 20000000

enum { NOT_STARTED, STARTING, STARTED, FAILED };
static _Atomic int state;

/// How many threads are to be awake, and how many there are.
static _Atomic unsigned active;
static _Atomic unsigned created;

struct sleeper {
  _Alignas(64) _Atomic int flag; ///< 1: it sleeps, or is about to. Its futex.
};

static struct sleeper sleeping[COPIER_MAX_SERVICES];

/// The kernel has no membarrier: submitters must have a fence of their own.
static bool needs_fence;

/// Has the main thread called pthread_exit?
static _Atomic bool main_ended;

static bool create_thread(unsigned number);

//===----------------------------------------------------------------------===//
// Sleeping
//===----------------------------------------------------------------------===//

/// Makes sure that either the submitters see `sleeping` or this sees what they
/// have submitted.
static void fence_all(void) {
  if (needs_fence)
    atomic_thread_fence(memory_order_seq_cst);
  else
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static void wait_on(_Atomic int *flag, uint64_t nanoseconds) {
  struct timespec limit = {
      .tv_sec = (time_t)(nanoseconds / 1000000000),
      .tv_nsec = (long)(nanoseconds % 1000000000),
  };
  syscall(SYS_futex, flag, FUTEX_WAIT_PRIVATE, 1,
          nanoseconds == COPIER_NEVER ? NULL : &limit, NULL, 0);
}

static void wake_thread(unsigned number) {
  _Atomic int *flag = &sleeping[number].flag;
  if (!atomic_load_explicit(flag, memory_order_relaxed) ||
      !atomic_exchange(flag, 0))
    return;
  int saved_errno = errno;
  syscall(SYS_futex, flag, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  errno = saved_errno;
}

/// How long the thread may sleep if nobody wakes it, having tried everything at
/// \p tried.
static uint64_t longest_sleep(uint64_t tried) {
  uint64_t longest = copier_service_next_due(tried);
  if (main_ended && longest > LAST_THREAD_NANOSECONDS)
    longest = LAST_THREAD_NANOSECONDS;
  return longest;
}

/// Sleeps until there may be something to do.
static void sleep_service(unsigned number) {
  _Atomic int *flag = &sleeping[number].flag;
  atomic_store(flag, 1);
  fence_all();
  for (;;) {
    uint64_t tried = copier_service_clock();
    if (copier_service_work() || !atomic_load(flag))
      break;
    wait_on(flag, longest_sleep(tried));
    // As libc does in the last thread.
    if (main_ended &&
        copier_is_last_thread(created + copier_soft_dma_threads()))
      exit(0);
  }
  atomic_store(flag, 0);
}

/// Sleeps until the thread is to be active.
static void rest(unsigned number) {
  _Atomic int *flag = &sleeping[number].flag;
  while (number >= atomic_load(&active)) {
    atomic_store(flag, 1);
    if (number >= atomic_load(&active))
      wait_on(flag, COPIER_NEVER);
    atomic_store(flag, 0);
  }
}

//===----------------------------------------------------------------------===//
// Load
//===----------------------------------------------------------------------===//

/// Of the first thread.
static struct {
  uint64_t since; ///< When the measurement began.
  uint64_t busy;  ///< Nanoseconds of it with something to do.
  /// Times in a row above the upper bound, or below the lower one if negative.
  int above;
} load;

static unsigned most_threads(void) {
  unsigned long most = copier_option(COPIER_OPT_MAX_THREADS);
  if (!most)
    most = (copier_placement_cpus() + 3) / 4;
  return most < COPIER_MAX_SERVICES ? (unsigned)most : COPIER_MAX_SERVICES;
}

/// Has one more thread work, or one less.
static void scale(int by) {
  unsigned now = active;
  if (by > 0 && now < most_threads()) {
    if (now < created || create_thread(now)) {
      atomic_store(&active, now + 1);
      wake_thread(now);
    }
  } else if (by < 0 && now > 1) {
    atomic_store(&active, now - 1);
  }
}

/// Adds to the load, and every now and then draws the conclusion.
static void note_load(uint64_t now, uint64_t busy) {
  load.busy += busy;
  if (now - load.since < LOAD_NANOSECONDS)
    return;
  uint64_t percent = load.busy * 100 / (now - load.since);
  if (percent > copier_option(COPIER_OPT_HIGH_LOAD))
    load.above = load.above > 0 ? load.above + 1 : 1;
  else if (percent < copier_option(COPIER_OPT_LOW_LOAD))
    load.above = load.above < 0 ? load.above - 1 : -1;
  else
    load.above = 0;
  if (abs(load.above) == LOAD_TIMES) {
    scale(load.above);
    load.above = 0;
  }
  load.since = now;
  load.busy = 0;
}

//===----------------------------------------------------------------------===//
// The threads
//===----------------------------------------------------------------------===//

/// How long a thread yields: four times what the copies were apart lately.
struct patience {
  uint64_t gap; ///< An average.
  uint64_t last_work;
};

static void note_work(struct patience *patience, uint64_t now) {
  uint64_t gap = now - patience->last_work;
  if (gap > MOST_YIELD_NANOSECONDS)
    gap = MOST_YIELD_NANOSECONDS;
  patience->gap = (7 * patience->gap + gap) / 8;
  patience->last_work = now;
}

static uint64_t longest_idle(const struct patience *patience) {
  uint64_t yields = 4 * patience->gap;
  if (yields < YIELD_NANOSECONDS || yields > MOST_YIELD_NANOSECONDS)
    yields = YIELD_NANOSECONDS;
  return POLL_NANOSECONDS + yields;
}

static bool is_scenario(void) {
  return copier_option(COPIER_OPT_POLLING) == COPIER_POLLING_SCENARIO;
}

/// Works until there has been nothing to do for a while.
static void poll_queues(unsigned number, struct patience *patience) {
  uint64_t now = copier_service_clock();
  uint64_t idle_since = now;
  while (number < atomic_load_explicit(&active, memory_order_relaxed)) {
    bool worked = copier_service_work();
    uint64_t before = now;
    now = copier_service_clock();
    if (number == 0)
      note_load(now, worked ? now - before : 0);
    uint64_t idle = now - idle_since;
    if (worked) {
      note_work(patience, before);
      idle_since = now;
    } else if (is_scenario() || idle >= longest_idle(patience)) {
      return;
    } else if (idle >= POLL_NANOSECONDS) {
      sched_yield();
    } else {
      for (int i = 0; i < 8; ++i)
        _mm_pause();
    }
  }
}

static void *run_service(void *number_as_pointer) {
  unsigned number = (unsigned)(uintptr_t)number_as_pointer;
  copier_service_begin_thread(number);
  struct patience patience = {.gap = MOST_YIELD_NANOSECONDS};
  for (;;) {
    if (number != 0)
      rest(number);
    poll_queues(number, &patience);
    if (number < atomic_load(&active))
      sleep_service(number);
  }
  return NULL;
}

/// Creates a thread with all signals blocked: the program's handlers run in the
/// program's threads.
static bool create_thread(unsigned number) {
  sigset_t all;
  sigset_t saved;
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes) != 0)
    return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  copier_placement_apply(&attributes);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &saved);
  int error = pthread_create(&thread, &attributes, run_service,
                             (void *)(uintptr_t)number);
  pthread_sigmask(SIG_SETMASK, &saved, NULL);
  pthread_attr_destroy(&attributes);
  if (error)
    return false;
  pthread_setname_np(thread, "copier");
  ++created;
  return true;
}

static bool start(void) {
  needs_fence = syscall(SYS_membarrier,
                        MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0;
  active = 1;
  return create_thread(0);
}

//===----------------------------------------------------------------------===//
// For clients
//===----------------------------------------------------------------------===//

bool copier_service_is_there(void) {
  int seen = atomic_load_explicit(&state, memory_order_acquire);
  if (seen == NOT_STARTED &&
      atomic_compare_exchange_strong(&state, &seen, STARTING)) {
    int saved_errno = errno;
    seen = start() ? STARTED : FAILED;
    errno = saved_errno;
    atomic_store_explicit(&state, seen, memory_order_release);
  }
  return seen == STARTED;
}

bool copier_service_is_asleep(void) {
  return atomic_load_explicit(&sleeping[0].flag, memory_order_relaxed);
}

void copier_service_wake(void) {
  if (needs_fence)
    atomic_thread_fence(memory_order_seq_cst);
  else
    atomic_signal_fence(memory_order_seq_cst);
  unsigned count = atomic_load_explicit(&active, memory_order_relaxed);
  for (unsigned i = 0; i != count; ++i)
    wake_thread(i);
}

void copier_service_after_fork(void) {
  for (unsigned i = 0; i != COPIER_MAX_SERVICES; ++i)
    sleeping[i].flag = 0;
  main_ended = false;
  active = created = 0;
  state = NOT_STARTED;
}

void copier_service_end_main_thread(void) {
  atomic_store(&main_ended, true);
  if (state == STARTED)
    copier_service_wake();
}
