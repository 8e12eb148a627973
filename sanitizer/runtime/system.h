//===- system.h - Memory and the lock of the runtime --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing here calls what the program may have replaced, malloc above all: a
// hook may run within it, or in a signal handler.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_SYSTEM_H
#define COPSAN_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

/// Zeroed memory, or NULL. It is never given back.
void *copsan_map(size_t bytes);
/// Makes mapped memory zero again.
void copsan_forget(void *at, size_t bytes);

/// A pool of objects of one size, which come with anything in them.
struct copsan_pool {
  size_t object_bytes;
  void *free;
  char *fresh, *fresh_end;
};
void *copsan_pool_take(struct copsan_pool *pool);
void copsan_pool_return(struct copsan_pool *pool, void *object);

/// The lock of all that is shared. False if this thread holds it already: a
/// signal handler that has interrupted it.
bool copsan_lock(void);
void copsan_unlock(void);
/// In the child of a fork: whoever held it is not there.
void copsan_lock_reset(void);

/// Of this thread, in the order of their first appearance: 0 is the first.
unsigned copsan_thread_number(void);

#endif // COPSAN_SYSTEM_H
