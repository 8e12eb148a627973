//===- threads.h - The threads of this process --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A process ends with its last thread (after pthread_exit in main). The service
// is none of the program's: it has to notice.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_THREADS_H
#define COPIER_PROCESS_THREADS_H

#include <stdbool.h>

/// Are the main thread, which has ended, and \p own threads of libcopier the
/// only ones left?
bool copier_is_last_thread(unsigned own);

#endif // COPIER_PROCESS_THREADS_H
