//===- pending.h - The pending copies of this process -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How the threads of the program complete copies: all csyncs end here.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_PENDING_H
#define COPIER_PROCESS_PENDING_H

#include "core/complete.h"

/// Every address there is.
#define COPIER_EVERYTHING ((struct copier_range){0, UINTPTR_MAX})

/// Completes the copies that must precede a write of \p written and a read of
/// \p read: what csync(written) does, and half of it for \p read. Faults are
/// the caller's. errno is preserved. KFUNCs of what is complete have run.
void copier_pending_complete(struct copier_range written,
                             struct copier_range read);

/// Likewise, of the queue of \p client alone.
void copier_pending_complete_of(const struct copier_client *client,
                                struct copier_range written,
                                struct copier_range read);

/// Gives up copies into \p range, of all queues or of that of \p client: see
/// copier_abort.
void copier_pending_abort(struct copier_range range);
void copier_pending_abort_of(const struct copier_client *client,
                             struct copier_range range);

/// Completes \p segments of the task at \p at of \p client, with what must come
/// before them, as far as that is possible without a fault.
void copier_pending_complete_part(const struct copier_client *client,
                                  struct copier_place at,
                                  copier_segments segments);

/// A backend's, or NULL. Before a thread completes copies of \p client: what is
/// copied here comes before those, as far as they leave it open.
extern void (*copier_pending_before_sync)(const struct copier_client *client);

/// A backend's, or NULL. Finishes what has been copied by somebody who is no
/// thread of this process, and copies what is due but has nobody who would; it
/// is cheap if that is nothing. Preserves errno.
extern void (*copier_pending_harvest)(void);

/// Has that done, and takes note of what is complete then.
void copier_pending_note_others(void);

/// A backend's, or NULL: copier_worker.ask_for of threads that complete copies.
extern void (*copier_pending_ask_for)(struct copier_place at,
                                      const struct copier_task *task,
                                      copier_segments segments);

/// A backend's, or NULL: copier_worker.verify of threads that complete copies.
extern void (*copier_pending_verify)(struct copier_place at,
                                     const struct copier_task *task,
                                     unsigned index);

/// Is nothing of \p client pending that meets \p range?
bool copier_pending_is_none(const struct copier_client *client,
                            struct copier_range range);

/// Completes everything that can be copied without a fault: for moments at
/// which the program does not expect one (fork, exit, thread exit).
void copier_pending_settle(void);

#endif // COPIER_PROCESS_PENDING_H
