//===- pending.c - What is pending, to the byte -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Interval trees, of destinations and of sources. What a release has to take
// along is found by age: of a released part, older copies into or out of its
// destination and into its source are what libcopier completes first. Only a
// lazy copy into its source stays: it may never be made.
//
//===----------------------------------------------------------------------===//

#include "pending.h"
#include "shadow.h"
#include "system.h"

#include <sanitizer/copsan_interface.h>

#define ANY_AGE UINT64_MAX
#define CSYNC_FRAMES 8
#define DEFAULT_QUEUE (-1)

struct piece {
  struct copsan_node dst, src;
  struct copsan_copy *copy;
  struct piece *next, *previous;
};

/// A range that is released where copies older than `order` meet it: as
/// destination or source; or, if it `is_read` by what has been released, as
/// destination unless they are lazy.
struct work {
  struct copsan_range range;
  uint64_t order;
  bool is_read;
  struct work *next;
};

uint32_t __copsan_pending;
static struct copsan_node *destinations, *lazy_destinations, *sources;
static struct piece *all_pieces;
static uint64_t next_order = 1;
/// Of queues that are not the default one.
static size_t pieces_elsewhere;
static struct copsan_pool copies = {.object_bytes = sizeof(struct copsan_copy)};
static struct copsan_pool pieces = {.object_bytes = sizeof(struct piece)};
static struct copsan_pool works = {.object_bytes = sizeof(struct work)};

static struct piece *piece_of_dst(struct copsan_node *node) {
  return node ? (struct piece *)node : NULL;
}

static struct piece *piece_of_src(struct copsan_node *node) {
  return node ? (struct piece *)((char *)node - offsetof(struct piece, src))
              : NULL;
}

/// The tree of destinations that \p copy is in.
static struct copsan_node **destinations_with(const struct copsan_copy *copy) {
  return copy->is_lazy ? &lazy_destinations : &destinations;
}

/// Makes the bytes [\p offset, \p offset + \p n) of \p copy pending.
static bool add_piece(struct copsan_copy *copy, size_t offset, size_t n) {
  struct piece *piece = copsan_pool_take(&pieces);
  if (!piece)
    return false;
  piece->copy = copy;
  piece->dst.range.begin = copy->dst + offset;
  piece->dst.range.end = copy->dst + offset + n;
  piece->src.range.begin = copy->src + offset;
  piece->src.range.end = copy->src + offset + n;
  piece->dst.order = piece->src.order = copy->order;
  if (!copsan_shadow_count(piece->dst.range, false, 1)) {
    copsan_pool_return(&pieces, piece);
    return false;
  }
  if (!copsan_shadow_count(piece->src.range, true, 1)) {
    copsan_shadow_count(piece->dst.range, false, -1);
    copsan_pool_return(&pieces, piece);
    return false;
  }
  copsan_tree_insert(destinations_with(copy), &piece->dst);
  copsan_tree_insert(&sources, &piece->src);
  piece->previous = NULL;
  piece->next = all_pieces;
  if (all_pieces)
    all_pieces->previous = piece;
  all_pieces = piece;
  ++copy->pieces;
  pieces_elsewhere += copy->queue != DEFAULT_QUEUE;
  __atomic_store_n(&__copsan_pending, __copsan_pending + 1, __ATOMIC_RELAXED);
  return true;
}

static void remove_piece(struct piece *piece) {
  copsan_tree_remove(destinations_with(piece->copy), &piece->dst);
  copsan_tree_remove(&sources, &piece->src);
  copsan_shadow_count(piece->dst.range, false, -1);
  copsan_shadow_count(piece->src.range, true, -1);
  if (piece->next)
    piece->next->previous = piece->previous;
  if (piece->previous)
    piece->previous->next = piece->next;
  else
    all_pieces = piece->next;
  --piece->copy->pieces;
  pieces_elsewhere -= piece->copy->queue != DEFAULT_QUEUE;
  copsan_pool_return(&pieces, piece);
  __atomic_store_n(&__copsan_pending, __copsan_pending - 1, __ATOMIC_RELAXED);
}

