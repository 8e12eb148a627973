//===- jobs.c - What an amemcpy leaves to do when it is complete --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pool is a list of free jobs, with a count in its head against reuse; the
// Handler Queues are lists of jobs, so that they are never full. A job with a
// function counts as pending elsewhere until that has run.
//
//===----------------------------------------------------------------------===//

#include "process/jobs.h"
#include "process/clients.h"
#include "process/descr.h"
#include "process/fork_gate.h"
#include "process/options.h"
#include "process/seam.h"

#include <time.h>

#define JOBS 1024

/// A cookie's lowest bit says that it is a job.
#define JOB_TAG ((uintptr_t)1)

static struct copier_job jobs[JOBS];

/// How many jobs have been taken from the array; the others are in the list.
static _Atomic uint32_t jobs_used;

/// Number + 1 of the first free job in the lower half, 0: none; a count above.
static _Atomic uint64_t free_list;

//===----------------------------------------------------------------------===//
// The pool
//===----------------------------------------------------------------------===//

static struct copier_job *take_free(void) {
  uint64_t head = atomic_load_explicit(&free_list, memory_order_acquire);
  struct copier_job *job;
  uint64_t next;
  do {
    if (!(uint32_t)head)
      return NULL;
    job = &jobs[(uint32_t)head - 1];
    next = ((head >> 32) + 1) << 32 |
           atomic_load_explicit(&job->next, memory_order_relaxed);
  } while (!atomic_compare_exchange_weak_explicit(
      &free_list, &head, next, memory_order_acquire, memory_order_acquire));
  return job;
}

static struct copier_job *take_fresh(void) {
  if (atomic_load_explicit(&jobs_used, memory_order_relaxed) >= JOBS)
    return NULL;
  uint32_t at = atomic_fetch_add_explicit(&jobs_used, 1, memory_order_relaxed);
  return at < JOBS ? &jobs[at] : NULL;
}

/// What this thread holds.
static _Thread_local struct copier_job *held;

void copier_jobs_end_thread(void) {
  if (held)
    copier_job_release(held);
}

struct copier_job *copier_job_new(struct copier_record *record) {
  copier_jobs_end_thread(); // A jump out of its making has left it.
  struct copier_job *job = take_free();
  if (!job)
    job = take_fresh();
  if (!job)
    return NULL;
  job->func = (struct copier_func){0};
  // Publishing the task orders these.
  atomic_store_explicit(&job->record, record, memory_order_relaxed);
  atomic_store_explicit(&job->descr, NULL, memory_order_relaxed);
  atomic_store_explicit(&job->due, 0, memory_order_relaxed);
  atomic_store_explicit(&job->parts_left, 1, memory_order_relaxed);
  held = job;
  return job;
}

void copier_job_set_descr(struct copier_job *job, struct copier_descr *descr,
                          uintptr_t start) {
  atomic_store_explicit(&job->descr, descr, memory_order_relaxed);
  atomic_store_explicit(&job->descr_start, start, memory_order_relaxed);
}

bool copier_job_has_descr(const struct copier_job *job,
                          const struct copier_descr *descr, uintptr_t start) {
  return job->descr == descr && job->descr_start == start;
}

void copier_job_set_lazy(struct copier_job *job) {
  atomic_store_explicit(
      &job->due, copier_jobs_clock() + copier_option(COPIER_OPT_LAZY_PERIOD),
      memory_order_relaxed);
}

void copier_job_set_func(struct copier_job *job, const struct copier_func *func,
                         struct copier_piece whole) {
  job->func = *func;
  job->whole = whole;
  copier_pending_elsewhere_add(1);
}

static void free_job(struct copier_job *job) {
  uint32_t number = (uint32_t)(job - jobs) + 1;
  uint64_t head = atomic_load_explicit(&free_list, memory_order_relaxed);
  uint64_t next;
  do {
    atomic_store_explicit(&job->next, (uint32_t)head, memory_order_relaxed);
    next = ((head >> 32) + 1) << 32 | number;
  } while (!atomic_compare_exchange_weak_explicit(
      &free_list, &head, next, memory_order_release, memory_order_relaxed));
}

void *copier_cookie(struct copier_job *job, struct copier_record *record) {
  return job ? (void *)((uintptr_t)job | JOB_TAG) : record;
}

struct copier_job *copier_job_of(const struct copier_task *task) {
  uintptr_t cookie = (uintptr_t)task->cookie;
  return cookie & JOB_TAG ? (struct copier_job *)(cookie & ~JOB_TAG) : NULL;
}

struct copier_record *copier_record_of(const struct copier_task *task) {
  struct copier_job *job = copier_job_of(task);
  return job ? job->record : task->cookie;
}

//===----------------------------------------------------------------------===//
// Handler Queues
//===----------------------------------------------------------------------===//

