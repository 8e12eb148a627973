//===- memory.c - Whether memory can be accessed without a signal --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See memory.h for why. Three ways to know: the kernel's list of mappings,
// asked by ioctl, where anonymous memory that may be read and written is safe;
// MADV_POPULATE, which walks every page (10 us for 256 KB that are there
// already), but is right for files that end too early, too; and where the
// kernel has neither, a system call for each page. The page size is x86-64's.
//
//===----------------------------------------------------------------------===//

#include "process/memory.h"
#include "process/stats.h"
#include "process/units.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/ioctl.h>
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

void copier_memory_copy(const struct copier_piece *pieces, unsigned count) {
  size_t bytes = 0;
  for (unsigned i = 0; i != count; ++i) {
    copier_cpu_unit->copy((void *)pieces[i].dst, (const void *)pieces[i].src,
                          pieces[i].n);
    bytes += pieces[i].n;
  }
  copier_stats_moved(bytes, 0);
}

//===----------------------------------------------------------------------===//
// The list of mappings
//===----------------------------------------------------------------------===//

/// struct procmap_query of Linux 6.11, which older headers lack.
struct mapping_query {
  uint64_t size;
  uint64_t query_flags;
  uint64_t query_addr;
  uint64_t vma_start;
  uint64_t vma_end;
  uint64_t vma_flags;
  uint64_t vma_page_size;
  uint64_t vma_offset;
  uint64_t inode;
  uint32_t dev_major;
  uint32_t dev_minor;
  uint32_t vma_name_size;
  uint32_t build_id_size;
  uint64_t vma_name_addr;
  uint64_t build_id_addr;
};

#define QUERY_MAPPING _IOWR('f', 17, struct mapping_query)
#define MAPPING_READABLE 1u
#define MAPPING_WRITABLE 2u

/// /proc/self/maps of this process; -1 before the first use, -2 for never.
static _Atomic int maps_fd = -1;

/// As close, which in libc is a point of cancellation, as are open and fcntl.
static void close_fd(int fd) { syscall(SYS_close, fd); }

static int open_maps(void) {
  int fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps",
                        O_RDONLY | O_CLOEXEC);
  // Out of the way of programs that count on the lowest numbers.
  int high = fd < 0 ? -1 : (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 512);
  if (high >= 0)
    close_fd(fd);
  fd = high >= 0 ? high : fd < 0 ? -2 : fd;
  int none = -1;
  if (atomic_compare_exchange_strong(&maps_fd, &none, fd))
    return fd;
  if (fd >= 0)
    close_fd(fd);
  return none;
}

void copier_memory_after_fork(void) {
  if (maps_fd >= 0)
    close_fd(maps_fd);
  maps_fd = -1;
}

/// Is \p addr in an anonymous mapping that may be read, and perhaps written?
/// Then \p mapping is that.
static bool find_anonymous(uintptr_t addr, bool is_writable,
                           struct copier_range *mapping) {
  uint64_t rights =
      is_writable ? MAPPING_READABLE | MAPPING_WRITABLE : MAPPING_READABLE;
  int fd = atomic_load_explicit(&maps_fd, memory_order_relaxed);
  if (fd == -1)
    fd = open_maps();
  if (fd < 0)
    return false;
  struct mapping_query query = {.size = sizeof(query), .query_addr = addr};
  if (ioctl(fd, QUERY_MAPPING, &query) != 0) {
    if (errno != ENOENT)
      atomic_store(&maps_fd, -2);
    return false;
  }
  *mapping = (struct copier_range){query.vma_start, query.vma_end};
  return !query.inode && (query.vma_flags & rights) == rights;
}

static bool is_within(struct copier_range range, struct copier_range outer) {
  return range.begin >= outer.begin && range.end <= outer.end;
}

/// Is all of \p range mapped so? Remembers the mapping.
static bool is_anonymous(struct copier_known_memory *known,
                         struct copier_range range, bool is_writable) {
  for (unsigned i = 0; i != 4; ++i)
    if (is_within(range, known->ranges[i].range) &&
        known->ranges[i].is_writable >= is_writable)
      return true;
  struct copier_range mapping;
  if (!find_anonymous(range.begin, is_writable, &mapping))
    return false;
  unsigned at = known->next++ % 4;
  known->ranges[at].range = mapping;
  known->ranges[at].is_writable = is_writable;
  return is_within(range, mapping);
}

