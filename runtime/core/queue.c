//===- queue.c - The Copy Queue: a lock-free ring of Copy Tasks ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Why each access is ordered as it is. See queue.h for what the ring promises.
//
//===----------------------------------------------------------------------===//

#include "core/queue.h"

static struct copier_slot *slot_of(struct copier_queue *queue,
                                   copier_ticket ticket) {
  return &queue->slots[ticket % COPIER_QUEUE_SLOTS];
}

/// The upper half of claimed and done for \p ticket.
static uint64_t round_of(copier_ticket ticket) {
  return (ticket / COPIER_QUEUE_SLOTS) << 32;
}

#define ROUND_MASK (~(uint64_t)COPIER_ALL_SEGMENTS)

/// The ticket whose lower half is the upper half of \p word; \p near is less
/// than 2^31 away.
static copier_ticket head_in(uint64_t word, copier_ticket near) {
  return near +
         (uint64_t)(int64_t)(int32_t)((uint32_t)(word >> 32) - (uint32_t)near);
}

void copier_queue_init(struct copier_queue *queue, unsigned limit,
                       uint64_t *word) {
  queue->word = word ? word : &queue->own_word;
  queue->limit = limit;
}

static bool has_room(const struct copier_queue *queue, uint64_t word,
                     unsigned count) {
  return (uint16_t)word + count <= queue->limit;
}

