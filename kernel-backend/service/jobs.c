//===- jobs.c - What a client is told of its tasks ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Descriptors are written from the job, and never read.
//
//===----------------------------------------------------------------------===//

#include "service/jobs.h"

static void store(uint32_t *word, uint32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static struct copier_abi_descr *descr_of(struct copier_kclient *client,
                                         const struct copier_job *job) {
  return job->descr < client->rings.descr_count
             ? &client->rings.descrs[job->descr]
             : NULL;
}

/// What is known of \p job, but the status, to its descriptor.
static void tell(struct copier_kclient *client, const struct copier_job *job) {
  struct copier_abi_descr *descr = descr_of(client, job);
  if (!descr)
    return;
  store(&descr->error, job->error);
  __atomic_store_n(&descr->fault_addr, job->fault_addr, __ATOMIC_RELAXED);
  store(&descr->bytes_done, job->bytes_done);
  store(&descr->aborted, job->aborted);
  store(&descr->faulted, job->faulted);
  store(&descr->done, job->done);
}

/// Says that something was told.
static void note_change(struct copier_kclient *client) {
  __atomic_store_n(&client->rings.ring->changes, ++client->changes,
                   __ATOMIC_RELEASE);
}

static void post_handler(struct copier_kclient *client,
                         const struct copier_job *job, uint32_t status) {
  uint64_t ticket = client->posted++;
  struct copier_abi_handler_entry *entry =
      &client->rings.handlers[ticket % client->rings.handler_count];
  entry->user_data = job->user_data;
  entry->ticket = job->ticket - 1;
  entry->status = status;
  entry->error = job->error;
  __atomic_store_n(&entry->mark, ticket + 1, __ATOMIC_RELEASE);
  __atomic_store_n(&client->rings.ring->posted, client->posted,
                   __ATOMIC_RELEASE);
  __atomic_fetch_sub(&client->handlers_due, 1, __ATOMIC_RELEASE);
}

static void end(struct copier_kclient *client, const struct copier_job *job,
                uint32_t status) {
  struct copier_abi_descr *descr = descr_of(client, job);
  if (descr)
    store(&descr->status, status);
  if (job->flags & COPIER_ABI_TASK_HANDLER)
    post_handler(client, job, status);
}

/// Tells what has changed, and whether it is over.
static void note(struct copier_kclient *client, struct copier_job *job) {
  tell(client, job);
  if ((job->done | job->aborted | job->faulted) == job->all) {
    if (job->buffer)
      copier_os_buffer_put(job->buffer);
    job->buffer = NULL;
    copier_count(&client->counters.finished, 1);
    end(client, job,
        job->faulted   ? COPIER_ABI_FAULT
        : job->aborted ? COPIER_ABI_ABORTED
                       : COPIER_ABI_DONE);
  }
  note_change(client);
}

void copier_job_set(struct copier_job *job, const struct copier_job *fresh) {
  job->user_data = fresh->user_data;
  job->fault_addr = 0;
  job->descr = fresh->descr;
  job->flags = fresh->flags;
  job->error = job->bytes_done = 0;
  job->all = fresh->all;
  job->done = job->aborted = 0;
  job->buffer = fresh->buffer;
  __atomic_store_n(&job->faulted, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&job->released, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&job->ticket, fresh->ticket, __ATOMIC_RELAXED);
  __atomic_store_n(&job->due, fresh->due, __ATOMIC_RELAXED);
}

void copier_job_begin(struct copier_kclient *client, struct copier_job *job) {
  struct copier_abi_descr *descr = descr_of(client, job);
  if (descr)
    __atomic_store_n(&descr->ticket, job->ticket, __ATOMIC_RELEASE);
}

void copier_job_refuse(struct copier_kclient *client, struct copier_job *job,
                       uint32_t error, uintptr_t addr) {
  job->error = error;
  job->fault_addr = addr;
  copier_job_begin(client, job);
  tell(client, job);
  end(client, job, COPIER_ABI_REFUSED);
  note_change(client);
}

void copier_job_finished(struct copier_kclient *client, struct copier_job *job,
                         unsigned index, size_t n, enum copier_fate fate) {
  copier_segments bit = (copier_segments)1 << index;
  if (job->faulted & bit)
    return;
  if (fate == COPIER_FATE_COPIED) {
    job->done |= bit;
    job->bytes_done += (uint32_t)n;
    copier_count(&client->counters.segments, 1);
    copier_count(&client->counters.bytes, n);
  } else {
    job->aborted |= bit;
    copier_count(&client->counters.aborts, 1);
  }
  note(client, job);
}

void copier_job_hand_back(struct copier_kclient *client, struct copier_job *job,
                          unsigned index, int error, uintptr_t fault_addr) {
  copier_os_lock(&client->finish_lock);
  if (!job->error) {
    job->error = (uint32_t)error;
    job->fault_addr = fault_addr;
  }
  if (job->buffer)
    __atomic_store_n(&job->buffer->error, error, __ATOMIC_RELAXED);
  __atomic_store_n(&job->faulted, job->faulted | (copier_segments)1 << index,
                   __ATOMIC_RELEASE);
  copier_count(&client->counters.faults, 1);
  copier_os_trace_fault(client->number, job->ticket ? job->ticket - 1 : 0,
                        fault_addr, error);
  note(client, job);
  copier_os_unlock(&client->finish_lock);
}