//===----------------------------------------------------------------------===//
// Every page
//===----------------------------------------------------------------------===//

/// Has the kernel read a word at \p addr and, if \p write, store it again
/// unchanged, in one atomic step; returns what it says to that, an error number
/// or 0.
static int probe(uintptr_t addr, bool write) {
  static uint32_t nobody_waits_here;
  void *word = (void *)(addr & ~(uintptr_t)3);
  const struct timespec now = {0, 0};
  long result = write
                    ? syscall(SYS_futex, &nobody_waits_here,
                              FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0, word,
                              FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0))
                    : syscall(SYS_futex, word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
                              0, &now, NULL, 0);
  return result < 0 ? errno : 0;
}

/// MADV_POPULATE_* does not tell a bad address from memory that it just does
/// not handle.
static bool any_page_faults(uintptr_t addr, size_t n, bool write) {
  for (uintptr_t page = addr & ~(PAGE_SIZE - 1); page < addr + n;
       page += PAGE_SIZE)
    if (probe(page, write) == EFAULT)
      return true;
  return false;
}

/// A kernel that does not answer says nothing.
static bool no_page_faults(uintptr_t addr, size_t n, bool write) {
  for (uintptr_t page = addr & ~(PAGE_SIZE - 1); page < addr + n;
       page += PAGE_SIZE) {
    int answer = probe(page, write);
    // Reading waits for a change that is too late, or was there before.
    if (answer && (write || (answer != EAGAIN && answer != ETIMEDOUT)))
      return false;
  }
  return true;
}

static bool madvise_all(uintptr_t addr, size_t n, int advice) {
  uintptr_t begin = addr & ~(PAGE_SIZE - 1);
  return madvise((void *)begin, addr + n - begin, advice) == 0;
}

/// Does the kernel know MADV_POPULATE_*? Memory of which it says that it does
/// not handle it is none that a service should touch.
static bool has_populate(void) {
  static const char good = 1;
  static _Atomic int answer; ///< 0: not asked yet.
  if (!answer)
    answer = madvise_all((uintptr_t)&good, 1, MADV_POPULATE_READ) ? 1 : -1;
  return answer > 0;
}

static bool populate(uintptr_t addr, size_t n, bool write) {
  int advice = write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
  return madvise_all(addr, n, advice) ||
         (errno == EINVAL && !has_populate() && no_page_faults(addr, n, write));
}

bool copier_memory_is_known_safe(struct copier_known_memory *known,
                                 uintptr_t dst, uintptr_t src, size_t n) {
  return (is_anonymous(known, copier_range_of(src, n), false) ||
          populate(src, n, /*write=*/false)) &&
         (is_anonymous(known, copier_range_of(dst, n), true) ||
          populate(dst, n, /*write=*/true));
}

bool copier_memory_is_safe(uintptr_t dst, uintptr_t src, size_t n) {
  struct copier_known_memory nothing = {0};
  return copier_memory_is_known_safe(&nothing, dst, src, n);
}

bool copier_memory_is_bad(uintptr_t dst, uintptr_t src, size_t n) {
  return any_page_faults(src, n, false) || any_page_faults(dst, n, true);
}

/// In assembly: that others access the bytes is no data race.
void copier_memory_touch(uintptr_t dst, uintptr_t src, size_t n) {
  uintptr_t last = n - 1;
  for (uintptr_t at = 0; at <= last; at += PAGE_SIZE - (src + at) % PAGE_SIZE)
    __asm__ volatile("testb $0, (%0)" : : "r"(src + at) : "cc", "memory");
  for (uintptr_t at = 0; at <= last; at += PAGE_SIZE - (dst + at) % PAGE_SIZE)
    __asm__ volatile("lock orb $0, (%0)" : : "r"(dst + at) : "cc", "memory");
}
