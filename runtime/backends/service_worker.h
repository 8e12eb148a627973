//===- service_worker.h - What a service thread does ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The work itself, without waiting: promoted copies first, then the clients'
// queues in fairness, then KFUNCs.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_SERVICE_WORKER_H
#define COPIER_BACKENDS_SERVICE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#define COPIER_MAX_SERVICES 16

/// No time at all.
#define COPIER_NEVER UINT64_MAX

/// Called by each service thread first; \p number is its own.
void copier_service_begin_thread(unsigned number);

/// Does what there is to do, up to a slice; false if there was nothing.
bool copier_service_work(void);

/// Nanoseconds since some start.
uint64_t copier_service_clock(void);

/// In how many nanoseconds there is something to do again without a submission,
/// if everything was tried at \p time: a lazy copy falls due, or one that was
/// blocked may go on. COPIER_NEVER if there is nothing.
uint64_t copier_service_next_due(uint64_t time);

#endif // COPIER_BACKENDS_SERVICE_WORKER_H
