//===- sources.c - Where the data of a copy is now: absorption ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks back from the copy through older tasks. One whose destination holds
// some of the bytes, not yet copied, passes the search on to its source, as of
// its own place. A segment that is done needs no thought: what older tasks
// write there was done before it, since writes to the same bytes are in order.
//
//===----------------------------------------------------------------------===//

#include "core/sources.h"

/// How far one search may nest: by links of the chain, and pieces beside them.
#define MAX_DEPTH 16

struct search {
  const struct copier_order *order;
  struct copier_sources *sources;
  struct copier_part *blocker;
};

static bool add_piece(struct copier_sources *sources, uintptr_t dst,
                      struct copier_range from) {
  if (sources->pieces_used == COPIER_MAX_PIECES)
    return false;
  sources->pieces[sources->pieces_used++] =
      (struct copier_piece){dst, from.begin, from.end - from.begin};
  return true;
}

static bool add_lender(struct search *search, unsigned place,
                       copier_segments segments) {
  struct copier_sources *sources = search->sources;
  if (!search->blocker->segments)
    *search->blocker = (struct copier_part){place, segments};
  for (unsigned i = 0; i != sources->lenders_used; ++i)
    if (sources->lenders[i].place == place) {
      sources->lenders[i].segments |= segments;
      return true;
    }
  if (sources->lenders_used == COPIER_MAX_LENDERS)
    return false;
  sources->lenders[sources->lenders_used++] =
      (struct copier_part){place, segments};
  return true;
}

static struct copier_range intersection(struct copier_range a,
                                        struct copier_range b) {
  return (struct copier_range){a.begin > b.begin ? a.begin : b.begin,
                               a.end < b.end ? a.end : b.end};
}

static bool find(struct search *search, unsigned place, uintptr_t dst,
                 struct copier_range from, unsigned depth);

/// Deals with what of \p from the \p lending segments of the task at \p place
/// will write, and removes it, with the bytes before it, from \p dst and
/// \p from.
static bool find_through(struct search *search, unsigned place,
                         const struct copier_task *task,
                         copier_segments lending, uintptr_t *dst,
                         struct copier_range *from, unsigned depth) {
  if (!add_lender(search, place, lending))
    return false;
  while (lending) {
    struct copier_range run = copier_take_run(task, &lending);
    struct copier_range lent =
        intersection(*from, (struct copier_range){task->dst + run.begin,
                                                  task->dst + run.end});
    if (from->begin < lent.begin &&
        !find(search, place, *dst,
              (struct copier_range){from->begin, lent.begin}, depth))
      return false;
    uintptr_t begin = lent.begin - task->dst + task->src;
    if (!find(search, place, *dst + (lent.begin - from->begin),
              (struct copier_range){begin, begin + (lent.end - lent.begin)},
              depth))
      return false;
    *dst += lent.end - from->begin;
    from->begin = lent.end;
  }
  return true;
}

static bool find(struct search *search, unsigned place, uintptr_t dst,
                 struct copier_range from, unsigned depth) {
  if (depth == MAX_DEPTH)
    return false;
  while (place-- > 0 && from.begin < from.end) {
    copier_segments unfinished = copier_order_unfinished(search->order, place);
    struct copier_task task;
    if (!unfinished || !copier_order_read(search->order, place, &task))
      continue;
    copier_segments lending = copier_segments_writing(&task, from) & unfinished;
    if (lending &&
        !find_through(search, place, &task, lending, &dst, &from, depth + 1))
      return false;
  }
  return from.begin == from.end || add_piece(search->sources, dst, from);
}

bool copier_find_sources(const struct copier_order *order, unsigned place,
                         uintptr_t dst, uintptr_t src, size_t n,
                         struct copier_sources *sources,
                         struct copier_part *blocker) {
  sources->pieces_used = sources->lenders_used = 0;
  blocker->segments = 0;
  struct search search = {order, sources, blocker};
  return find(&search, place, dst, copier_range_of(src, n), 0);
}
