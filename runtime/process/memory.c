//===- memory.c - Taking page faults before a copy does -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See memory.h for why. The page size is x86-64's.
//
//===----------------------------------------------------------------------===//

#include "process/memory.h"

#include <sys/mman.h>

#define PAGE_SIZE ((uintptr_t)4096)

// Older headers lack them; older kernels answer EINVAL.
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

static uintptr_t page_after(uintptr_t addr) {
  return (addr & ~(PAGE_SIZE - 1)) + PAGE_SIZE;
}

/// The atomic access changes nothing, whoever else may be copying there.
__attribute__((no_sanitize("thread"))) void
copier_memory_touch(uintptr_t dst, uintptr_t src, size_t n) {
  for (uintptr_t at = src; at - src < n; at = page_after(at))
    (void)*(const volatile char *)at;
  for (uintptr_t at = dst; at - dst < n; at = page_after(at))
    __atomic_fetch_or((char *)at, 0, __ATOMIC_RELAXED);
}

static bool populate(uintptr_t addr, size_t n, int advice) {
  uintptr_t begin = addr & ~(PAGE_SIZE - 1);
  return madvise((void *)begin, addr + n - begin, advice) == 0;
}

bool copier_memory_populate(uintptr_t dst, uintptr_t src, size_t n) {
  return populate(src, n, MADV_POPULATE_READ) &&
         populate(dst, n, MADV_POPULATE_WRITE);
}
