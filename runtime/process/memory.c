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

#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE_SIZE ((uintptr_t)4096)

// Older headers lack them; older kernels answer EINVAL.
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

static bool populate(uintptr_t addr, size_t n, int advice) {
  uintptr_t begin = addr & ~(PAGE_SIZE - 1);
  return madvise((void *)begin, addr + n - begin, advice) == 0;
}

bool copier_memory_populate(uintptr_t dst, uintptr_t src, size_t n) {
  return populate(src, n, MADV_POPULATE_READ) &&
         populate(dst, n, MADV_POPULATE_WRITE);
}

/// Does the kernel fault when it reads a word at \p addr and, if \p write,
/// stores it again unchanged, in one atomic step? MADV_POPULATE_* does not tell
/// a bad address from memory that it just does not handle.
static bool faults(uintptr_t addr, bool write) {
  static uint32_t nobody_waits_here;
  void *word = (void *)(addr & ~(uintptr_t)3);
  const struct timespec now = {0, 0};
  long result = write
                    ? syscall(SYS_futex, &nobody_waits_here,
                              FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, word,
                              FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0))
                    : syscall(SYS_futex, word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
                              0, &now, NULL, 0);
  return result < 0 && errno == EFAULT;
}

static bool any_page_faults(uintptr_t addr, size_t n, bool write) {
  for (uintptr_t page = addr & ~(PAGE_SIZE - 1); page < addr + n;
       page += PAGE_SIZE)
    if (faults(page, write))
      return true;
  return false;
}

bool copier_memory_is_bad(uintptr_t dst, uintptr_t src, size_t n) {
  return any_page_faults(src, n, false) || any_page_faults(dst, n, true);
}
