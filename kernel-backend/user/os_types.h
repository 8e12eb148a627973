//===- os_types.h - The seam's types in a process -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// For a process that plays the kernel: see service/os.h.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_USER_OS_TYPES_H
#define COPIER_USER_OS_TYPES_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copier_os_lock {
  pthread_mutex_t mutex;
};

struct copier_os_event {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
};

/// There is only the process itself.
struct copier_os_space {
  unsigned owners;
};

struct copier_os_buffer {
  unsigned owners;
  int error; ///< The client's: what its task failed with.
  char bytes[];
};

struct copier_os_pages {
  struct copier_os_buffer *buffer; ///< NULL: of a process.
  char *begin;
  size_t n;
  unsigned count;
};

struct copier_os_link {
  struct copier_context *context;
};

#endif // COPIER_USER_OS_TYPES_H
