//===- submit.c - From a copy to tasks in a queue ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The common case, a copy of one task in the queue that the thread used last,
// goes straight through; everything else is out of line.
//
//===----------------------------------------------------------------------===//

#include "client/submit.h"
#include "client/config.h"
#include "client/lifecycle.h"
#include "process/descr.h"
#include "process/fork_gate.h"
#include "process/pending.h"
#include "process/policy.h"
#include "process/seam.h"
#include "process/section.h"
#include "process/units.h"

#include <errno.h>
#include <string.h>

/// A copy becomes this many tasks at most, of which the segments grow beyond
/// COPIER_MAX_SEGMENT_SHIFT if need be.
#define MAX_TASKS 64

/// Of a copy whose head is made at once, that is this part.
#define HEAD_FRACTION 4

/// An overlapping copy is split in this many at most.
#define MAX_MOVES 8

/// The queue that this thread has used last, and by their numbers, the others
/// in which copies of it may be pending.
static _Thread_local const struct copier_client *last_client;
static _Thread_local uint64_t other_clients;

_Static_assert(COPIER_MAX_CLIENTS <= 64, "other_clients has a bit for each");

static struct copier_range written_by(const struct copier_request *request) {
  return copier_range_of(request->dst, request->n);
}

static struct copier_range read_by(const struct copier_request *request) {
  return copier_range_of(request->src, request->n);
}

/// Is anything pending that must come before the copy?
static bool is_preceded(const struct copier_request *request) {
  uint64_t word = __atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
  return (uint32_t)word &&
         !(copier_is_elsewhere(word, (void *)request->dst, request->n) &&
           copier_is_elsewhere(word, (void *)request->src, request->n));
}

/// Copies before returning, after what must come first.
static void copy_now(const struct copier_request *request) {
  if (is_preceded(request))
    copier_pending_complete(written_by(request), read_by(request));
  if (request->n >= COPIER_BEYOND_CACHES &&
      !copier_ranges_meet(written_by(request), read_by(request)))
    copier_cpu_unit->copy((void *)request->dst, (const void *)request->src,
                          request->n);
  else
    memmove((void *)request->dst, (const void *)request->src, request->n);
  copier_seam_copied_now(request->dst, request->src, request->n);
}

static void change_queue(const struct copier_client *client) {
  if (last_client)
    other_clients |= (uint64_t)1 << copier_client_number(last_client);
  other_clients &= ~((uint64_t)1 << copier_client_number(client));
  last_client = client;
}

/// Keeps the order of a thread's copies when they are in several queues: what
/// the new one must come after is completed. (Order dependency; paper,
/// section 4.2.1. Barriers tell it within a client; between clients, of which
/// the service may serve each in another thread, there is nobody to keep it.)
static void keep_order(const struct copier_request *request) {
  for (uint64_t left = other_clients; left; left &= left - 1) {
    unsigned number = (unsigned)__builtin_ctzll(left);
    const struct copier_client *client = copier_client_at(number);
    copier_pending_complete_of(client, written_by(request), read_by(request));
    if (!copier_queue_pending(client->queue))
      other_clients &= ~((uint64_t)1 << number);
  }
}

static struct copier_task task_of(const struct copier_request *request,
                                  void *cookie, unsigned shift) {
  return (struct copier_task){
      .dst = request->dst,
      .src = request->src,
      .size = request->n,
      .segment_shift = shift,
      .flags = request->flags,
      .cookie = cookie,
  };
}

static bool push_or_count_full(struct copier_client *client,
                               const struct copier_task *tasks,
                               unsigned count) {
  if (copier_config.backend->submit(client, tasks, count))
    return true;
  copier_stats_count(&copier_stats_totals.queue_full);
  return false;
}

/// Counts a copy with a job and submits it; no fork comes in between.
static bool push_counted(struct copier_client *client,
                         const struct copier_task *tasks, unsigned count) {
  copier_fork_gate_enter();
  copier_jobs_count(tasks, count);
  bool is_taken = push_or_count_full(client, tasks, count);
  if (!is_taken)
    copier_jobs_uncount(tasks, count);
  copier_fork_gate_leave();
  return is_taken;
}

