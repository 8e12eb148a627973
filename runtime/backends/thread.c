//===- thread.c - The backend with a service thread ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_BACKEND=thread: one thread of the process, started by the first copy
// that is worth it, serves the queue from its old end. It polls for a moment,
// then sleeps on a futex that the next submission wakes. It takes page faults
// with madvise and never touches memory that this refuses: such a task is left
// to the thread that csyncs it, where the signal belongs.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"
#include "process/memory.h"
#include "process/pending.h"
#include "process/stats.h"
#include "process/threads.h"

#include <immintrin.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// How long the service polls before it sleeps: a few times what waking costs.
#define POLL_NANOSECONDS 20000

/// How much the service faults in at a time: one system call per range for many
/// segments.
#define POPULATE_BYTES ((size_t)256 * 1024)

enum { NOT_STARTED, STARTING, STARTED, FAILED };
static _Atomic int state;

/// 1 while the service sleeps or is about to; the futex.
static _Atomic int sleeping;

/// Has the main thread called pthread_exit?
static _Atomic bool main_ended;

/// How often the service then looks whether it is the last thread.
static const struct timespec last_thread_period = {.tv_nsec = 20000000};

//===----------------------------------------------------------------------===//
// The service. What is static here is its own.
//===----------------------------------------------------------------------===//

/// The bytes of the task of a ticket up to which memory is populated.
static struct {
  copier_ticket ticket_plus_one;
  size_t end;
} populated;

/// Per slot, ticket + 1 of a task that the service must leave alone.
static copier_ticket refused[COPIER_QUEUE_SLOTS];

static bool populate(copier_ticket ticket, const struct copier_task *task,
                     size_t offset, size_t n) {
  if (populated.ticket_plus_one == ticket + 1 && offset + n <= populated.end)
    return true;
  size_t rest = task->size - offset;
  size_t chunk = n > POPULATE_BYTES ? n : POPULATE_BYTES;
  if (chunk > rest)
    chunk = rest;
  if (!copier_memory_populate(task->dst + offset, task->src + offset, chunk))
    return false;
  populated.ticket_plus_one = ticket + 1;
  populated.end = offset + chunk;
  return true;
}

static void copy(uintptr_t dst, uintptr_t src, size_t n) {
  memcpy((void *)dst, (const void *)src, n);
}

static struct copier_claim *claim(void) {
  static struct copier_claim services;
  return &services;
}

static uint64_t no_clock(void) { return 0; }

/// It never waits for others' copies.
static const struct copier_worker service = {
    .forwards = true,
    .make_resident = populate,
    .copy = copy,
    .claim = claim,
    .clock = no_clock,
    .account = copier_stats_service,
};

/// Goes once through the queue; false if there was nothing to do.
static bool serve_all(void) {
  bool worked = false;
  struct copier_tickets tickets = copier_queue_tickets(&copier_pending_queue);
  for (copier_ticket ticket = tickets.first; ticket != tickets.past; ++ticket) {
    copier_ticket *refusal = &refused[ticket % COPIER_QUEUE_SLOTS];
    if (*refusal == ticket + 1)
      continue;
    bool stuck;
    worked |= copier_serve(&copier_pending_queue, ticket, &service, &stuck);
    if (stuck)
      *refusal = ticket + 1;
  }
  return worked;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/// Serves until nothing has been there for a while.
static void poll_queue(void) {
  uint64_t idle_since = now();
  while (now() - idle_since < POLL_NANOSECONDS) {
    if (serve_all())
      idle_since = now();
    for (int i = 0; i < 16; ++i)
      _mm_pause();
  }
}

/// Sleeps until there may be something to do.
static void sleep_service(void) {
  const struct timespec *limit = main_ended ? &last_thread_period : NULL;
  syscall(SYS_futex, &sleeping, FUTEX_WAIT_PRIVATE, 1, limit, NULL, 0);
  // As libc does in the last thread.
  if (main_ended && copier_is_last_thread())
    exit(0);
}

static void *run_service(void *unused) {
  (void)unused;
  for (;;) {
    poll_queue();
    atomic_store(&sleeping, 1);
    // Either this sees the submission or the submitter sees `sleeping`: both
    // are sequentially consistent, with a fence on the submitter's side.
    atomic_thread_fence(memory_order_seq_cst);
    while (!serve_all() && atomic_load(&sleeping))
      sleep_service();
    atomic_store(&sleeping, 0);
  }
  return NULL;
}

//===----------------------------------------------------------------------===//
// The clients' side
//===----------------------------------------------------------------------===//

/// Creates the thread with all signals blocked: the program's handlers run in
/// the program's threads.
static bool create_service(void) {
  sigset_t all;
  sigset_t saved;
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes) != 0)
    return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &saved);
  int error = pthread_create(&thread, &attributes, run_service, NULL);
  pthread_sigmask(SIG_SETMASK, &saved, NULL);
  pthread_attr_destroy(&attributes);
  if (error)
    return false;
  pthread_setname_np(thread, "copier");
  return true;
}

/// Is the service there? The first call starts it; a copy made while that goes
/// on, by another thread or by pthread_create itself, does without.
static bool is_served(void) {
  int seen = atomic_load_explicit(&state, memory_order_acquire);
  if (seen == NOT_STARTED &&
      atomic_compare_exchange_strong(&state, &seen, STARTING)) {
    seen = create_service() ? STARTED : FAILED;
    atomic_store_explicit(&state, seen, memory_order_release);
  }
  return seen == STARTED;
}

static void wake(void) {
  atomic_thread_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&sleeping, memory_order_relaxed) &&
      atomic_exchange(&sleeping, 0))
    syscall(SYS_futex, &sleeping, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static bool submit(const struct copier_task *task) {
  if (!is_served())
    return false;
  if (!copier_queue_push(&copier_pending_queue, task)) {
    copier_stats_count(&copier_stats_totals.queue_full);
    return false;
  }
  wake();
  return true;
}

/// The child has no service thread yet; what is pending is the child's own.
static void after_fork(void) {
  atomic_store(&sleeping, 0);
  atomic_store(&main_ended, false);
  memset(&populated, 0, sizeof(populated));
  memset(refused, 0, sizeof(refused));
  atomic_store(&state, NOT_STARTED);
}

static void end_main_thread(void) {
  atomic_store(&main_ended, true);
  wake();
}

const struct copier_backend copier_thread_backend = {
    .name = "thread",
    .min_size = 16384,
    .segment_shift = 14,
    .submit = submit,
    .after_fork = after_fork,
    .end_main_thread = end_main_thread,
};
