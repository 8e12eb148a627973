//===- descr.c - Descriptors, and the memory that is bound to one --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whoever waits sleeps on the count of the first segment that is not ready,
// after having set a bit in it. One step makes the count 0 and clears the bit:
// whoever sees 0 may free the descriptor.
//
//===----------------------------------------------------------------------===//

#include "process/descr.h"
#include "process/clients.h"

#include <errno.h>
#include <immintrin.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAGIC 0x52504F43u // "COPR"
#define MIN_SEGMENT_SHIFT 6
#define MAX_SEGMENT_SHIFT 30
#define MAX_BINDINGS 64

/// In a count that is not 0: somebody sleeps.
#define IS_AWAITED 0x80000000u

/// How many copies are pending in each segment.
static uint32_t *counts_of(const struct copier_descr *descr) {
  return (uint32_t *)(uintptr_t)(descr + 1);
}

int copier_descr_init(struct copier_descr *descr, size_t length,
                      size_t segment) {
  if (!descr || (uintptr_t)descr % 8 || !length || (segment & (segment - 1)) ||
      segment < (size_t)1 << MIN_SEGMENT_SHIFT ||
      segment > (size_t)1 << MAX_SEGMENT_SHIFT) {
    errno = EINVAL;
    return -1;
  }
  *descr = (struct copier_descr){
      .magic = MAGIC,
      .segment_shift = (uint32_t)__builtin_ctzll(segment),
      .length = length,
  };
  for (size_t i = 0; i <= (length - 1) >> descr->segment_shift; ++i)
    counts_of(descr)[i] = 0;
  return 0;
}

bool copier_descr_has(const struct copier_descr *descr, size_t offset,
                      size_t n) {
  return (uintptr_t)descr % 8 == 0 && descr->magic == MAGIC &&
         descr->segment_shift >= MIN_SEGMENT_SHIFT &&
         descr->segment_shift <= MAX_SEGMENT_SHIFT && offset <= descr->length &&
         n <= descr->length - offset;
}

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

/// The segments of a descriptor [first, last].
struct span {
  size_t first;
  size_t last;
};

/// Those that segment \p index of \p task writes.
static struct span span_of(const struct copier_descr *descr, uintptr_t start,
                           const struct copier_task *task, unsigned index) {
  size_t begin = task->dst - start + copier_segment_offset(task, index);
  size_t end = begin + copier_segment_size(task, index);
  return (struct span){begin >> descr->segment_shift,
                       (end - 1) >> descr->segment_shift};
}

static void for_each_segment(struct copier_descr *descr, uintptr_t start,
                             const struct copier_task *task,
                             void (*act)(struct copier_descr *, struct span)) {
  copier_segments segments = copier_task_segments(task);
  for (; segments; segments &= segments - 1)
    act(descr, span_of(descr, start, task, (unsigned)__builtin_ctz(segments)));
}

static void count(struct copier_descr *descr, struct span span) {
  for (size_t i = span.first; i <= span.last; ++i)
    __atomic_fetch_add(&counts_of(descr)[i], 1, __ATOMIC_RELAXED);
}

