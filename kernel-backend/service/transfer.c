//===- transfer.c - Transfers: the k-mode queue -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// What the kernel has read for a client, or is to write for it, is a task of
// the client's service queue. A Barrier Task puts it behind what the client has
// submitted before the call, and before all that it submits later (paper,
// section 4.2.1).
//
//===----------------------------------------------------------------------===//

#include "service/calls.h"
#include "service/jobs.h"
#include "service/take.h"

#define MIN_SHIFT 12

int copier_kclient_check_transfer(struct copier_kclient *client,
                                  const struct copier_abi_transfer *transfer,
                                  bool is_in) {
  if (!transfer->length || transfer->length > COPIER_MAX_TASK_BYTES ||
      (transfer->task_flags & ~(is_in ? COPIER_ABI_TASK_LAZY : 0U)) ||
      !copier_os_is_user_range(transfer->addr, transfer->length))
    return -EINVAL;
  if (is_in ? transfer->descr >= client->rings.descr_count
            : transfer->descr != COPIER_ABI_NONE)
    return -EINVAL;
  copier_os_lock(&client->take_lock);
  struct copier_range mapping = client->mapping;
  copier_os_unlock(&client->take_lock);
  return copier_ranges_meet(mapping,
                            copier_range_of(transfer->addr, transfer->length))
             ? -EFAULT
             : 0;
}

/// Is there room for a barrier and a task?
static bool has_room(struct copier_queue *queue) {
  if (copier_queue_pending(queue) + 2 > COPIER_QUEUE_SLOTS)
    copier_queue_acknowledge(queue);
  return copier_queue_pending(queue) + 2 <= COPIER_QUEUE_SLOTS;
}

/// Submits \p task, whose source or destination, as \p is_in says, is that
/// buffer of \p job; false if there is no room.
static bool submit(struct copier_kclient *client, struct copier_task *task,
                   bool is_in, const struct copier_job *job,
                   copier_ticket *ticket) {
  struct copier_queue *queue = client->service_queue;
  copier_os_lock(&client->take_lock);
  bool fits = has_room(queue);
  if (fits) {
    *ticket = copier_queue_tickets(queue).past + 1;
    struct copier_job *mine =
        &client->service_jobs[*ticket % COPIER_QUEUE_SLOTS];
    struct copier_task barrier = {.flags = COPIER_TASK_BARRIER,
                                  .src =
                                      copier_queue_tickets(client->queue).past};
    *(is_in ? &task->src : &task->dst) = copier_buffer_address(*ticket);
    task->cookie = mine;
    struct copier_submission submission;
    // Who finishes the last task of this job's place does so under the lock.
    copier_os_lock(&client->finish_lock);
    copier_job_set(mine, job);
    copier_job_begin(client, mine);
    copier_queue_push(queue, &barrier, 1, &submission);
    copier_queue_push(queue, task, 1, &submission);
    copier_os_unlock(&client->finish_lock);
  }
  copier_os_unlock(&client->take_lock);
  return fits;
}

/// Has everything taken that the client has submitted, and makes room. 0 or
/// -errno.
static int make_way(struct copier_context *context) {
  struct copier_kclient *client = context->client;
  struct copier_abi_range answer;
  struct copier_range all = {0, UINTPTR_MAX};
  int error = copier_take_all(context, &answer);
  while (!error && answer.status == COPIER_ABI_DONE &&
         !has_room(client->service_queue))
    error = copier_sync_ranges(context, all, all, &answer);
  return !error && answer.status != COPIER_ABI_DONE ? -EBUSY : error;
}

/// Behind everything that the client has submitted before. 0 or -errno.
static int submit_last(struct copier_context *context, struct copier_task *task,
                       bool is_in, struct copier_job *job,
                       copier_ticket *ticket) {
  struct copier_kclient *client = context->client;
  int error;
  job->all = copier_task_segments(task);
  job->due = copier_os_now() +
             atomic_load_explicit(&client->lazy_period, memory_order_relaxed);
  do
    error = make_way(context);
  while (!error && !submit(client, task, is_in, job, ticket));
  return error;
}

