//===- pending.c - The pending copies of this process -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See pending.h. Everything that claims does so in a section (section.h).
//
//===----------------------------------------------------------------------===//

#include "process/pending.h"
#include "process/clients.h"
#include "process/descr.h"
#include "process/jobs.h"
#include "process/memory.h"
#include "process/policy.h"
#include "process/seam.h"
#include "process/section.h"

#include <errno.h>
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// A csync that needs this many bytes asks the service to help.
#define PROMOTED_BYTES ((size_t)64 * 1024)

void (*copier_pending_before_sync)(const struct copier_client *client);
void (*copier_pending_harvest)(void);
void (*copier_pending_ask_for)(struct copier_place at,
                               const struct copier_task *task,
                               copier_segments segments);
void (*copier_pending_verify)(struct copier_place at,
                              const struct copier_task *task, unsigned index);

static bool make_resident(struct copier_place at,
                          const struct copier_task *task,
                          const struct copier_piece *piece) {
  (void)at;
  (void)task;
  return copier_memory_is_safe(piece->dst, piece->src, piece->n);
}

/// Of the csync that is going on in this thread.
static _Thread_local struct copier_known_memory known_memory;

static bool is_safe(const struct copier_piece *piece) {
  return copier_memory_is_known_safe(&known_memory, piece->dst, piece->src,
                                     piece->n);
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
    // Not by libc: there it is a point of cancellation.
    syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 50000}, NULL);
  return times > 4096 && times % 2048 == 0;
}

static bool waits_and_faults(struct copier_place at,
                             const struct copier_task *task, unsigned index);
static bool waits_if_good(struct copier_place at,
                          const struct copier_task *task, unsigned index);

/// A thread that csyncs; or, if it must not fault, one that settles.
static struct copier_worker client_worker(bool may_fault) {
  return (struct copier_worker){
      .make_resident = may_fault ? NULL : make_resident,
      .is_safe = is_safe,
      .verify = copier_pending_verify,
      .copy = copier_memory_copy,
      .claims = copier_section_claims,
      .ask_for = copier_pending_ask_for,
      .relax = relax,
      .waits_on = may_fault ? waits_and_faults : waits_if_good,
      .clock = copier_stats_clock,
      .account = copier_stats_csync,
      .begin_finish = copier_jobs_begin_finish,
      .end_finish = copier_jobs_end_finish,
      .finished = copier_jobs_finished,
  };
}

/// Nobody needs to wait for what is abandoned, or can for what is claimed by
/// this thread itself, where a fault handler csyncs the copy that has faulted.
static bool is_there_hope(struct copier_place at, unsigned index) {
  const struct copier_worker worker = client_worker(/*may_fault=*/false);
  copier_section_recover(&worker);
  return !copier_section_interrupts(at, index);
}

/// Who holds the segment may be in a handler of its fault, perhaps for ever.
/// This thread needs the bytes as well: it faults, too.
static bool waits_and_faults(struct copier_place at,
                             const struct copier_task *task, unsigned index) {
  if (!is_there_hope(at, index))
    return false;
  size_t offset = copier_segment_offset(task, index);
  copier_memory_touch(task->dst + offset, task->src + offset,
                      copier_segment_size(task, index));
  return true;
}

static bool waits_if_good(struct copier_place at,
                          const struct copier_task *task, unsigned index) {
  size_t offset = copier_segment_offset(task, index);
  return is_there_hope(at, index) &&
         !copier_memory_is_bad(task->dst + offset, task->src + offset,
                               copier_segment_size(task, index));
}

/// Is the plan so large that a service could help with it?
static bool is_large(const struct copier_plan *plan) {
  size_t bytes = 0;
  for (unsigned place = 0; place != plan->order.places; ++place) {
    struct copier_task task;
    if (plan->needed[place] && copier_order_read(&plan->order, place, &task))
      bytes += (size_t)__builtin_popcount(plan->needed[place])
               << task.segment_shift;
    if (bytes >= PROMOTED_BYTES)
      return true;
  }
  return false;
}

static void carry_out(struct copier_plan *plan, struct copier_range written,
                      bool may_fault) {
  const struct copier_worker worker = client_worker(may_fault);
  struct copier_section section;
  copier_section_begin(&section, is_large(plan) ? &written : NULL, &worker);
  known_memory = (struct copier_known_memory){0};
  copier_complete(plan, &worker);
  copier_section_end(&section, &worker);
}

/// What a plan is for, of as many tasks as fit.
struct waited_for {
  unsigned used;
  struct {
    struct copier_record *record;
    unsigned size_class;
  } tasks[8];
};