/// By kind, number + 1 of the latest job whose function is to be run; `next`
/// leads to older ones. Whoever runs them takes all.
static _Atomic uint32_t handlers[2];

static void put_handler(struct copier_job *job) {
  _Atomic uint32_t *queue = &handlers[job->func.kind];
  uint32_t latest = atomic_load_explicit(queue, memory_order_relaxed);
  do
    atomic_store_explicit(&job->next, latest, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(
      queue, &latest, (uint32_t)(job - jobs) + 1, memory_order_release,
      memory_order_relaxed));
}

/// Takes all handlers of a kind; returns the oldest, from which `next` leads to
/// younger ones.
static uint32_t take_handlers(int kind) {
  uint32_t oldest = 0;
  uint32_t number =
      atomic_exchange_explicit(&handlers[kind], 0, memory_order_acquire);
  while (number) {
    struct copier_job *job = &jobs[number - 1];
    uint32_t older = atomic_load_explicit(&job->next, memory_order_relaxed);
    atomic_store_explicit(&job->next, oldest, memory_order_relaxed);
    oldest = number;
    number = older;
  }
  return oldest;
}

static void run(const struct copier_func *func,
                const struct copier_piece *whole) {
  // It may make copies with jobs, in the middle of the making of one.
  struct copier_job *outer = held;
  held = NULL;
  copier_seam_func(whole);
  func->run(func->argument);
  held = outer;
}

unsigned copier_jobs_run(int kind) {
  if (!atomic_load_explicit(&handlers[kind], memory_order_relaxed))
    return 0;
  unsigned count = 0;
  for (uint32_t number = take_handlers(kind); number; ++count) {
    struct copier_job *job = &jobs[number - 1];
    number = atomic_load_explicit(&job->next, memory_order_relaxed);
    struct copier_func func = job->func;
    struct copier_piece whole = job->whole;
    free_job(job);
    run(&func, &whole);
    copier_pending_elsewhere_remove(1);
  }
  return count;
}

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

static uint32_t segments_of(const struct copier_task *tasks, unsigned count) {
  uint32_t segments = 0;
  for (unsigned i = 0; i != count; ++i)
    segments += (uint32_t)__builtin_popcount(copier_task_segments(&tasks[i]));
  return segments;
}

void copier_jobs_count(const struct copier_task *tasks, unsigned count) {
  struct copier_job *job = copier_job_of(tasks);
  if (!job)
    return;
  atomic_fetch_add_explicit(&job->parts_left, segments_of(tasks, count),
                            memory_order_relaxed);
  for (unsigned i = 0; job->descr && i != count; ++i)
    copier_descr_count(job->descr, job->descr_start, &tasks[i]);
}

void copier_jobs_uncount(const struct copier_task *tasks, unsigned count) {
  struct copier_job *job = copier_job_of(tasks);
  if (!job)
    return;
  atomic_fetch_sub_explicit(&job->parts_left, segments_of(tasks, count),
                            memory_order_relaxed);
  for (unsigned i = 0; job->descr && i != count; ++i)
    copier_descr_uncount(job->descr, job->descr_start, &tasks[i]);
}

/// Notes that a part of the job is done; true if it was the last one.
static bool finish_part(struct copier_job *job) {
  // Acquire and release: the function comes after all parts.
  if (atomic_fetch_sub_explicit(&job->parts_left, 1, memory_order_acq_rel) != 1)
    return false;
  if (job->func.run)
    put_handler(job);
  else
    free_job(job);
  return true;
}

void copier_jobs_begin_finish(const struct copier_task *task) {
  if (copier_job_of(task))
    copier_fork_gate_enter();
}

void copier_jobs_end_finish(const struct copier_task *task) {
  if (copier_job_of(task))
    copier_fork_gate_leave();
}

void copier_jobs_finished(const struct copier_task *task, unsigned index) {
  copier_seam_complete(task, index);
  struct copier_job *job = copier_job_of(task);
  if (!job)
    return;
  if (job->descr)
    copier_descr_finished(job->descr, job->descr_start, task, index);
  finish_part(job);
}

void copier_job_release(struct copier_job *job) {
  held = NULL;
  if (finish_part(job))
    copier_jobs_run(COPIER_KFUNC);
}

uint64_t copier_jobs_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

bool copier_jobs_is_due(const struct copier_task *task) {
  const struct copier_job *job = copier_job_of(task);
  return !job || copier_jobs_clock() >= job->due;
}

void copier_jobs_post(const struct copier_func *func,
                      const struct copier_piece *whole) {
  struct copier_job *job = copier_job_new(NULL);
  if (!job) {
    // More functions wait than there is room for: their turn has come.
    copier_jobs_run(func->kind);
    run(func, whole);
    return;
  }
  copier_job_set_func(job, func, *whole);
  copier_job_release(job);
}
