//===- system.c - Memory and the lock of the runtime --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// System calls are made directly: the functions of libc may be intercepted, by
// this runtime or another one.
//
//===----------------------------------------------------------------------===//

#include "system.h"

#include <linux/futex.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLAB_BYTES ((size_t)1 << 18)
#define SPINS 100

void *copsan_map(size_t bytes) {
  long at = syscall(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == -1 ? NULL : (void *)at;
}

void copsan_forget(void *at, size_t bytes) {
  syscall(SYS_madvise, at, bytes, MADV_DONTNEED);
}

void *copsan_pool_take(struct copsan_pool *pool) {
  if (pool->free) {
    void *object = pool->free;
    pool->free = *(void **)object;
    return object;
  }
  if (pool->fresh == pool->fresh_end) {
    pool->fresh = copsan_map(SLAB_BYTES);
    pool->fresh_end = pool->fresh;
    if (!pool->fresh)
      return NULL;
    pool->fresh_end += SLAB_BYTES / pool->object_bytes * pool->object_bytes;
  }
  void *object = pool->fresh;
  pool->fresh += pool->object_bytes;
  return object;
}

void copsan_pool_return(struct copsan_pool *pool, void *object) {
  *(void **)object = pool->free;
  pool->free = object;
}

/// 0: free; 1: taken; 2: taken, and others may sleep.
static uint32_t lock_word;
static _Thread_local bool is_mine;

static void sleep_for_lock(void) {
  while (__atomic_exchange_n(&lock_word, 2, __ATOMIC_ACQUIRE) != 0)
    syscall(SYS_futex, &lock_word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

bool copsan_lock(void) {
  if (is_mine)
    return false;
  // Before it is taken: a signal handler in between must not wait for it.
  is_mine = true;
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  for (int i = 0; i != SPINS; ++i) {
    uint32_t unlocked = 0;
    if (__atomic_compare_exchange_n(&lock_word, &unlocked, 1, false,
                                    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
      return true;
    __builtin_ia32_pause();
  }
  sleep_for_lock();
  return true;
}

void copsan_unlock(void) {
  if (__atomic_exchange_n(&lock_word, 0, __ATOMIC_RELEASE) == 2)
    syscall(SYS_futex, &lock_word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
  is_mine = false;
}

void copsan_lock_reset(void) {
  __atomic_store_n(&lock_word, 0, __ATOMIC_RELAXED);
  is_mine = false;
}

unsigned copsan_thread_number(void) {
  static unsigned count;
  static _Thread_local unsigned number;
  if (!number)
    number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
  return number - 1;
}
