//===- atcache.c - Where the pages of a client are ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// See atcache.h. `in_use` is held, to read, by who uses pages, and only tried
// for: he never waits for who changes mappings, who may wait for him with locks
// of the memory management held. For the same reason he must not pin, allocate,
// or lock a page meanwhile.
//
// A page need not be marked dirty or accessed: that was done when it was
// pinned, and what takes it back, be it to write the page out, takes the entry
// out first.
//
//===----------------------------------------------------------------------===//

#include "module/atcache.h"
#include "uapi/copier.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#define MOST_PAGES 65536

static unsigned pages_each;

void copier_atcache_choose(unsigned pages) {
  if (IS_ENABLED(CONFIG_MMU_NOTIFIER) && pages)
    pages_each = roundup_pow_of_two(min_t(unsigned, pages, MOST_PAGES));
}

unsigned copier_atcache_features(void) {
  return pages_each ? COPIER_ABI_FEATURE_ATCACHE : 0;
}

#ifdef CONFIG_MMU_NOTIFIER

/// In the address of an entry: the page may be written there.
#define WRITABLE 1UL

/// A page has one place, by its number in the address space.
struct entry {
  unsigned long addr; ///< 0: none.
  struct page *page;
};

struct copier_atcache {
  struct mmu_interval_notifier notifier; ///< Of the whole address space.
  struct rw_semaphore in_use;
  spinlock_t lock; ///< Of the entries, among those who use them.
  unsigned count;
  struct entry entries[];
};

static struct entry *place_of(struct copier_atcache *cache,
                              unsigned long addr) {
  return &cache->entries[(addr >> PAGE_SHIFT) & (cache->count - 1)];
}

static void forget(struct copier_atcache *cache, unsigned long start,
                   unsigned long end) {
  unsigned long pages = (end - start) >> PAGE_SHIFT;
  for (unsigned long i = 0; i <= pages && i != cache->count; ++i) {
    struct entry *entry = place_of(cache, start + (i << PAGE_SHIFT));
    unsigned long addr = entry->addr & PAGE_MASK;
    if (addr + PAGE_SIZE > start && addr < end)
      entry->addr = 0;
  }
}

static bool invalidate(struct mmu_interval_notifier *notifier,
                       const struct mmu_notifier_range *range,
                       unsigned long sequence) {
  struct copier_atcache *cache =
      container_of(notifier, struct copier_atcache, notifier);
  if (mmu_notifier_range_blockable(range))
    down_write(&cache->in_use);
  else if (!down_write_trylock(&cache->in_use))
    return false;
  mmu_interval_set_seq(notifier, sequence);
  forget(cache, range->start, range->end);
  up_write(&cache->in_use);
  return true;
}

static const struct mmu_interval_notifier_ops operations = {
    .invalidate = invalidate,
};

struct copier_atcache *copier_atcache_new(struct mm_struct *mm) {
  struct copier_atcache *cache;
  if (!pages_each)
    return NULL;
  cache = kvzalloc(struct_size(cache, entries, pages_each), GFP_KERNEL_ACCOUNT);
  if (!cache)
    return NULL;
  init_rwsem(&cache->in_use);
  spin_lock_init(&cache->lock);
  cache->count = pages_each;
  if (!mmu_interval_notifier_insert(&cache->notifier, mm, 0, TASK_SIZE_MAX,
                                    &operations))
    return cache;
  kvfree(cache);
  return NULL;
}

void copier_atcache_free(struct copier_atcache *cache) {
  if (!cache)
    return;
  mmu_interval_notifier_remove(&cache->notifier);
  kvfree(cache);
}

static bool look_up(struct copier_atcache *cache, unsigned long first,
                    unsigned count, bool to_write, struct page **pages) {
  for (unsigned i = 0; i != count; ++i) {
    unsigned long addr = first + i * PAGE_SIZE;
    const struct entry *entry = place_of(cache, addr);
    if (entry->addr != (addr | WRITABLE) && (to_write || entry->addr != addr))
      return false;
    pages[i] = entry->page;
  }
  return true;
}

bool copier_atcache_hold(struct copier_atcache *cache) {
  return down_read_trylock(&cache->in_use);
}

void copier_atcache_let_go(struct copier_atcache *cache) {
  up_read(&cache->in_use);
}

unsigned copier_atcache_get(struct copier_atcache *cache, unsigned long addr,
                            size_t n, bool to_write, struct page **pages) {
  unsigned long first = addr & PAGE_MASK;
  unsigned count = ((addr + n - 1) >> PAGE_SHIFT) - (addr >> PAGE_SHIFT) + 1;
  bool known;
  // Nobody has ever pinned what is at 0, which is no entry's address.
  if (!first)
    return 0;
  spin_lock(&cache->lock);
  known = look_up(cache, first, count, to_write, pages);
  spin_unlock(&cache->lock);
  return known ? count : 0;
}

unsigned long copier_atcache_begin(struct copier_atcache *cache) {
  return mmu_interval_read_begin(&cache->notifier);
}

void copier_atcache_learn(struct copier_atcache *cache, unsigned long addr,
                          struct page **pages, unsigned count, bool to_write,
                          unsigned long begun) {
  if (!down_read_trylock(&cache->in_use))
    return;
  spin_lock(&cache->lock);
  if (!mmu_interval_read_retry(&cache->notifier, begun))
    for (unsigned i = 0; i != count; ++i, addr += PAGE_SIZE) {
      struct entry *entry = place_of(cache, addr);
      // What is known to be writable stays so.
      if (entry->addr != (addr | WRITABLE))
        entry->addr = addr | (to_write ? WRITABLE : 0);
      entry->page = pages[i];
    }
  spin_unlock(&cache->lock);
  up_read(&cache->in_use);
}

#else // Nothing tells of mappings that change.

struct copier_atcache *copier_atcache_new(struct mm_struct *mm) { return NULL; }
void copier_atcache_free(struct copier_atcache *cache) {}
unsigned copier_atcache_get(struct copier_atcache *cache, unsigned long addr,
                            size_t n, bool to_write, struct page **pages) {
  return 0;
}
bool copier_atcache_hold(struct copier_atcache *cache) { return false; }
void copier_atcache_let_go(struct copier_atcache *cache) {}
unsigned long copier_atcache_begin(struct copier_atcache *cache) { return 0; }
void copier_atcache_learn(struct copier_atcache *cache, unsigned long addr,
                          struct page **pages, unsigned count, bool to_write,
                          unsigned long begun) {}

#endif