/// Nor does a signal, whose handler might wait for what the descriptor counts.
static bool push_with_descr(struct copier_client *client,
                            const struct copier_task *tasks, unsigned count) {
  uint64_t mask = copier_section_block_signals();
  bool is_taken = push_counted(client, tasks, count);
  copier_section_restore_signals(mask);
  return is_taken;
}

static bool push(struct copier_client *client, const struct copier_task *tasks,
                 unsigned count) {
  const struct copier_backend *backend = copier_config.backend;
  if (backend->prepare)
    backend->prepare(client, tasks, count);
  const struct copier_job *job = copier_job_of(tasks);
  bool is_taken = !job         ? push_or_count_full(client, tasks, count)
                  : job->descr ? push_with_descr(client, tasks, count)
                               : push_counted(client, tasks, count);
  if (is_taken && backend->submitted)
    backend->submitted(client, tasks, count);
  return is_taken;
}

/// Submits a copy that is too long for one task.
static bool push_parts(const struct copier_request *request, void *cookie) {
  struct copier_task tasks[MAX_TASKS];
  unsigned shift = copier_config.segment_shift > COPIER_MAX_SEGMENT_SHIFT
                       ? copier_config.segment_shift
                       : COPIER_MAX_SEGMENT_SHIFT;
  while ((request->n - 1) >> shift >= (size_t)COPIER_MAX_SEGMENTS * MAX_TASKS)
    ++shift;
  size_t part = (size_t)COPIER_MAX_SEGMENTS << shift;
  unsigned count = 0;
  for (size_t offset = 0; offset < request->n; offset += part) {
    size_t rest = request->n - offset;
    tasks[count] = task_of(request, cookie, shift);
    tasks[count].dst += offset;
    tasks[count].src += offset;
    tasks[count].size = rest < part ? rest : part;
    if (rest > part)
      tasks[count].flags |= COPIER_TASK_CONTINUES;
    ++count;
  }
  return push(request->client, tasks, count);
}

static bool push_request(const struct copier_request *request) {
  void *cookie = copier_cookie(request->job, request->record);
  unsigned shift =
      copier_segment_shift(request->n, copier_config.segment_shift);
  if (shift > COPIER_MAX_SEGMENT_SHIFT && shift > copier_config.segment_shift)
    return push_parts(request, cookie);
  struct copier_task task = task_of(request, cookie, shift);
  return push(request->client, &task, 1);
}

/// Can a copy into bound memory, which \p descr with its offset 0 at \p start
/// counts, be made later? The other process can wait for it, but not make it.
static bool can_wait(const struct copier_request *request,
                     const struct copier_descr *descr, uintptr_t start) {
  const struct copier_job *job = request->job;
  return copier_config.backend->takes_note &&
         (!job || !job->descr || copier_job_has_descr(job, descr, start));
}

/// Has a copy into bound memory counted by the descriptor there. What other
/// processes are copying into what this one reads or writes comes first: no
/// queue of theirs knows of it. False if the copy is to be made at once.
static bool bind_job(struct copier_request *request) {
  if (!copier_descr_any_bound())
    return true;
  if (!copier_descr_is_bound_ready(written_by(request)) ||
      !copier_descr_is_bound_ready(read_by(request)))
    copier_pending_complete(written_by(request), read_by(request));
  uintptr_t start;
  struct copier_descr *descr = copier_descr_bound(written_by(request), &start);
  if (!descr)
    return !copier_descr_touches_bound(written_by(request));
  if (!can_wait(request, descr, start) ||
      (!request->job && !(request->job = copier_job_new(request->record))))
    return false;
  copier_job_set_descr(request->job, descr, start);
  return true;
}

/// Is nothing to be thought of but the task?
static bool is_simple(const struct copier_request *request) {
  return !request->job && last_client == request->client && !other_clients &&
         copier_lifecycle_is_watched && !copier_descr_any_bound() &&
         !copier_config.backend->prepare &&
         (request->n - 1) >> copier_config.segment_shift < COPIER_MAX_SEGMENTS;
}

