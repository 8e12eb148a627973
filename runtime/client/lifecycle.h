//===- lifecycle.h - Start and end of processes and threads -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whatever ends completes its copies first.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLIENT_LIFECYCLE_H
#define COPIER_CLIENT_LIFECYCLE_H

#include <stdbool.h>

/// Of the calling thread; lifecycle.c's own.
extern _Thread_local bool copier_lifecycle_is_watched;
void copier_lifecycle_begin_watch(void);

/// Makes sure that the exit of the calling thread completes what is pending.
static inline void copier_lifecycle_watch_thread(void) {
  if (!copier_lifecycle_is_watched)
    copier_lifecycle_begin_watch();
}

#endif // COPIER_CLIENT_LIFECYCLE_H
