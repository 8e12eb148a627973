//===- atcache.h - Where the pages of a client are ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The ATCache (paper, section 4.3): of an address space, by address, pages that
// were pinned there before, and are not any more. It holds neither pins nor
// references. An MMU notifier takes entries out before a mapping changes, and
// waits for who uses one: so a page that is looked up stays where it is, with
// the rights it has, until the cache is let go.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MODULE_ATCACHE_H
#define COPIER_MODULE_ATCACHE_H

#include "module/os_types.h"

struct copier_atcache;

/// How many pages each cache made from now on has; 0: none is made.
void copier_atcache_choose(unsigned pages);

/// The features of the ABI that tell of it.
unsigned copier_atcache_features(void);

/// A cache of \p mm, which is alive; NULL if there is none. Takes the
/// mmap_lock.
struct copier_atcache *copier_atcache_new(struct mm_struct *mm);
void copier_atcache_free(struct copier_atcache *cache);

/// From one to the other, who changes mappings waits. False if somebody just
/// does.
bool copier_atcache_hold(struct copier_atcache *cache);
void copier_atcache_let_go(struct copier_atcache *cache);

/// Looks up the pages of \p n bytes at \p addr: how many, or 0 if one of them
/// is not known. They are there until the caller, who holds the cache, lets go.
unsigned copier_atcache_get(struct copier_atcache *cache, unsigned long addr,
                            size_t n, bool to_write, struct page **pages);

/// To be called before pages are pinned that are to be remembered. Waits for
/// who changes mappings, so the caller holds nothing that others wait for.
unsigned long copier_atcache_begin(struct copier_atcache *cache);

/// Remembers \p count \p pages, pinned from \p addr on since
/// copier_atcache_begin answered \p begun, unless a mapping has changed since.
void copier_atcache_learn(struct copier_atcache *cache, unsigned long addr,
                          struct page **pages, unsigned count, bool to_write,
                          unsigned long begun);

#endif // COPIER_MODULE_ATCACHE_H
