//===- fingerprint.h - Has a source changed before it was copied? --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of the adversary: writing the source of a pending copy is a conflict that
// shows in no result if the copy happens to be made before. So a hash of each
// segment's source is kept from its submission, and compared before the segment
// is read, be it to copy it or through it (core/sources.h).
//
// Bytes that an older copy has still to write are left out: they are not there
// yet.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_FINGERPRINT_H
#define COPIER_BACKENDS_FINGERPRINT_H

#include "core/order.h"

/// Makes room for the fingerprints of all clients; false if there is none.
bool copier_fingerprint_start(void);

/// Reads the source of \p task, which is to come after all of \p order, a byte
/// of each page: if that faults, it does so before the task is submitted.
void copier_fingerprint_touch(const struct copier_order *order,
                              const struct copier_task *task);

/// Keeps the fingerprint of \p task, which has been submitted to \p client as
/// \p ticket, and the stack of the caller.
void copier_fingerprint_take(const struct copier_client *client,
                             copier_ticket ticket,
                             const struct copier_task *task);

/// For copier_worker.verify: if the source of segment \p index has changed,
/// says so and aborts the process.
void copier_fingerprint_verify(struct copier_place at,
                               const struct copier_task *task, unsigned index);

#endif // COPIER_BACKENDS_FINGERPRINT_H