__attribute__((noinline)) static bool
submit_any(const struct copier_request *given) {
  struct copier_request request = *given;
  int saved_errno = errno;
  copier_lifecycle_watch_thread();
  if (last_client != request.client)
    change_queue(request.client);
  if (other_clients)
    keep_order(&request);
  bool taken = bind_job(&request) && push_request(&request);
  if (request.job && !given->job)
    copier_job_release(request.job);
  errno = saved_errno;
  return taken;
}

/// Submits a copy whose ranges do not overlap; false if it is to be made at
/// once.
static bool submit(const struct copier_request *request) {
  if (!is_simple(request))
    return submit_any(request);
  struct copier_task task =
      task_of(request, request->record, copier_config.segment_shift);
  return push_or_count_full(request->client, &task, 1);
}

/// Submits the tail of a copy, and makes its head meanwhile: for who uses it
/// soon.
static bool submit_tail(const struct copier_request *request) {
  size_t n = request->n / HEAD_FRACTION & ~(size_t)4095;
  struct copier_request head = *request;
  struct copier_request tail = *request;
  head.n = n;
  tail.dst += n;
  tail.src += n;
  tail.n -= n;
  if (!n || !submit(&tail))
    return false;
  copy_now(&head);
  return true;
}

/// Makes the copy in \p mode, or at once where that is not possible; true if
/// not all of it is made.
static bool make(const struct copier_request *request, enum copier_mode mode) {
  if ((mode == COPIER_MODE_OFFLOAD && submit(request)) ||
      (mode == COPIER_MODE_SPLIT && submit_tail(request)))
    return true;
  copy_now(request);
  return false;
}

static void submit_or_copy(struct copier_request *request) {
  // Who asks for more than the bytes wants a task.
  struct copier_choice choice = {COPIER_MODE_OFFLOAD, 0};
  if (request->n < copier_config.min_size)
    choice.mode = COPIER_MODE_INLINE;
  else if (!request->job)
    choice = copier_policy_choose(request->record, request->n);
  // Of all of it, whatever it is cut into.
  request->flags |= copier_size_class(request->n) << COPIER_TASK_OWN_SHIFT;
  bool async = make(request, choice.mode);
  copier_policy_begun(request->record, request->n, choice);
  copier_seam_made(request->record, request->n, async);
}

/// Splits an overlapping copy: each piece is as long as the ranges are apart,
/// so that it does not overlap itself, and comes before the one that overwrites
/// its source. Not with a job of which one piece might be in bound memory, and
/// another not.
static bool submit_overlapping(const struct copier_request *request) {
  bool upwards = request->dst > request->src;
  size_t distance =
      upwards ? request->dst - request->src : request->src - request->dst;
  if (request->n < copier_config.min_size ||
      (request->job && (request->job->descr || copier_descr_any_bound())) ||
      (request->n - 1) / distance >= MAX_MOVES)
    return false;
  for (size_t done = 0; done != request->n;) {
    size_t rest = request->n - done;
    struct copier_request piece = *request;
    piece.n = rest < distance ? rest : distance;
    size_t offset = upwards ? rest - piece.n : done;
    piece.dst += offset;
    piece.src += offset;
    done += piece.n;
    submit_or_copy(&piece);
  }
  return true;
}

void copier_submit_enter(void) {
  copier_lifecycle_watch_thread();
  if (last_client != &copier_default_client)
    change_queue(&copier_default_client);
}

void copier_submit(struct copier_request *request, bool may_overlap) {
  copier_seam_trace_submit(request->dst, request->src, request->n,
                           request->record);
  // Who looks on is told of the end of every thread that copies.
  if (__builtin_expect(copier_seam_hooks != NULL, 0))
    copier_lifecycle_watch_thread();
  if (!copier_ranges_meet(written_by(request), read_by(request))) {
    submit_or_copy(request);
  } else if (request->dst == request->src || !may_overlap ||
             !submit_overlapping(request)) {
    copier_seam_made(request->record, request->n, false);
    copy_now(request);
  }
  if (request->job)
    copier_job_release(request->job);
}
