//===- kernel.c - The backend with the kernel's service -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_BACKEND=kernel: forwards to the kernel's service what can be
// forwarded. There is no thread here that copies or looks on: lazy copies that
// are due are made by whoever harvests, copies that depend on lazy ones by
// csync.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"
#include "backends/forward.h"
#include "process/clients.h"
#include "process/jobs.h"
#include "process/options.h"
#include "process/pending.h"

#include <errno.h>

/// After how long a lazy copy that cannot be made is tried again.
#define RETRY_NANOSECONDS 10000000

/// No lazy copy is due before that.
static _Atomic uint64_t next_due = UINT64_MAX;

static void note_due(uint64_t due) {
  uint64_t next = atomic_load(&next_due);
  while (due < next && !atomic_compare_exchange_weak(&next_due, &next, due))
    ;
}

static uint64_t due_of(const struct copier_task *task) {
  const struct copier_job *job = copier_job_of(task);
  return job ? job->due : 0;
}

/// Makes the lazy copies of \p client that are due \p now, as far as that is
/// possible without a fault.
static void make_due(const struct copier_client *client, uint64_t now) {
  struct copier_tickets tickets = copier_queue_tickets(client->queue);
  for (; tickets.first != tickets.past; ++tickets.first) {
    struct copier_task task;
    copier_segments left =
        copier_queue_unfinished(client->queue, tickets.first);
    if (!left || !copier_queue_read(client->queue, tickets.first, &task) ||
        !(task.flags & COPIER_TASK_LAZY))
      continue;
    uint64_t due = due_of(&task);
    if (due <= now) {
      copier_pending_complete_part(
          client, (struct copier_place){client->queue, tickets.first}, left);
      due = now + RETRY_NANOSECONDS;
    }
    if (copier_queue_unfinished(client->queue, tickets.first))
      note_due(due);
  }
}

static void harvest(void) {
  int saved_errno = errno;
  copier_forward_harvest();
  uint64_t due = atomic_load(&next_due);
  uint64_t now = due == UINT64_MAX ? 0 : copier_jobs_clock();
  if (due <= now && atomic_compare_exchange_strong(&next_due, &due, UINT64_MAX))
    for (unsigned i = 0; i != COPIER_MAX_CLIENTS && copier_client_at(i); ++i)
      make_due(copier_client_at(i), now);
  errno = saved_errno;
}

static const char *start(const char *argument) {
  (void)argument;
  const char *problem = copier_forward_open();
  if (problem)
    return problem;
  copier_pending_harvest = harvest;
  copier_pending_ask_for = copier_forward_ask_for;
  return NULL;
}

static bool submit(struct copier_client *client,
                   const struct copier_task *tasks, unsigned count) {
  if (tasks->flags & COPIER_TASK_LAZY)
    note_due(due_of(tasks));
  return copier_forward(
      client, tasks, count, copier_is_worth_waking(tasks, count),
      copier_option(COPIER_OPT_POLLING) == COPIER_POLLING_NAPI);
}

static void nothing(void) {}

const struct copier_backend copier_kernel_backend = {
    .name = "kernel",
    .configure = start,
    .min_size = 65536,
    .segment_shift = 14,
    .serves = true,
    .submit = submit,
    .receive = copier_forward_receive,
    .send = copier_forward_send,
    .awaken = copier_forward_wake,
    .before_fork = copier_forward_before_fork,
    .fork_parent = copier_forward_fork_parent,
    .after_fork = copier_forward_after_fork,
    .end_main_thread = nothing,
};
