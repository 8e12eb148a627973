//===- task.h - Copy Tasks and their segments ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The vocabulary of the service core: byte ranges, Copy Tasks and the sets of
// segments in which a task is copied (paper, section 4.1). Pure arithmetic, no
// shared state.
//
// Core files use neither libc nor the kernel: the embedded service and the
// kernel module build the same ones.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_TASK_H
#define COPIER_CORE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A task has at most this many segments, so that a set of them is one word.
#define COPIER_MAX_SEGMENTS 32

/// Bit i stands for segment i. Bits past the last segment of a task are never
/// in a set of segments that are needed.
typedef uint32_t copier_segments;

#define COPIER_ALL_SEGMENTS UINT32_MAX

/// The bytes [begin, end); empty when begin == end.
struct copier_range {
  uintptr_t begin;
  uintptr_t end;
};

/// The range of no bytes.
#define COPIER_NO_RANGE ((struct copier_range){0, 0})

/// The largest segment that a copy is cut into before it is cut into several
/// tasks: what a csync of few bytes may have to copy at most.
#define COPIER_MAX_SEGMENT_SHIFT 15

/// Properties of a task.
enum {
  /// Nobody but a csync carries it out, until it is due (paper, section 4.4).
  COPIER_TASK_LAZY = 1,
  /// A Barrier Task, which copies nothing (section 4.2.1): tasks behind it come
  /// after the `src` first tasks of the client's other queue, and the others of
  /// that queue after those before it.
  COPIER_TASK_BARRIER = 2,
  /// The next ticket is of the same amemcpy.
  COPIER_TASK_CONTINUES = 4,
  /// All segments are claimed from the beginning: by whoever submits it, on
  /// behalf of somebody who is no worker of this queue.
  COPIER_TASK_HELD = 8,
};

/// From this bit on, flags are the client's own.
#define COPIER_TASK_OWN_SHIFT 8

/// A Copy Task: `size` bytes from `src` to `dst`, not overlapping, in segments
/// of 1 << segment_shift bytes, the last one shorter.
struct copier_task {
  uintptr_t dst;
  uintptr_t src;
  size_t size; ///< 0 only for a barrier.
  unsigned segment_shift;
  unsigned flags;
  void *cookie; ///< The client's own.
};

/// [addr, addr + n), cut off at the end of the address space.
static inline struct copier_range copier_range_of(uintptr_t addr, size_t n) {
  uintptr_t end = addr + n;
  return (struct copier_range){addr, end < addr ? UINTPTR_MAX : end};
}

/// Do the ranges have a byte in common? An empty one has none.
static inline bool copier_ranges_meet(struct copier_range a,
                                      struct copier_range b) {
  uintptr_t begin = a.begin > b.begin ? a.begin : b.begin;
  uintptr_t end = a.end < b.end ? a.end : b.end;
  return begin < end;
}

/// The smallest shift >= \p min_shift that cuts \p size bytes into no more
/// than COPIER_MAX_SEGMENTS segments.
static inline unsigned copier_segment_shift(size_t size, unsigned min_shift) {
  unsigned shift = min_shift;
  while (((size - 1) >> shift) >= COPIER_MAX_SEGMENTS)
    ++shift;
  return shift;
}

/// The set {first, ..., last} of segments.
static inline copier_segments copier_segments_between(size_t first,
                                                      size_t last) {
  return (COPIER_ALL_SEGMENTS << first) &
         (COPIER_ALL_SEGMENTS >> (COPIER_MAX_SEGMENTS - 1 - last));
}

/// All segments of \p task; none for a barrier.
static inline copier_segments
copier_task_segments(const struct copier_task *task) {
  return task->size ? copier_segments_between(0, (task->size - 1) >>
                                                     task->segment_shift)
                    : 0;
}

/// The segments whose destination (source) bytes meet \p range.
copier_segments copier_segments_writing(const struct copier_task *task,
                                        struct copier_range range);
copier_segments copier_segments_reading(const struct copier_task *task,
                                        struct copier_range range);

/// The segments of \p earlier that must be done before \p segments of \p later
/// may be copied, because these write what those write or read (paper, section
/// 4.2.2).
copier_segments copier_segments_before(const struct copier_task *earlier,
                                       const struct copier_task *later,
                                       copier_segments segments);

/// The segments of \p earlier that must be done before \p segments of \p later
/// are, because these read what those write. None if \p earlier is lazy: what
/// reads that goes through it (sources.h). Else a csync of the end of a chain
/// would leave the middle of it pending, and who knows only the order of the
/// copies would read old bytes there.
copier_segments copier_segments_read_by(const struct copier_task *earlier,
                                        const struct copier_task *later,
                                        copier_segments segments);

/// The run of neighbouring segments with which \p segments, not empty, begins,
/// which is removed from it: as the bytes [begin, end) of \p task.
struct copier_range copier_take_run(const struct copier_task *task,
                                    copier_segments *segments);

/// No segment.
#define COPIER_NO_SEGMENT UINT32_MAX

/// Which of the \p free segments of \p task a worker takes that had \p last
/// before, or COPIER_NO_SEGMENT. Copies run forwards, as prefetchers like it: a
/// worker goes on where it was, begins at the start if it is the first, and
/// else in the middle of what is left, so that it and who is at work meet once.
unsigned copier_next_segment(const struct copier_task *task,
                             copier_segments free, unsigned last);

/// Offset and length in bytes of segment \p index within \p task.
size_t copier_segment_offset(const struct copier_task *task, unsigned index);
size_t copier_segment_size(const struct copier_task *task, unsigned index);

#endif // COPIER_CORE_TASK_H
