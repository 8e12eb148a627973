//===- jobs.h - What a client is told of its tasks ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Changes jobs, and what of them is told: descriptors, the Handler Queue.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SERVICE_JOBS_H
#define COPIER_SERVICE_JOBS_H

#include "service/client.h"

/// Makes \p job \p fresh. Others may still look at what `due`, `ticket`,
/// `faulted` and `released` were, and then find that its last task is over.
void copier_job_set(struct copier_job *job, const struct copier_job *fresh);

/// Begins the job of a task that has just been taken; the caller holds the
/// finish_lock. The descriptor, if there is one, is told.
void copier_job_begin(struct copier_kclient *client, struct copier_job *job);

/// The job is refused; likewise.
void copier_job_refuse(struct copier_kclient *client, struct copier_job *job,
                       uint32_t error, uintptr_t addr);

/// What has become of a segment of \p n bytes.
enum copier_fate { COPIER_FATE_COPIED, COPIER_FATE_GIVEN_UP };

/// Segment \p index is finished, in the core's sense; likewise. Nothing if it
/// was handed back before.
void copier_job_finished(struct copier_kclient *client, struct copier_job *job,
                         unsigned index, size_t n, enum copier_fate fate);

/// Hands segment \p index back, which the caller has claimed for good; takes
/// the lock itself.
void copier_job_hand_back(struct copier_kclient *client, struct copier_job *job,
                          unsigned index, int error, uintptr_t fault_addr);

/// The segments that are handed back and not released.
static inline copier_segments
copier_job_handed_back(const struct copier_job *job) {
  return __atomic_load_n(&job->faulted, __ATOMIC_ACQUIRE) &
         ~__atomic_load_n(&job->released, __ATOMIC_RELAXED);
}

#endif // COPIER_SERVICE_JOBS_H
