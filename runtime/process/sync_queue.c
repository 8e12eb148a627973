//===- sync_queue.c - The Sync Queue: what csyncs wait for ---------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A few entries, searched by everybody.
//
//===----------------------------------------------------------------------===//

#include "process/sync_queue.h"

#include <stdatomic.h>

#define ENTRIES 8

static struct {
  _Atomic bool is_taken;
  _Atomic uintptr_t begin;
  _Atomic uintptr_t end; ///< 0: there is no range.
} entries[ENTRIES];

static _Atomic unsigned posted_count;

int copier_sync_queue_post(struct copier_range range) {
  for (int i = 0; i != ENTRIES; ++i) {
    if (atomic_load_explicit(&entries[i].is_taken, memory_order_relaxed) ||
        atomic_exchange_explicit(&entries[i].is_taken, true,
                                 memory_order_acquire))
      continue;
    atomic_store_explicit(&entries[i].begin, range.begin, memory_order_relaxed);
    atomic_store_explicit(&entries[i].end, range.end, memory_order_release);
    atomic_fetch_add_explicit(&posted_count, 1, memory_order_release);
    return i;
  }
  return -1;
}

void copier_sync_queue_remove(int posted) {
  if (posted < 0)
    return;
  atomic_fetch_sub_explicit(&posted_count, 1, memory_order_relaxed);
  atomic_store_explicit(&entries[posted].end, 0, memory_order_relaxed);
  atomic_store_explicit(&entries[posted].is_taken, false, memory_order_release);
}

bool copier_sync_queue_any(void) {
  return atomic_load_explicit(&posted_count, memory_order_acquire) != 0;
}

void copier_sync_queue_for_each(void (*visit)(struct copier_range)) {
  for (int i = 0; i != ENTRIES; ++i) {
    struct copier_range range;
    range.end = atomic_load_explicit(&entries[i].end, memory_order_acquire);
    range.begin = atomic_load_explicit(&entries[i].begin, memory_order_relaxed);
    if (range.begin < range.end)
      visit(range);
  }
}

void copier_sync_queue_after_fork(void) {
  for (int i = 0; i != ENTRIES; ++i) {
    entries[i].end = 0;
    entries[i].is_taken = false;
  }
  posted_count = 0;
}
