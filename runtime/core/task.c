//===- task.c - Arithmetic of Copy Tasks and segments -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See task.h.
//
//===----------------------------------------------------------------------===//

#include "core/task.h"

/// The segments of a task whose bytes on one side, the one that starts at
/// \p base, meet \p range.
static copier_segments segments_meeting(const struct copier_task *task,
                                        uintptr_t base,
                                        struct copier_range range) {
  struct copier_range side = copier_range_of(base, task->size);
  if (!copier_ranges_meet(side, range))
    return 0;
  uintptr_t first = range.begin > base ? range.begin - base : 0;
  uintptr_t last = (range.end < side.end ? range.end : side.end) - base - 1;
  return copier_segments_between(first >> task->segment_shift,
                                 last >> task->segment_shift);
}

copier_segments copier_segments_writing(const struct copier_task *task,
                                        struct copier_range range) {
  return segments_meeting(task, task->dst, range);
}

copier_segments copier_segments_reading(const struct copier_task *task,
                                        struct copier_range range) {
  return segments_meeting(task, task->src, range);
}

size_t copier_segment_offset(const struct copier_task *task, unsigned index) {
  return (size_t)index << task->segment_shift;
}

size_t copier_segment_size(const struct copier_task *task, unsigned index) {
  size_t rest = task->size - copier_segment_offset(task, index);
  size_t full = (size_t)1 << task->segment_shift;
  return rest < full ? rest : full;
}

struct copier_range copier_take_run(const struct copier_task *task,
                                    copier_segments *segments) {
  unsigned first = (unsigned)__builtin_ctz(*segments);
  copier_segments above = ~*segments & (COPIER_ALL_SEGMENTS << first);
  unsigned past = above ? (unsigned)__builtin_ctz(above) : COPIER_MAX_SEGMENTS;
  *segments &= past < COPIER_MAX_SEGMENTS ? COPIER_ALL_SEGMENTS << past : 0;
  return (struct copier_range){copier_segment_offset(task, first),
                               copier_segment_offset(task, past - 1) +
                                   copier_segment_size(task, past - 1)};
}

copier_segments copier_segments_before(const struct copier_task *earlier,
                                       const struct copier_task *later,
                                       copier_segments segments) {
  // Most tasks have nothing to do with each other.
  struct copier_range all = copier_range_of(later->dst, later->size);
  if (!copier_ranges_meet(all, copier_range_of(earlier->dst, earlier->size)) &&
      !copier_ranges_meet(all, copier_range_of(earlier->src, earlier->size)))
    return 0;
  copier_segments result = 0;
  while (segments) {
    struct copier_range run = copier_take_run(later, &segments);
    struct copier_range writes = {later->dst + run.begin, later->dst + run.end};
    result |= copier_segments_writing(earlier, writes) |
              copier_segments_reading(earlier, writes);
  }
  return result;
}

copier_segments copier_segments_read_by(const struct copier_task *earlier,
                                        const struct copier_task *later,
                                        copier_segments segments) {
  if ((earlier->flags & COPIER_TASK_LAZY) ||
      !copier_ranges_meet(copier_range_of(earlier->dst, earlier->size),
                          copier_range_of(later->src, later->size)))
    return 0;
  copier_segments result = 0;
  while (segments) {
    struct copier_range run = copier_take_run(later, &segments);
    struct copier_range reads = {later->src + run.begin, later->src + run.end};
    result |= copier_segments_writing(earlier, reads);
  }
  return result;
}

unsigned copier_next_segment(const struct copier_task *task,
                             copier_segments free, unsigned last) {
  if (last < COPIER_MAX_SEGMENTS - 1 && (free >> (last + 1) & 1))
    return last + 1;
  if (free == copier_task_segments(task))
    return 0;
  unsigned best = 0;
  unsigned longest = 0;
  for (copier_segments rest = free; rest;) {
    unsigned first = (unsigned)__builtin_ctz(rest);
    copier_segments above = ~rest & (COPIER_ALL_SEGMENTS << first);
    unsigned past =
        above ? (unsigned)__builtin_ctz(above) : COPIER_MAX_SEGMENTS;
    if (past - first > longest) {
      longest = past - first;
      best = first;
    }
    rest &= past < COPIER_MAX_SEGMENTS ? COPIER_ALL_SEGMENTS << past : 0;
  }
  return best + longest / 2;
}