static void uncount_one(uint32_t *pending) {
  uint32_t now = __atomic_load_n(pending, __ATOMIC_RELAXED);
  uint32_t left;
  do {
    left = now - 1 == IS_AWAITED ? 0 : now - 1;
    // Release: who sees 0 sees the bytes. Acquire: and those of others before.
  } while (!__atomic_compare_exchange_n(pending, &now, left, true,
                                        __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
  // To the kernel the address is a name: nothing is read there.
  if (!left && now != 1)
    syscall(SYS_futex, pending, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static void uncount(struct copier_descr *descr, struct span span) {
  uint32_t *pending = counts_of(descr);
  for (size_t i = span.first; i <= span.last; ++i)
    uncount_one(&pending[i]);
}

void copier_descr_count(struct copier_descr *descr, uintptr_t start,
                        const struct copier_task *task) {
  for_each_segment(descr, start, task, count);
}

void copier_descr_uncount(struct copier_descr *descr, uintptr_t start,
                          const struct copier_task *task) {
  for_each_segment(descr, start, task, uncount);
}

void copier_descr_finished(struct copier_descr *descr, uintptr_t start,
                           const struct copier_task *task, unsigned index) {
  uncount(descr, span_of(descr, start, task, index));
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

/// The segments with bytes of [\p offset, \p offset + \p n), where \p n is not
/// 0.
static struct span span_at(const struct copier_descr *descr, size_t offset,
                           size_t n) {
  return (struct span){offset >> descr->segment_shift,
                       (offset + n - 1) >> descr->segment_shift};
}

struct copier_range copier_descr_whole(const struct copier_descr *descr,
                                       struct copier_range offsets) {
  struct span span = span_at(descr, offsets.begin, offsets.end - offsets.begin);
  size_t end = (span.last + 1) << descr->segment_shift;
  return (struct copier_range){span.first << descr->segment_shift,
                               end < descr->length ? end : descr->length};
}

bool copier_descr_is_ready(const struct copier_descr *descr, size_t offset,
                           size_t n) {
  if (n == 0)
    return true;
  struct span span = span_at(descr, offset, n);
  for (size_t i = span.first; i <= span.last; ++i)
    if (__atomic_load_n(&counts_of(descr)[i], __ATOMIC_ACQUIRE))
      return false;
  return true;
}

/// Spins for a moment: most copies are short.
static bool is_soon_ready(const uint32_t *pending) {
  for (unsigned i = 0; i != 1000; ++i) {
    if (!__atomic_load_n(pending, __ATOMIC_ACQUIRE))
      return true;
    _mm_pause();
  }
  return false;
}

/// Sleeps until \p pending changes, or for a hundredth of a second; true if it
/// is 0 without that.
static bool await_segment(uint32_t *pending) {
  if (is_soon_ready(pending))
    return true;
  const struct timespec limit = {.tv_nsec = 10000000};
  uint32_t now = __atomic_load_n(pending, __ATOMIC_ACQUIRE);
  if (now && ((now & IS_AWAITED) || __atomic_compare_exchange_n(
                                        pending, &now, now | IS_AWAITED, false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)))
    syscall(SYS_futex, pending, FUTEX_WAIT, now | IS_AWAITED, &limit, NULL, 0);
  return !now;
}

void copier_descr_await_briefly(struct copier_descr *descr, size_t offset,
                                size_t n) {
  if (n == 0)
    return;
  int saved_errno = errno;
  struct span span = span_at(descr, offset, n);
  for (size_t i = span.first; i <= span.last; ++i)
    if (!await_segment(&counts_of(descr)[i]))
      break;
  errno = saved_errno;
}

//===----------------------------------------------------------------------===//
// Bindings
//===----------------------------------------------------------------------===//

/// A binding; `descr` is written last, and first made NULL.
static struct {
  struct copier_range memory;
  struct copier_descr *descr;
} bindings[MAX_BINDINGS];

static _Atomic bool is_binding; ///< The lock of those that change them.
_Atomic unsigned copier_descr_bound_count;

static struct copier_descr *descr_at(unsigned i) {
  return __atomic_load_n(&bindings[i].descr, __ATOMIC_ACQUIRE);
}

static int unbind(uintptr_t start) {
  for (unsigned i = 0; i != MAX_BINDINGS; ++i)
    if (descr_at(i) && bindings[i].memory.begin == start) {
      __atomic_store_n(&bindings[i].descr, NULL, __ATOMIC_RELEASE);
      --copier_descr_bound_count;
      copier_pending_elsewhere_remove(1);
      return 0;
    }
  return EINVAL;
}

static int bind(struct copier_range memory, struct copier_descr *descr) {
  unsigned free = MAX_BINDINGS;
  for (unsigned i = MAX_BINDINGS; i-- > 0;)
    if (!descr_at(i))
      free = i;
    else if (copier_ranges_meet(bindings[i].memory, memory))
      return EEXIST;
  if (free == MAX_BINDINGS)
    return ENOSPC;
  bindings[free].memory = memory;
  __atomic_store_n(&bindings[free].descr, descr, __ATOMIC_RELEASE);
  ++copier_descr_bound_count;
  copier_pending_elsewhere_add(1);
  return 0;
}

int shm_descr_bind(void *shm, size_t length, struct copier_descr *descr,
                   size_t segment) {
  int error = EINVAL;
  if (!descr || (shm && length && copier_descr_has(descr, 0, length) &&
                 segment == (size_t)1 << descr->segment_shift)) {
    while (atomic_exchange(&is_binding, true))
      _mm_pause();
    error = descr ? bind(copier_range_of((uintptr_t)shm, length), descr)
                  : unbind((uintptr_t)shm);
    atomic_store(&is_binding, false);
  }
  if (!error)
    return 0;
  errno = error;
  return -1;
}

struct copier_descr *copier_descr_bound(struct copier_range range,
                                        uintptr_t *start) {
  for (unsigned i = 0; i != MAX_BINDINGS; ++i) {
    struct copier_descr *descr = descr_at(i);
    if (!descr || range.begin < bindings[i].memory.begin ||
        range.end > bindings[i].memory.end)
      continue;
    *start = bindings[i].memory.begin;
    return descr;
  }
  return NULL;
}

bool copier_descr_touches_bound(struct copier_range range) {
  for (unsigned i = 0; i != MAX_BINDINGS; ++i)
    if (descr_at(i) && copier_ranges_meet(bindings[i].memory, range))
      return true;
  return false;
}

/// The bytes of binding number \p i, as offsets in its descriptor, that are in
/// \p range; empty if there are none.
static struct copier_range offsets_in(unsigned i, struct copier_range range) {
  struct copier_range memory = bindings[i].memory;
  if (!copier_ranges_meet(memory, range))
    return COPIER_NO_RANGE;
  return (struct copier_range){
      (range.begin > memory.begin ? range.begin : memory.begin) - memory.begin,
      (range.end < memory.end ? range.end : memory.end) - memory.begin};
}

bool copier_descr_is_bound_ready(struct copier_range range) {
  for (unsigned i = 0; i != MAX_BINDINGS; ++i) {
    struct copier_descr *descr = descr_at(i);
    struct copier_range offsets = offsets_in(i, range);
    if (descr && !copier_descr_is_ready(descr, offsets.begin,
                                        offsets.end - offsets.begin))
      return false;
  }
  return true;
}

struct copier_range copier_descr_whole_bound(struct copier_range range) {
  if (!copier_descr_any_bound())
    return range;
  struct copier_range result = range;
  for (unsigned i = 0; i != MAX_BINDINGS; ++i) {
    const struct copier_descr *descr = descr_at(i);
    struct copier_range offsets = offsets_in(i, range);
    if (!descr || offsets.begin == offsets.end)
      continue;
    struct copier_range whole = copier_descr_whole(descr, offsets);
    uintptr_t start = bindings[i].memory.begin;
    if (start + whole.begin < result.begin)
      result.begin = start + whole.begin;
    if (start + whole.end > result.end)
      result.end = start + whole.end;
  }
  return result;
}

void copier_descr_await_bound_briefly(struct copier_range range) {
  for (unsigned i = 0; i != MAX_BINDINGS; ++i) {
    struct copier_descr *descr = descr_at(i);
    struct copier_range offsets = offsets_in(i, range);
    if (descr)
      copier_descr_await_briefly(descr, offsets.begin,
                                 offsets.end - offsets.begin);
  }
}
