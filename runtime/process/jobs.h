//===- jobs.h - What an amemcpy leaves to do when it is complete --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A *job* is the part of an amemcpy that is more than its bytes: a function to
// run afterwards (KFUNC, UFUNC), a descriptor that counts it, a time before
// which it is lazy. A plain copy has none. Jobs come from a pool of fixed size:
// nothing here allocates.
//
// The cookie of a task is its job, or else the statistics record of its site.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_JOBS_H
#define COPIER_PROCESS_JOBS_H

#include "copier.h"
#include "core/sources.h"

#include <stdatomic.h>

struct copier_record;

/// Who looks at a task that somebody else is just completing may find its job
/// to be another one's already, with whatever values: hence the atomic fields.
struct copier_job {
  struct copier_record *_Atomic record;
  struct copier_descr *_Atomic descr; ///< NULL: none.
  _Atomic uintptr_t descr_start; ///< The address that is offset 0 of `descr`.
  struct copier_func func;       ///< No function: none.
  struct copier_piece whole;     ///< With a function: the copy as asked for.
  _Atomic uint64_t due; ///< When a lazy copy is made, by the clock below.
  /// Segments that are not done, and one for who submits them.
  _Atomic uint32_t parts_left;
  _Atomic uint32_t next; ///< In the pool, or in a Handler Queue.
};

/// A job that nobody else has, of a copy at the site of \p record; NULL if all
/// are taken. Its maker holds it until copier_job_release: it may submit
/// several copies with it. If a fault handler jumps out before, it is released
/// when the thread makes another one, or ends.
struct copier_job *copier_job_new(struct copier_record *record);
void copier_job_release(struct copier_job *job);
void copier_jobs_end_thread(void);

/// Has \p descr, with its offset 0 at \p start, count the copy.
void copier_job_set_descr(struct copier_job *job, struct copier_descr *descr,
                          uintptr_t start);

/// The copy is lazy: it is due after the lazy period.
void copier_job_set_lazy(struct copier_job *job);

/// Is \p descr, with its offset 0 at \p start, the descriptor of \p job?
bool copier_job_has_descr(const struct copier_job *job,
                          const struct copier_descr *descr, uintptr_t start);

/// Has \p func, of the copy of \p whole, happen when everything with \p job is
/// complete.
void copier_job_set_func(struct copier_job *job, const struct copier_func *func,
                         struct copier_piece whole);

/// The cookie for \p job, and for \p record if there is no job.
void *copier_cookie(struct copier_job *job, struct copier_record *record);

/// The job of a task, or NULL; the record of its site, or NULL.
struct copier_job *copier_job_of(const struct copier_task *task);
struct copier_record *copier_record_of(const struct copier_task *task);

/// Has the descriptors of the job of \p tasks count them, before they are
/// submitted; or takes that back.
void copier_jobs_count(const struct copier_task *tasks, unsigned count);
void copier_jobs_uncount(const struct copier_task *tasks, unsigned count);

/// For copier_worker: no fork comes between a segment being done and its job
/// and descriptor knowing it.
void copier_jobs_begin_finish(const struct copier_task *task);
void copier_jobs_end_finish(const struct copier_task *task);

/// For copier_worker.finished.
void copier_jobs_finished(const struct copier_task *task, unsigned index);

/// Is it time for a lazy task? For copier_worker.is_due.
bool copier_jobs_is_due(const struct copier_task *task);

/// Nanoseconds of the clock that `due` is measured by.
uint64_t copier_jobs_clock(void);

/// Has \p func of the copy \p whole, which is complete, run as its kind says: a
/// KFUNC at once, a UFUNC when there is no more room for those that wait.
void copier_jobs_post(const struct copier_func *func,
                      const struct copier_piece *whole);

/// Runs the KFUNCs, or the UFUNCs, of what is complete; returns how many.
unsigned copier_jobs_run(int kind);

#endif // COPIER_PROCESS_JOBS_H