struct copier_context *
copier_kclient_begin_receive(struct copier_kclient *client, int *error) {
  struct copier_context *context = copier_context_begin(client, NULL);
  *error = context ? make_way(context) : copier_context_error(client);
  if (!*error)
    return context;
  if (context)
    copier_context_end(context);
  return NULL;
}

/// What \p buffer has is to come to where \p transfer says. 0 or -errno.
static int submit_received(struct copier_context *context,
                           struct copier_abi_transfer *transfer,
                           struct copier_os_buffer *buffer, size_t n) {
  struct copier_job job = {.descr = transfer->descr, .buffer = buffer};
  struct copier_task task = {
      .dst = transfer->addr,
      .size = n,
      .segment_shift = copier_segment_shift(n, MIN_SHIFT),
      .flags =
          transfer->task_flags & COPIER_ABI_TASK_LAZY ? COPIER_TASK_LAZY : 0,
  };
  copier_ticket ticket;
  transfer->segment_shift = task.segment_shift;
  return submit_last(context, &task, /*is_in=*/true, &job, &ticket);
}

int copier_kclient_receive(struct copier_context *context,
                           struct copier_abi_transfer *transfer,
                           struct copier_os_buffer *buffer, long n) {
  struct copier_kclient *client = context->client;
  bool any = n > 0;
  int error =
      any ? submit_received(context, transfer, buffer, (size_t)n) : (int)n;
  bool is_submitted = any && !error;
  transfer->result = n;
  if (!is_submitted)
    copier_os_buffer_put(buffer);
  copier_context_end(context);
  if (is_submitted)
    copier_kclient_wake(client);
  else
    copier_tell_worker(client);
  return error;
}

/// Plans for the task with \p ticket of the service queue, or, if there is too
/// much before it for one plan, for that.
static bool plan_task(struct copier_context *context, copier_ticket ticket) {
  const struct copier_client *core = &context->client->core;
  struct copier_place at = {context->client->service_queue, ticket};
  struct copier_range all = {0, UINTPTR_MAX};
  if (copier_plan_part(core, at, COPIER_ALL_SEGMENTS, &context->plan) ||
      !context->plan.is_partial)
    return context->plan.places_used;
  return copier_plan_sync(core, all, all, &context->plan);
}

/// Copies all of the task with \p ticket, whose destination is a buffer.
static int complete(struct copier_context *context, copier_ticket ticket) {
  struct copier_queue *queue = context->client->service_queue;
  while (copier_queue_unfinished(queue, ticket)) {
    struct copier_abi_range answer;
    int goes_on =
        copier_complete_plan(context, plan_task(context, ticket), &answer);
    if (goes_on < 0)
      return goes_on;
    if (answer.status != COPIER_ABI_DONE)
      return -EBUSY;
  }
  return 0;
}

int copier_kclient_gather(struct copier_kclient *client,
                          const struct copier_abi_transfer *transfer,
                          struct copier_os_buffer *buffer) {
  struct copier_context *context = copier_context_begin(client, NULL);
  if (!context)
    return copier_context_error(client);
  // The job owns the buffer, and the caller.
  struct copier_job job = {.descr = COPIER_ABI_NONE, .buffer = buffer};
  struct copier_task task = {
      .src = transfer->addr,
      .size = transfer->length,
      .segment_shift = copier_segment_shift(transfer->length, MIN_SHIFT),
  };
  copier_ticket ticket;
  copier_os_buffer_get(buffer);
  int error = submit_last(context, &task, /*is_in=*/false, &job, &ticket);
  if (error)
    copier_os_buffer_put(buffer);
  else
    error = complete(context, ticket);
  if (error == -EBUSY || error == -EINTR)
    copier_abort_range(&client->core, copier_range_of(task.dst, task.size),
                       &copier_kernel_caller);
  if (!error)
    error = -__atomic_load_n(&buffer->error, __ATOMIC_RELAXED);
  copier_context_end(context);
  copier_tell_worker(client);
  return error;
}