/// Whatever \p copy was before: all but what its stacks do not use is set.
static void start_copy(struct copsan_copy *copy, uint64_t order,
                       const struct copsan_stack *submitted) {
  copy->order = order;
  copy->descr = NULL;
  copy->descr_offset = 0;
  copy->events = 0;
  copy->pieces = 0;
  copy->is_visited = false;
  copsan_stack_copy(&copy->submitted, submitted);
  copy->last_csync.addr = 0;
  copy->last_csync.n = 0;
  copy->last_csync.stack.count = 0;
  copy->last_csync.stack.thread = 0;
  copy->window = (struct copsan_window){NULL, 0, 0};
}

struct copsan_copy *copsan_pending_add(uintptr_t dst, uintptr_t src, size_t n,
                                       int queue, bool is_lazy,
                                       const struct copsan_stack *submitted) {
  uintptr_t limit = (uintptr_t)1 << COPSAN_ADDRESS_BITS;
  if (n > limit || dst > limit - n || src > limit - n)
    return NULL;
  struct copsan_copy *copy = copsan_pool_take(&copies);
  if (!copy)
    return NULL;
  start_copy(copy, next_order++, submitted);
  copy->dst = dst;
  copy->src = src;
  copy->n = n;
  copy->queue = queue;
  copy->is_lazy = is_lazy;
  if (add_piece(copy, 0, n))
    return copy;
  copsan_pool_return(&copies, copy);
  return NULL;
}

void copsan_pending_set_descr(uintptr_t dst, size_t n, const void *descr,
                              size_t offset) {
  for (struct piece *piece = all_pieces; piece; piece = piece->next) {
    struct copsan_copy *copy = piece->copy; // The newest comes first.
    if (copy->dst != dst || copy->n != n)
      continue;
    copy->descr = descr;
    copy->descr_offset = offset;
    return;
  }
}

static void push_work(struct work **stack, struct copsan_range range,
                      uint64_t order, bool is_read) {
  struct work *work = copsan_pool_take(&works);
  if (!work)
    return; // Then more stays pending than should: no memory at all.
  work->range = range;
  work->order = order;
  work->is_read = is_read;
  work->next = *stack;
  *stack = work;
}

/// Releases the bytes of \p piece that are [\p begin, \p end) of its copy, and
/// notes what they depend on. True if something of the copy remains.
static bool release_part(struct piece *piece, size_t begin, size_t end,
                         struct work **stack) {
  struct copsan_copy *copy = piece->copy;
  size_t first = piece->dst.range.begin - copy->dst;
  size_t last = piece->dst.range.end - copy->dst;
  ++copy->pieces; // It stays until we are done.
  remove_piece(piece);
  if (first < begin)
    add_piece(copy, first, begin - first);
  if (end < last)
    add_piece(copy, end, last - end);
  if (all_pieces) {
    struct copsan_range dst = {copy->dst + begin, copy->dst + end};
    struct copsan_range src = {copy->src + begin, copy->src + end};
    push_work(stack, dst, copy->order, false);
    push_work(stack, src, copy->order, true);
  }
  if (--copy->pieces != 0)
    return true;
  copsan_pool_return(&copies, copy);
  return false;
}

static struct piece *find_destination(struct copsan_range range, uint64_t order,
                                      bool with_lazy) {
  struct copsan_node *node = copsan_tree_find(destinations, range, order);
  if (!node && with_lazy)
    node = copsan_tree_find(lazy_destinations, range, order);
  return piece_of_dst(node);
}

/// A piece that \p work is about, with what of it is met, as offsets of its
/// copy.
static struct piece *find_for(const struct work *work, size_t *begin,
                              size_t *end) {
  struct piece *piece =
      find_destination(work->range, work->order, !work->is_read);
  bool is_source = !piece;
  if (!piece && !work->is_read)
    piece = piece_of_src(copsan_tree_find(sources, work->range, work->order));
  if (!piece)
    return NULL;
  struct copsan_range met = copsan_overlap(
      is_source ? piece->src.range : piece->dst.range, work->range);
  uintptr_t base = is_source ? piece->copy->src : piece->copy->dst;
  *begin = met.begin - base;
  *end = met.end - base;
  return piece;
}

/// \p copy remains in part. What depends on others is not \p csync's concern.
static void note_partial(struct copsan_copy *copy, struct copsan_csync *csync) {
  if (csync->stack.count == 0)
    copsan_stack_take(&csync->stack, CSYNC_FRAMES);
  copy->last_csync.addr = csync->addr;
  copy->last_csync.n = csync->n;
  copsan_stack_copy(&copy->last_csync.stack, &csync->stack);
}

