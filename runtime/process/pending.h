//===- pending.h - The pending copies of this process -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The process's one Copy Queue and what a client does with it. Backends submit
// through it, the API completes through it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_PENDING_H
#define COPIER_PROCESS_PENDING_H

#include "core/complete.h"

extern struct copier_queue copier_pending_queue;

/// The range of no bytes.
#define COPIER_NO_RANGE ((struct copier_range){0, 0})

/// Completes the copies that must precede a write of \p written and a read of
/// \p read: what csync(written) does, and half of it for \p read. Faults are
/// the caller's. errno is preserved.
void copier_pending_complete(struct copier_range written,
                             struct copier_range read);

/// Completes everything.
void copier_pending_complete_all(void);

/// Completes everything that can be copied without a fault: for moments at
/// which the program does not expect one (fork, exit, thread exit).
void copier_pending_settle(void);

#endif // COPIER_PROCESS_PENDING_H
