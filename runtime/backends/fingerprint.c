//===- fingerprint.c - Has a source changed before it was copied? --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One fingerprint for each slot of each queue, written after the submission,
// when the slot is known. A thread that has claimed a segment may rely on it:
// the slot stays the task's. If another thread's csync is so quick that it
// finds none yet, that segment is not checked; nor is a task whose slot is
// still being written to on behalf of an older one. Nobody waits, and nothing
// is allocated.
//
//===----------------------------------------------------------------------===//

#include "backends/fingerprint.h"
#include "backends/fingerprint_report.h"
#include "process/clients.h"

#include <execinfo.h>
#include <sys/mman.h>

// The hash is inline: no library is needed at run time.
#define XXH_INLINE_ALL
#include <xxhash.h>

/// Of a mark: somebody is writing.
#define WRITING ((uint64_t)1 << 63)

/// Parts of a source that are not there yet, in any order.
#define MAX_ABSENT 8
struct absent {
  unsigned used;
  struct copier_range ranges[MAX_ABSENT];
};

struct fingerprint {
  /// Ticket + 1, and WRITING; grows.
  _Atomic uint64_t mark;
  struct absent absent;
  uint64_t hashes[COPIER_MAX_SEGMENTS];
  struct copier_stack stack;
};

/// By client and slot.
static struct fingerprint (*fingerprints)[COPIER_QUEUE_SLOTS];

bool copier_fingerprint_start(void) {
  // The first use of backtrace loads and allocates.
  struct copier_stack stack;
  copier_stack_capture(&stack);
  void *memory = mmap(NULL, sizeof(*fingerprints) * COPIER_MAX_CLIENTS,
                      PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return false;
  fingerprints = memory;
  return true;
}

/// Where \p ticket of \p queue has its fingerprint; NULL for no client's queue.
static struct fingerprint *find(const struct copier_queue *queue,
                                copier_ticket ticket) {
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i) {
    const struct copier_client *client =
        __atomic_load_n(&copier_clients[i], __ATOMIC_ACQUIRE);
    if (!client)
      return NULL;
    if (client->queue == queue)
      return &fingerprints[i][ticket % COPIER_QUEUE_SLOTS];
  }
  return NULL;
}

//===----------------------------------------------------------------------===//
// Which bytes are there
//===----------------------------------------------------------------------===//

static struct copier_range source_of(const struct copier_task *task) {
  return copier_range_of(task->src, task->size);
}

/// Where all places are taken, the last grows to take in what is between.
static void add_absent(struct absent *absent, struct copier_range range) {
  if (absent->used != MAX_ABSENT) {
    absent->ranges[absent->used++] = range;
    return;
  }
  struct copier_range *last = &absent->ranges[MAX_ABSENT - 1];
  last->begin = range.begin < last->begin ? range.begin : last->begin;
  last->end = range.end > last->end ? range.end : last->end;
}

/// Adds what of \p range the task at \p place has still to write.
static void add_unwritten(struct absent *absent, struct copier_range range,
                          const struct copier_order *order, unsigned place) {
  copier_segments unfinished = copier_order_unfinished(order, place);
  struct copier_task writer;
  if (!unfinished || !copier_order_read(order, place, &writer))
    return;
  copier_segments left = copier_segments_writing(&writer, range) & unfinished;
  while (left) {
    struct copier_range run = copier_take_run(&writer, &left);
    add_absent(absent, (struct copier_range){writer.dst + run.begin,
                                             writer.dst + run.end});
  }
}

typedef void visitor(struct copier_range range, uint64_t *state);

/// Calls \p visit for what of \p range is in none of \p absent from number
/// \p first on. Each level deals with one of them.
static void for_each_present(struct copier_range range,
                             const struct absent *absent, unsigned first,
                             visitor *visit, uint64_t *state) {
  for (; first != absent->used; ++first) {
    struct copier_range hole = absent->ranges[first];
    if (!copier_ranges_meet(range, hole))
      continue;
    if (range.begin < hole.begin)
      for_each_present((struct copier_range){range.begin, hole.begin}, absent,
                       first + 1, visit, state);
    range.begin = hole.end;
    if (range.begin >= range.end)
      return;
  }
  visit(range, state);
}

static void touch_pages(struct copier_range range, uint64_t *unused) {
  enum { PAGE = 4096 };
  (void)unused;
  for (uintptr_t at = range.begin; at < range.end; at += PAGE - at % PAGE)
    (void)*(const volatile char *)at;
}

static void hash(struct copier_range range, uint64_t *state) {
  *state = XXH3_64bits_withSeed((const void *)range.begin,
                                range.end - range.begin, *state);
}

void copier_fingerprint_touch(const struct copier_order *order,
                              const struct copier_task *task) {
  struct absent absent = {0};
  for (unsigned place = 0; place != order->places; ++place)
    add_unwritten(&absent, source_of(task), order, place);
  for_each_present(source_of(task), &absent, 0, touch_pages, NULL);
}

//===----------------------------------------------------------------------===//
// Fingerprints
//===----------------------------------------------------------------------===//

static uint64_t hash_of(const struct absent *absent,
                        const struct copier_task *task, unsigned index) {
  uint64_t state = 0;
  for_each_present(
      copier_range_of(task->src + copier_segment_offset(task, index),
                      copier_segment_size(task, index)),
      absent, 0, hash, &state);
  return state;
}

/// What of the source is not there: all older tasks are in the order by now.
static void find_absent(struct absent *absent,
                        const struct copier_client *client,
                        copier_ticket ticket, const struct copier_task *task) {
  struct copier_order order;
  copier_order_of(client, /*polling=*/false, &order);
  absent->used = 0;
  for (unsigned place = 0; place != order.places; ++place) {
    if (copier_order_at(&order, place).ticket == ticket)
      return;
    add_unwritten(absent, source_of(task), &order, place);
  }
}

void copier_fingerprint_take(const struct copier_client *client,
                             copier_ticket ticket,
                             const struct copier_task *task) {
  struct fingerprint *print = find(client->queue, ticket);
  uint64_t mark = ticket + 1;
  uint64_t old = atomic_load_explicit(&print->mark, memory_order_relaxed);
  // It may be a later task's already, if this one has been copied meanwhile.
  if ((old & WRITING) || old >= mark ||
      !atomic_compare_exchange_strong_explicit(
          &print->mark, &old, mark | WRITING, memory_order_acquire,
          memory_order_relaxed))
    return;
  find_absent(&print->absent, client, ticket, task);
  unsigned segments = (unsigned)__builtin_popcount(copier_task_segments(task));
  for (unsigned i = 0; i != segments; ++i)
    print->hashes[i] = hash_of(&print->absent, task, i);
  copier_stack_capture(&print->stack);
  atomic_store_explicit(&print->mark, mark, memory_order_release);
}

void copier_fingerprint_verify(struct copier_place at,
                               const struct copier_task *task, unsigned index) {
  const struct fingerprint *print = find(at.queue, at.ticket);
  if (!print ||
      atomic_load_explicit(&print->mark, memory_order_acquire) != at.ticket + 1)
    return;
  if (hash_of(&print->absent, task, index) != print->hashes[index])
    copier_report_changed_source(task, index, &print->stack);
}