/// Does all of \p stack, for \p csync if not NULL.
static size_t finish(struct work *stack, struct copsan_csync *csync) {
  size_t bytes = 0;
  while (stack) {
    struct work work = *stack;
    size_t begin, end;
    struct piece *piece = find_for(&work, &begin, &end);
    if (!piece) {
      struct work *done = stack;
      stack = stack->next;
      copsan_pool_return(&works, done);
      continue;
    }
    bytes += end - begin;
    struct copsan_copy *copy = piece->copy;
    bool is_rest = release_part(piece, begin, end, &stack);
    if (is_rest && csync && work.order == ANY_AGE)
      note_partial(copy, csync);
  }
  return bytes;
}

size_t copsan_pending_release(struct copsan_range range,
                              struct copsan_csync *csync) {
  csync->addr = range.begin;
  csync->n = range.end - range.begin;
  csync->stack.count = 0;
  struct work *stack = NULL;
  push_work(&stack, range, ANY_AGE, false);
  return finish(stack, csync);
}

/// Releases pieces one by one as \p wanted says which, and which part; for
/// \p csync if not NULL.
static void release_if(bool (*wanted)(const struct piece *piece,
                                      const void *argument, size_t *begin,
                                      size_t *end),
                       const void *argument, struct copsan_csync *csync) {
  for (struct piece *piece = all_pieces; piece;) {
    size_t begin = piece->dst.range.begin - piece->copy->dst;
    size_t end = piece->dst.range.end - piece->copy->dst;
    if (!wanted(piece, argument, &begin, &end)) {
      piece = piece->next;
      continue;
    }
    struct work *stack = NULL;
    struct copsan_copy *copy = piece->copy;
    if (release_part(piece, begin, end, &stack) && csync) {
      csync->addr = copy->dst + begin;
      csync->n = end - begin;
      note_partial(copy, csync);
    }
    finish(stack, NULL);
    piece = all_pieces; // Any other may be gone.
  }
}

static bool has_ranges(const struct piece *piece, const void *argument,
                       size_t *begin, size_t *end) {
  (void)begin;
  (void)end;
  const struct copsan_copy *wanted = argument;
  return piece->copy->dst == wanted->dst && piece->copy->src == wanted->src &&
         piece->copy->n == wanted->n;
}

void copsan_pending_release_copy(uintptr_t dst, uintptr_t src, size_t n) {
  struct copsan_copy wanted = {.dst = dst, .src = src, .n = n};
  release_if(has_ranges, &wanted, NULL);
}

static bool is_counted(const struct piece *piece, const void *argument,
                       size_t *begin, size_t *end) {
  const struct copsan_copy *wanted = argument;
  const struct copsan_copy *copy = piece->copy;
  if (copy->descr != wanted->descr)
    return false;
  struct copsan_range counted = {copy->descr_offset + *begin,
                                 copy->descr_offset + *end};
  struct copsan_range asked = {wanted->descr_offset,
                               wanted->descr_offset + wanted->n};
  if (!copsan_ranges_meet(counted, asked))
    return false;
  struct copsan_range met = copsan_overlap(counted, asked);
  *begin = met.begin - copy->descr_offset;
  *end = met.end - copy->descr_offset;
  return true;
}

void copsan_pending_release_descr(const void *descr, size_t offset, size_t n,
                                  struct copsan_csync *csync) {
  csync->stack.count = 0;
  struct copsan_copy wanted = {.descr = descr, .descr_offset = offset, .n = n};
  release_if(is_counted, &wanted, csync);
}

struct queue_range {
  struct copsan_range range;
  int queue;
};

static bool is_in_queue(const struct piece *piece, const void *argument,
                        size_t *begin, size_t *end) {
  const struct queue_range *asked = argument;
  const struct copsan_copy *copy = piece->copy;
  bool is_source = !copsan_ranges_meet(piece->dst.range, asked->range);
  struct copsan_range side = is_source ? piece->src.range : piece->dst.range;
  if (copy->queue != asked->queue || !copsan_ranges_meet(side, asked->range))
    return false;
  struct copsan_range met = copsan_overlap(side, asked->range);
  *begin = met.begin - (is_source ? copy->src : copy->dst);
  *end = met.end - (is_source ? copy->src : copy->dst);
  return true;
}

void copsan_pending_release_queue(int queue, struct copsan_range range,
                                  struct copsan_csync *csync) {
  struct queue_range asked = {range, queue};
  csync->stack.count = 0;
  release_if(is_in_queue, &asked, csync);
}

