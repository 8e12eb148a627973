//===- service.h - The service threads of this process --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_BACKEND=thread has one, and more under load. They are started by the
// first copy that is worth it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_SERVICE_H
#define COPIER_BACKENDS_SERVICE_H

#include <stdbool.h>

/// Is there a service? The first call starts it; a call made while that goes
/// on, by another thread or by pthread_create itself, does not wait for it.
/// Like all of these, it preserves errno.
bool copier_service_is_there(void);

/// Is it asleep? A submission that is not worth a system call is then better
/// made at once.
bool copier_service_is_asleep(void);

/// Wakes the service if it is asleep. What the caller submitted before is seen.
void copier_service_wake(void);

/// In the child of a fork: there is none any more.
void copier_service_after_fork(void);

/// The main thread has ended: the process is to end with its last thread that
/// is no service.
void copier_service_end_main_thread(void);

#endif // COPIER_BACKENDS_SERVICE_H
