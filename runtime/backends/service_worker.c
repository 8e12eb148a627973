//===- service_worker.c - What a service thread does ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// It touches only memory that is safe to access, and leaves what is not to the
// thread that csyncs it, where the signal belongs.
//
//===----------------------------------------------------------------------===//

#include "backends/service_worker.h"
#include "core/dispatch.h"
#include "core/serve.h"
#include "process/clients.h"
#include "process/jobs.h"
#include "process/memory.h"
#include "process/options.h"
#include "process/stats.h"
#include "process/sync_queue.h"
#include "process/units.h"

#include <immintrin.h>
#include <sched.h>

/// A task that a thread remembers, by its slot.
#define REMEMBERED 64

/// How often what could not be copied is tried again while there is nothing
/// else to do.
#define RETRY_NANOSECONDS 10000000

/// What one thread has: its claims, its dispatcher, and what it knows of the
/// memory of tasks.
struct thread {
  struct copier_claims claims;
  struct copier_dispatcher dispatcher;
  /// What is known of the memory of the tasks before this ticket of a queue.
  struct copier_known_memory known;
  const struct copier_queue *known_of;
  copier_ticket known_before;
  struct copier_place refused[REMEMBERED];
  size_t promoted_bytes; ///< Copied in this round because a csync waits.
};

/// Not thread-local themselves: a library that is loaded late has little room.
static struct thread threads[COPIER_MAX_SERVICES];
static _Thread_local struct thread *mine;

static bool is_same(struct copier_place a, struct copier_place b) {
  return a.queue == b.queue && a.ticket == b.ticket;
}

/// What is known holds for the tasks that were pending when it was asked.
static void forget_if_new(struct copier_place at) {
  if (mine->known_of == at.queue && at.ticket < mine->known_before)
    return;
  mine->known_of = at.queue;
  mine->known_before = copier_queue_published(at.queue).past;
  mine->known = (struct copier_known_memory){0};
}

static bool make_resident(struct copier_place at,
                          const struct copier_task *task,
                          const struct copier_piece *piece) {
  (void)task;
  struct copier_place *refused = &mine->refused[at.ticket % REMEMBERED];
  if (is_same(*refused, at))
    return false;
  forget_if_new(at);
  bool is_safe = copier_memory_is_known_safe(&mine->known, piece->dst,
                                             piece->src, piece->n);
  if (!is_safe)
    *refused = at;
  return is_safe;
}

/// Distributes \p pieces, if there is another unit than the CPU.
static void copy(const struct copier_piece *pieces, unsigned count) {
  if (!mine->dispatcher.dma) {
    copier_memory_copy(pieces, count);
    return;
  }
  struct copier_dispatched done =
      copier_dispatch(&mine->dispatcher, pieces, count);
  copier_stats_moved(done.cpu_bytes, done.dma_bytes);
}

/// Waits for a DMA unit, which may be a thread that needs this CPU.
static void relax(unsigned times) {
  if (times < 256)
    _mm_pause();
  else
    sched_yield();
}

static struct copier_claims *claims(void) { return &mine->claims; }

static uint64_t no_clock(void) { return 0; }

/// It never waits for others' copies.
static const struct copier_worker worker = {
    .make_resident = make_resident,
    .copy = copy,
    .claims = claims,
    .is_due = copier_jobs_is_due,
    .is_wanted = copier_sync_queue_any,
    .clock = no_clock,
    .account = copier_stats_service,
    .begin_finish = copier_jobs_begin_finish,
    .end_finish = copier_jobs_end_finish,
    .finished = copier_jobs_finished,
};

void copier_service_begin_thread(unsigned number) {
  mine = &threads[number];
  *mine = (struct thread){
      .dispatcher = copier_dispatcher_of(copier_cpu_unit, copier_dma_unit)};
  // Without a clock: the software DMA unit is for tests, which are to
  // distribute alike everywhere.
  mine->dispatcher.relax = relax;
}

/// Copies what a csync of \p range is waiting for.
static void serve_promoted(struct copier_range range) {
  struct copier_worker undisturbed = worker;
  undisturbed.is_wanted = NULL;
  unsigned count = copier_clients_used();
  for (unsigned i = 0; i != count; ++i)
    mine->promoted_bytes +=
        copier_serve_range(copier_client_at(i), range, &undisturbed);
}

bool copier_service_work(void) {
  mine->promoted_bytes = 0;
  if (copier_sync_queue_any())
    copier_sync_queue_for_each(serve_promoted);
  size_t bytes = mine->promoted_bytes;
  struct copier_worker disturbed = worker;
  // A csync that this cannot help must not keep the rest waiting.
  if (!bytes && copier_sync_queue_any())
    disturbed.is_wanted = NULL;
  bytes +=
      copier_serve_fairly(copier_clients, copier_clients_used(),
                          copier_option(COPIER_OPT_COPY_SLICE), &disturbed);
  return copier_jobs_run(COPIER_KFUNC) || bytes;
}

/// When \p task \p at a place, of which something is unclaimed, is to be tried
/// again, if it was at \p time: it may wait for what a csync will complete, of
/// which nobody tells the service. What is refused never will be.
static uint64_t due_of(struct copier_place at, const struct copier_task *task,
                       uint64_t time) {
  if (is_same(mine->refused[at.ticket % REMEMBERED], at))
    return COPIER_NEVER;
  if ((task->flags & COPIER_TASK_LAZY) && copier_job_of(task) &&
      copier_job_of(task)->due > time)
    return copier_job_of(task)->due;
  return time + RETRY_NANOSECONDS;
}

static uint64_t next_due_of(struct copier_queue *queue, uint64_t time) {
  uint64_t next = COPIER_NEVER;
  struct copier_tickets tickets = copier_queue_published(queue);
  for (; tickets.first != tickets.past; ++tickets.first) {
    struct copier_task task;
    if (!copier_queue_unclaimed(queue, tickets.first) ||
        !copier_queue_read(queue, tickets.first, &task))
      continue;
    uint64_t due =
        due_of((struct copier_place){queue, tickets.first}, &task, time);
    if (due < next)
      next = due;
  }
  return next;
}

uint64_t copier_service_next_due(uint64_t time) {
  uint64_t next = COPIER_NEVER;
  unsigned count = copier_clients_used();
  for (unsigned i = 0; i != count; ++i) {
    uint64_t due = next_due_of(copier_client_at(i)->queue, time);
    next = due < next ? due : next;
  }
  if (next == COPIER_NEVER)
    return COPIER_NEVER;
  uint64_t now = copier_jobs_clock();
  return next > now ? next - now : 0;
}

uint64_t copier_service_clock(void) { return copier_jobs_clock(); }