static bool is_of_thread(const struct piece *piece, const void *argument,
                         size_t *begin, size_t *end) {
  (void)begin;
  (void)end;
  return piece->copy->submitted.thread == *(const uint32_t *)argument;
}

void copsan_pending_release_thread(uint32_t thread) {
  release_if(is_of_thread, &thread, NULL);
}

void copsan_pending_release_all(void) {
  while (all_pieces) {
    struct copsan_copy *copy = all_pieces->copy;
    remove_piece(all_pieces);
    if (copy->pieces == 0)
      copsan_pool_return(&copies, copy);
  }
}

static bool found(struct piece *piece, bool is_source,
                  struct copsan_range range, struct copsan_finding *finding) {
  if (!piece)
    return false;
  struct copsan_range side = is_source ? piece->src.range : piece->dst.range;
  finding->address = copsan_overlap(side, range).begin;
  finding->offset =
      finding->address - (is_source ? piece->copy->src : piece->copy->dst);
  finding->n = side.end - finding->address;
  finding->is_source = is_source;
  finding->copy = *piece->copy;
  return true;
}

bool copsan_pending_find(struct copsan_range range, bool with_sources,
                         struct copsan_finding *finding) {
  if (found(find_destination(range, ANY_AGE, true), false, range, finding))
    return true;
  return with_sources &&
         found(piece_of_src(copsan_tree_find(sources, range, ANY_AGE)), true,
               range, finding);
}

bool copsan_pending_find_source(struct copsan_range range) {
  return copsan_tree_find(sources, range, ANY_AGE) != NULL;
}

bool copsan_pending_find_unordered(struct copsan_range range, bool with_sources,
                                   int queue, uint32_t thread,
                                   struct copsan_finding *finding) {
  if (queue == DEFAULT_QUEUE && !pieces_elsewhere)
    return false;
  for (struct piece *piece = all_pieces; piece; piece = piece->next) {
    if (piece->copy->queue == queue || piece->copy->submitted.thread == thread)
      continue;
    if (copsan_ranges_meet(piece->dst.range, range))
      return found(piece, false, range, finding);
    if (with_sources && copsan_ranges_meet(piece->src.range, range))
      return found(piece, true, range, finding);
  }
  return false;
}

size_t copsan_pending_bytes(void) {
  size_t bytes = 0;
  for (struct piece *piece = all_pieces; piece; piece = piece->next)
    bytes += piece->dst.range.end - piece->dst.range.begin;
  return bytes;
}

int copsan_pending_state(uintptr_t address) {
  struct copsan_range byte = {address, address + 1};
  int state = 0;
  if (find_destination(byte, ANY_AGE, true))
    state |= COPSAN_DESTINATION;
  if (copsan_tree_find(sources, byte, ANY_AGE))
    state |= COPSAN_SOURCE;
  return state;
}

void copsan_pending_each_copy(void (*visit)(const struct copsan_copy *copy)) {
  for (struct piece *piece = all_pieces; piece; piece = piece->next) {
    if (!piece->copy->is_visited)
      visit(piece->copy);
    piece->copy->is_visited = true;
  }
}

void copsan_pending_each_meeting(struct copsan_range range,
                                 void (*visit)(struct copsan_copy *copy,
                                               void *argument),
                                 void *argument) {
  for (struct piece *piece = all_pieces; piece; piece = piece->next)
    if (copsan_ranges_meet(piece->dst.range, range) ||
        copsan_ranges_meet(piece->src.range, range))
      visit(piece->copy, argument);
}

void copsan_pending_drop(uint64_t order) {
  for (struct piece *piece = all_pieces, *next; piece; piece = next) {
    struct copsan_copy *copy = piece->copy;
    next = piece->next;
    if (copy->order != order)
      continue;
    remove_piece(piece);
    if (copy->pieces == 0)
      copsan_pool_return(&copies, copy);
  }
}

void copsan_pending_restart(void) {
  destinations = lazy_destinations = sources = NULL;
  all_pieces = NULL;
  pieces_elsewhere = 0;
  copies.free = pieces.free = works.free = NULL;
  copies.fresh = copies.fresh_end = NULL;
  pieces.fresh = pieces.fresh_end = NULL;
  works.fresh = works.fresh_end = NULL;
  __atomic_store_n(&__copsan_pending, 0, __ATOMIC_RELAXED);
}