/// Takes \p count tickets; false if there is no room.
static bool take_tickets(struct copier_queue *queue, unsigned count,
                         struct copier_submission *taken) {
  taken->acknowledged = 0;
  taken->word = __atomic_load_n(queue->word, __ATOMIC_RELAXED);
  do {
    if (!has_room(queue, taken->word, count)) {
      taken->acknowledged += copier_queue_acknowledge(queue);
      taken->word = __atomic_load_n(queue->word, __ATOMIC_RELAXED);
      if (!has_room(queue, taken->word, count))
        return false;
    }
    // Acquire, and release where it is counted down: whoever retired a slot's
    // last task is finished with it.
  } while (!__atomic_compare_exchange_n(
      queue->word, &taken->word, taken->word + ((uint64_t)count << 32) + count,
      true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
  taken->first = head_in(
      taken->word, atomic_load_explicit(&queue->near, memory_order_relaxed));
  return true;
}

static void publish(struct copier_queue *queue, copier_ticket ticket,
                    const struct copier_task *task) {
  struct copier_slot *slot = slot_of(queue, ticket);
  // The slot after the next few was a worker's last.
  __builtin_prefetch(slot_of(queue, ticket + 4), 1);
  atomic_store_explicit(&slot->published, 0, memory_order_relaxed);
  // Readers that see a field below also see that the old task is gone.
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&slot->dst, task->dst, memory_order_relaxed);
  atomic_store_explicit(&slot->src, task->src, memory_order_relaxed);
  atomic_store_explicit(&slot->size, task->size, memory_order_relaxed);
  atomic_store_explicit(&slot->segment_shift, task->segment_shift,
                        memory_order_relaxed);
  atomic_store_explicit(&slot->flags, task->flags, memory_order_relaxed);
  atomic_store_explicit(&slot->cookie, task->cookie, memory_order_relaxed);
  copier_segments absent = ~copier_task_segments(task);
  copier_segments claimed =
      task->flags & COPIER_TASK_HELD ? COPIER_ALL_SEGMENTS : absent;
  atomic_store_explicit(&slot->claimed, round_of(ticket) | claimed,
                        memory_order_relaxed);
  atomic_store_explicit(&slot->done, round_of(ticket) | absent,
                        memory_order_relaxed);
  atomic_store_explicit(&slot->published, ticket + 1, memory_order_release);
}

bool copier_queue_push(struct copier_queue *queue,
                       const struct copier_task *tasks, unsigned count,
                       struct copier_submission *submission) {
  if (!take_tickets(queue, count, submission))
    return false;
  for (unsigned i = 0; i != count; ++i)
    publish(queue, submission->first + i, &tasks[i]);
  return true;
}

/// Is the task of \p ticket, at the tail, over? A barrier is when what it
/// refers to is.
static bool is_over(struct copier_queue *queue, copier_ticket ticket) {
  struct copier_slot *slot = slot_of(queue, ticket);
  if (atomic_load_explicit(&slot->published, memory_order_acquire) !=
          ticket + 1 ||
      atomic_load_explicit(&slot->done, memory_order_acquire) !=
          (round_of(ticket) | COPIER_ALL_SEGMENTS))
    return false;
  return !(atomic_load_explicit(&slot->flags, memory_order_relaxed) &
           COPIER_TASK_BARRIER) ||
         atomic_load_explicit(&queue->partner->tail, memory_order_acquire) >=
             atomic_load_explicit(&slot->src, memory_order_relaxed);
}

/// Frees the slots of the oldest tasks as far as they are over; true if there
/// were any.
static bool retire(struct copier_queue *queue) {
  copier_ticket tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  bool any = false;
  while (is_over(queue, tail))
    // Release, and acquire above: the next producer of this slot comes after
    // every worker of its task.
    if (atomic_compare_exchange_strong_explicit(&queue->tail, &tail, tail + 1,
                                                memory_order_acq_rel,
                                                memory_order_acquire)) {
      ++tail;
      any = true;
    }
  return any;
}

/// Brings queue->near up to \p ticket. It only grows.
static void approach(struct copier_queue *queue, copier_ticket ticket) {
  copier_ticket near = atomic_load_explicit(&queue->near, memory_order_relaxed);
  while (near < ticket && !atomic_compare_exchange_weak_explicit(
                              &queue->near, &near, ticket, memory_order_relaxed,
                              memory_order_relaxed))
    ;
}

uint32_t copier_queue_acknowledge(struct copier_queue *queue) {
  // A barrier may have been the last to wait for anything.
  retire(queue);
  copier_ticket tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  uint64_t word = __atomic_load_n(queue->word, __ATOMIC_RELAXED);
  uint32_t complete;
  do {
    uint32_t incomplete = (uint32_t)(head_in(word, tail) - tail);
    if ((uint16_t)word <= incomplete)
      return 0;
    complete = (uint16_t)word - incomplete;
    // Before there is room: so it is never further behind than two queues are
    // long.
    approach(queue, tail);
    // Release: who reads 0 pending needs no csync to see the bytes.
  } while (!__atomic_compare_exchange_n(queue->word, &word, word - complete,
                                        true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
  return complete;
}

struct copier_tickets copier_queue_tickets(struct copier_queue *queue) {
  // The tail first: it never passes a head that is read after it.
  copier_ticket tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  copier_ticket head =
      head_in(__atomic_load_n(queue->word, __ATOMIC_ACQUIRE), tail);
  // Between the two reads the tail may have followed the head: what is further
  // back than a queue's length is retired.
  if (head - tail > COPIER_QUEUE_SLOTS)
    tail = head - COPIER_QUEUE_SLOTS;
  return (struct copier_tickets){tail, head};
}

struct copier_tickets copier_queue_published(struct copier_queue *queue) {
  copier_ticket tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  copier_ticket past = tail;
  while (past - tail != COPIER_QUEUE_SLOTS &&
         atomic_load_explicit(&slot_of(queue, past)->published,
                              memory_order_acquire) == past + 1)
    ++past;
  return (struct copier_tickets){tail, past};
}

bool copier_queue_read(struct copier_queue *queue, copier_ticket ticket,
                       struct copier_task *task) {
  struct copier_slot *slot = slot_of(queue, ticket);
  if (atomic_load_explicit(&slot->published, memory_order_acquire) !=
      ticket + 1)
    return false;
  task->dst = atomic_load_explicit(&slot->dst, memory_order_relaxed);
  task->src = atomic_load_explicit(&slot->src, memory_order_relaxed);
  task->size = atomic_load_explicit(&slot->size, memory_order_relaxed);
  task->segment_shift =
      atomic_load_explicit(&slot->segment_shift, memory_order_relaxed);
  task->flags = atomic_load_explicit(&slot->flags, memory_order_relaxed);
  task->cookie = atomic_load_explicit(&slot->cookie, memory_order_relaxed);
  // Pairs with the fence in publish: no field is of a later task.
  atomic_thread_fence(memory_order_acquire);
  return atomic_load_explicit(&slot->published, memory_order_relaxed) ==
         ticket + 1;
}

/// The segments of \p ticket that are clear in \p word.
static copier_segments clear_in(uint64_t word, copier_ticket ticket) {
  return (word & ROUND_MASK) == round_of(ticket) ? ~(copier_segments)word : 0;
}

copier_segments copier_queue_unclaimed(struct copier_queue *queue,
                                       copier_ticket ticket) {
  struct copier_slot *slot = slot_of(queue, ticket);
  return clear_in(atomic_load_explicit(&slot->claimed, memory_order_relaxed),
                  ticket);
}

copier_segments copier_queue_unfinished(struct copier_queue *queue,
                                        copier_ticket ticket) {
  struct copier_slot *slot = slot_of(queue, ticket);
  // Acquire: the bytes of the segments that are done.
  return clear_in(atomic_load_explicit(&slot->done, memory_order_acquire),
                  ticket);
}

bool copier_queue_claim(struct copier_queue *queue, copier_ticket ticket,
                        unsigned index) {
  struct copier_slot *slot = slot_of(queue, ticket);
  uint64_t bit = (uint64_t)1 << index;
  uint64_t claimed = atomic_load_explicit(&slot->claimed, memory_order_relaxed);
  do {
    if (!(clear_in(claimed, ticket) & bit))
      return false;
    // Acquire: what the last holder did before it gave the segment back.
  } while (!atomic_compare_exchange_weak_explicit(
      &slot->claimed, &claimed, claimed | bit, memory_order_acquire,
      memory_order_relaxed));
  // Somebody may have given up a segment that its holder then gave back.
  return copier_queue_unfinished(queue, ticket) & bit;
}

void copier_queue_unclaim(struct copier_queue *queue, copier_ticket ticket,
                          unsigned index) {
  struct copier_slot *slot = slot_of(queue, ticket);
  uint64_t bit = (uint64_t)1 << index;
  uint64_t claimed = atomic_load_explicit(&slot->claimed, memory_order_relaxed);
  do {
    // Somebody may have given up the segment, and the slot is another task's.
    if ((claimed & ROUND_MASK) != round_of(ticket))
      return;
  } while (!atomic_compare_exchange_weak_explicit(
      &slot->claimed, &claimed, claimed & ~bit, memory_order_release,
      memory_order_relaxed));
}

bool copier_queue_finish(struct copier_queue *queue, copier_ticket ticket,
                         unsigned index) {
  struct copier_slot *slot = slot_of(queue, ticket);
  uint64_t bit = (uint64_t)1 << index;
  uint64_t done = atomic_load_explicit(&slot->done, memory_order_relaxed);
  do {
    if (!(clear_in(done, ticket) & bit))
      return false;
    // Acquire as well: retiring passes on what the other workers copied.
  } while (!atomic_compare_exchange_weak_explicit(
      &slot->done, &done, done | bit, memory_order_acq_rel,
      memory_order_relaxed));
  // A retired task may have been what a barrier of the partner waited for.
  struct copier_queue *next = queue;
  while (next && retire(next))
    next = next->partner;
  return true;
}

void copier_queue_after_fork(struct copier_queue *queue) {
  struct copier_tickets all = copier_queue_tickets(queue);
  for (copier_ticket ticket = all.first; ticket != all.past; ++ticket) {
    struct copier_slot *slot = slot_of(queue, ticket);
    if (slot->published == ticket + 1) {
      slot->claimed = slot->done;
    } else {
      // The thread that was submitting it is gone: an empty task in its place.
      slot->claimed = slot->done = round_of(ticket) | COPIER_ALL_SEGMENTS;
      slot->flags = 0;
      slot->published = ticket + 1;
    }
  }
  uint64_t others = *queue->word & ~(uint64_t)0xFFFF;
  __atomic_store_n(queue->word, others | (all.past - all.first),
                   __ATOMIC_RELAXED);
  retire(queue);
}
