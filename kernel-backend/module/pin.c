//===- pin.c - The seam in the kernel: address spaces and pins ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Pins are short: from before a segment is claimed until it is finished. They
// are taken as the process itself would access the memory: no FOLL_FORCE, so
// that what it may not write is not written, and what it has not mapped is not
// there. An ATCache remembers what was pinned, for later copies.
//
//===----------------------------------------------------------------------===//

#include "module/atcache.h"
#include "service/os.h"

#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/version.h>

void copier_os_space_get(struct copier_os_space *space) {
  kref_get(&space->owners);
}

static void free_space(struct kref *owners) {
  struct copier_os_space *space =
      container_of(owners, struct copier_os_space, owners);
  copier_atcache_free(space->cache);
  mmdrop(space->mm);
  kfree(space);
}

void copier_os_space_put(struct copier_os_space *space) {
  kref_put(&space->owners, free_space);
}

static long pin_remote(struct mm_struct *mm, unsigned long addr, unsigned count,
                       unsigned flags, struct page **pages, int *locked) {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
  return pin_user_pages_remote(mm, addr, count, flags, pages, locked);
#else
  return pin_user_pages_remote(mm, addr, count, flags, pages, NULL, locked);
#endif
}

/// Pins what is present, without waiting for anything. How many pages, from the
/// first on.
static long pin_quickly(struct mm_struct *mm, unsigned long addr,
                        unsigned count, unsigned flags, struct page **pages) {
  long done;
  if (!mmap_read_trylock(mm))
    return 0;
  done = pin_remote(mm, addr, count, flags | FOLL_NOFAULT, pages, NULL);
  mmap_read_unlock(mm);
  return done < 0 ? 0 : done;
}

/// Pins \p count pages, whatever that takes. How many could be; if not all,
/// \p error says why.
static long pin_all(struct mm_struct *mm, unsigned long addr, unsigned count,
                    unsigned flags, struct page **pages, int *error) {
  unsigned done = 0;
  *error = 0;
  while (done != count && !*error) {
    int locked = 1;
    long more;
    if (fatal_signal_pending(current) || mmap_read_lock_killable(mm)) {
      *error = -EINTR;
      break;
    }
    more = pin_remote(mm, addr + done * PAGE_SIZE, count - done, flags,
                      pages + done, &locked);
    if (locked)
      mmap_read_unlock(mm);
    if (more > 0)
      done += more;
    else
      *error = more == 0 || more == -ERESTARTSYS ? -EINTR : more;
    cond_resched();
  }
  // The deadly signal may have come meanwhile: then nothing is said of memory.
  if (*error && fatal_signal_pending(current))
    *error = -EINTR;
  return done;
}

static struct copier_atcache *cache_of(const struct copier_os_space *space) {
  return smp_load_acquire(&space->cache);
}

/// Says of which bytes \p pages are. Returns how many pages.
static int describe(struct copier_os_pages *pages, uintptr_t addr, size_t n,
                    unsigned count, bool to_write) {
  pages->buffer = NULL;
  pages->count = count;
  pages->offset = offset_in_page(addr);
  pages->n = n;
  pages->is_written = to_write;
  return count;
}

int copier_os_pin(struct copier_os_space *space, uintptr_t addr, size_t n,
                  bool to_write, enum copier_os_effort effort,
                  struct copier_os_pages *pages, uintptr_t *fault_addr) {
  unsigned long first = addr & PAGE_MASK;
  unsigned count = ((addr + n - 1) >> PAGE_SHIFT) - (addr >> PAGE_SHIFT) + 1;
  unsigned flags = to_write ? FOLL_WRITE : 0;
  struct copier_atcache *cache =
      effort == COPIER_OS_NOT_WAITING ? NULL : cache_of(space);
  unsigned long begun = 0;
  int error = -EAGAIN;
  long done;
  if (WARN_ON_ONCE(count > COPIER_OS_PAGES))
    return -EFAULT;
  if (!mmget_not_zero(space->mm)) {
    *fault_addr = addr;
    return -EFAULT;
  }
  if (cache)
    begun = copier_atcache_begin(cache);
  if (effort == COPIER_OS_AT_ANY_COST)
    done = pin_all(space->mm, first, count, flags, pages->pages, &error);
  else
    done = pin_quickly(space->mm, first, count, flags, pages->pages);
  mmput_async(space->mm);
  if (done == count) {
    if (cache)
      copier_atcache_learn(cache, first, pages->pages, count, to_write, begun);
    return describe(pages, addr, n, count, to_write);
  }
  if (done)
    unpin_user_pages(pages->pages, done);
  *fault_addr = done ? first + done * PAGE_SIZE : addr;
  return error;
}

int copier_os_begin_translating(struct copier_os_space *space) {
  struct copier_atcache *cache = cache_of(space);
  return cache ? copier_atcache_hold(cache) : -ENXIO;
}

void copier_os_end_translating(struct copier_os_space *space) {
  copier_atcache_let_go(space->cache);
}

int copier_os_translate(struct copier_os_space *space, uintptr_t addr, size_t n,
                        bool to_write, struct copier_os_pages *pages) {
  unsigned count =
      copier_atcache_get(space->cache, addr, n, to_write, pages->pages);
  return count ? describe(pages, addr, n, count, to_write) : 0;
}

void copier_os_unpin(struct copier_os_pages *pages) {
  if (pages->buffer)
    copier_os_buffer_put(pages->buffer);
  else if (pages->is_written)
    unpin_user_pages_dirty_lock(pages->pages, pages->count, true);
  else
    unpin_user_pages(pages->pages, pages->count);
  pages->count = 0;
}
