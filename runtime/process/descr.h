//===- descr.h - Descriptors, and the memory that is bound to one --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What copier.h says of struct copier_descr and shm_descr_bind. A descriptor
// counts, for each of its segments, the segments of tasks that are pending
// there. It may be shared with other processes, of which nothing is trusted but
// that they follow the same protocol.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_DESCR_H
#define COPIER_PROCESS_DESCR_H

#include "copier.h"
#include "core/task.h"

#include <stdatomic.h>

/// Is \p descr one of copier_descr_init, of a buffer with all of [\p offset,
/// \p offset + \p n)?
bool copier_descr_has(const struct copier_descr *descr, size_t offset,
                      size_t n);

/// Counts the segments of \p task in \p descr, whose offset 0 is \p start.
void copier_descr_count(struct copier_descr *descr, uintptr_t start,
                        const struct copier_task *task);

/// Takes that back, for one segment and for all; wakes who waits.
void copier_descr_finished(struct copier_descr *descr, uintptr_t start,
                           const struct copier_task *task, unsigned index);
void copier_descr_uncount(struct copier_descr *descr, uintptr_t start,
                          const struct copier_task *task);

/// The offsets of the segments with bytes of \p offsets, not empty: since only
/// whole segments are counted, all copies there must be complete for those to
/// be.
struct copier_range copier_descr_whole(const struct copier_descr *descr,
                                       struct copier_range offsets);

/// Is nothing pending in [\p offset, \p offset + \p n)?
bool copier_descr_is_ready(const struct copier_descr *descr, size_t offset,
                           size_t n);

/// Waits for that, a moment at most: then the caller must look once more for
/// copies of this process. One is counted before it is submitted, and may be
/// what nobody else would make.
void copier_descr_await_briefly(struct copier_descr *descr, size_t offset,
                                size_t n);

/// The descriptor that all of \p range is bound to, and the address of its
/// offset 0; NULL if there is none.
struct copier_descr *copier_descr_bound(struct copier_range range,
                                        uintptr_t *start);

/// Is any memory in \p range bound?
bool copier_descr_touches_bound(struct copier_range range);

extern _Atomic unsigned copier_descr_bound_count;

/// Is any memory bound?
static inline bool copier_descr_any_bound(void) {
  return atomic_load_explicit(&copier_descr_bound_count,
                              memory_order_acquire) != 0;
}

/// Is nothing pending, of this process or another, in bound memory in \p range?
bool copier_descr_is_bound_ready(struct copier_range range);

/// \p range, and the bytes of bound memory that share segments with it.
struct copier_range copier_descr_whole_bound(struct copier_range range);

/// Waits for that, likewise.
void copier_descr_await_bound_briefly(struct copier_range range);

#endif // COPIER_PROCESS_DESCR_H