static void note_waited_for(const struct copier_plan *plan,
                            struct waited_for *noted) {
  const unsigned most = sizeof(noted->tasks) / sizeof(*noted->tasks);
  noted->used = 0;
  for (unsigned place = 0; place != plan->order.places && noted->used != most;
       ++place) {
    struct copier_task task;
    if (!plan->needed[place] || !copier_order_read(&plan->order, place, &task))
      continue;
    struct copier_record *record = copier_record_of(&task);
    if (!record)
      continue;
    noted->tasks[noted->used].record = record;
    noted->tasks[noted->used++].size_class =
        task.flags >> COPIER_TASK_OWN_SHIFT;
  }
}

/// Carries out a plan, and tells the policy how long that took.
static void carry_out_measured(struct copier_plan *plan,
                               struct copier_range written) {
  struct waited_for noted;
  note_waited_for(plan, &noted);
  uint64_t start = copier_jobs_clock();
  carry_out(plan, written, /*may_fault=*/true);
  uint64_t each = noted.used ? (copier_jobs_clock() - start) / noted.used : 0;
  for (unsigned i = 0; i != noted.used; ++i)
    copier_policy_waited(noted.tasks[i].record, noted.tasks[i].size_class,
                         each);
}

static void complete_client(const struct copier_client *client,
                            struct copier_range written,
                            struct copier_range read, bool may_fault) {
  struct copier_plan plan;
  do {
    if (!copier_plan_sync(client, written, read, &plan))
      continue;
    if (copier_pending_before_sync)
      copier_pending_before_sync(client);
    if (may_fault && copier_policy_measures())
      carry_out_measured(&plan, written);
    else
      carry_out(&plan, written, may_fault);
  } while (plan.is_partial);
}

/// Takes note of what is complete. A thread that is cancelled in the middle
/// would leave functions that nobody runs.
static void note_complete(void) {
  int type;
  pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &type);
  copier_clients_acknowledge();
  copier_jobs_run(COPIER_KFUNC);
  pthread_setcanceltype(type, &type);
}

void copier_pending_note_others(void) {
  if (!copier_pending_harvest)
    return;
  copier_pending_harvest();
  note_complete();
}

/// Calls \p complete_client for all clients that have anything pending.
static void complete_all(struct copier_range written, struct copier_range read,
                         bool may_fault) {
  int saved_errno = errno;
  copier_pending_note_others();
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i) {
    struct copier_client *client = copier_client_at(i);
    if (!client)
      break;
    if (copier_queue_pending(client->queue))
      complete_client(client, written, read, may_fault);
  }
  note_complete();
  errno = saved_errno;
}

void copier_pending_complete(struct copier_range written,
                             struct copier_range read) {
  for (;;) {
    complete_all(copier_descr_whole_bound(written),
                 copier_descr_whole_bound(read), /*may_fault=*/true);
    if (!copier_descr_any_bound() || (copier_descr_is_bound_ready(written) &&
                                      copier_descr_is_bound_ready(read)))
      return;
    // What other processes are copying there.
    copier_descr_await_bound_briefly(written);
    copier_descr_await_bound_briefly(read);
  }
}

void copier_pending_complete_of(const struct copier_client *client,
                                struct copier_range written,
                                struct copier_range read) {
  int saved_errno = errno;
  copier_pending_note_others();
  complete_client(client, written, read, /*may_fault=*/true);
  note_complete();
  errno = saved_errno;
}

void copier_pending_complete_part(const struct copier_client *client,
                                  struct copier_place at,
                                  copier_segments segments) {
  struct copier_plan plan;
  if (copier_plan_part(client, at, segments, &plan))
    carry_out(&plan, COPIER_NO_RANGE, /*may_fault=*/false);
}

void copier_pending_abort_of(const struct copier_client *client,
                             struct copier_range range) {
  int saved_errno = errno;
  const struct copier_worker worker = client_worker(/*may_fault=*/true);
  struct copier_section section;
  copier_section_begin(&section, NULL, &worker);
  known_memory = (struct copier_known_memory){0};
  copier_abort_range(client, range, &worker);
  copier_section_end(&section, &worker);
  note_complete();
  errno = saved_errno;
}

void copier_pending_abort(struct copier_range range) {
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i) {
    struct copier_client *client = copier_client_at(i);
    if (!client)
      break;
    if (copier_queue_pending(client->queue))
      copier_pending_abort_of(client, range);
  }
}

bool copier_pending_is_none(const struct copier_client *client,
                            struct copier_range range) {
  copier_pending_note_others();
  struct copier_plan plan;
  return !copier_plan_sync(client, range, COPIER_NO_RANGE, &plan) &&
         !plan.is_partial;
}

void copier_pending_settle(void) {
  copier_seam_settle();
  complete_all(COPIER_EVERYTHING, COPIER_NO_RANGE, /*may_fault=*/false);
}
