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

/// Takes the next ticket; false if its slot is still in use.
static bool take_ticket(struct copier_queue *queue, copier_ticket *ticket) {
  copier_ticket head = atomic_load_explicit(&queue->head, memory_order_relaxed);
  do {
    // Acquire: whoever retired the slot's last task is finished with it.
    copier_ticket tail =
        atomic_load_explicit(&queue->tail, memory_order_acquire);
    if (head - tail >= COPIER_QUEUE_SLOTS && (int64_t)(head - tail) > 0)
      return false;
  } while (!atomic_compare_exchange_weak_explicit(&queue->head, &head, head + 1,
                                                  memory_order_acq_rel,
                                                  memory_order_relaxed));
  *ticket = head;
  return true;
}

bool copier_queue_push(struct copier_queue *queue,
                       const struct copier_task *task) {
  copier_ticket ticket;
  if (!take_ticket(queue, &ticket))
    return false;
  struct copier_slot *slot = slot_of(queue, ticket);
  atomic_store_explicit(&slot->published, 0, memory_order_relaxed);
  // Readers that see a field below also see that the old task is gone.
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&slot->dst, task->dst, memory_order_relaxed);
  atomic_store_explicit(&slot->src, task->src, memory_order_relaxed);
  atomic_store_explicit(&slot->size, task->size, memory_order_relaxed);
  atomic_store_explicit(&slot->segment_shift, task->segment_shift,
                        memory_order_relaxed);
  atomic_store_explicit(&slot->cookie, task->cookie, memory_order_relaxed);
  copier_segments absent = ~copier_task_segments(task);
  atomic_store_explicit(&slot->claimed, round_of(ticket) | absent,
                        memory_order_relaxed);
  atomic_store_explicit(&slot->done, round_of(ticket) | absent,
                        memory_order_relaxed);
  __atomic_fetch_add(queue->pending, 1, __ATOMIC_RELAXED);
  atomic_store_explicit(&slot->published, ticket + 1, memory_order_release);
  return true;
}

struct copier_tickets copier_queue_tickets(struct copier_queue *queue) {
  // The tail first: it never passes a head that is read after it.
  copier_ticket tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  copier_ticket head = atomic_load_explicit(&queue->head, memory_order_acquire);
  // Between the two reads the tail may have followed the head: what is further
  // back than a queue's length is retired.
  if (head - tail > COPIER_QUEUE_SLOTS)
    tail = head - COPIER_QUEUE_SLOTS;
  return (struct copier_tickets){tail, head};
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
  task->cookie = atomic_load_explicit(&slot->cookie, memory_order_relaxed);
  // Pairs with the fence in push: no field is of a later task.
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
  } while (!atomic_compare_exchange_weak_explicit(
      &slot->claimed, &claimed, claimed | bit, memory_order_relaxed,
      memory_order_relaxed));
  return true;
}

/// Frees the slots of the oldest tasks as far as they are done.
static void retire(struct copier_queue *queue) {
  copier_ticket tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
  for (;;) {
    struct copier_slot *slot = slot_of(queue, tail);
    uint64_t all = round_of(tail) | COPIER_ALL_SEGMENTS;
    if (atomic_load_explicit(&slot->published, memory_order_acquire) !=
            tail + 1 ||
        atomic_load_explicit(&slot->done, memory_order_acquire) != all)
      return;
    // Release, and acquire above: the next producer of this slot comes after
    // every worker of its task.
    if (atomic_compare_exchange_strong_explicit(&queue->tail, &tail, tail + 1,
                                                memory_order_acq_rel,
                                                memory_order_acquire)) {
      // Release: who reads 0 needs no csync to see the bytes.
      __atomic_fetch_sub(queue->pending, 1, __ATOMIC_RELEASE);
      ++tail;
    }
  }
}

void copier_queue_finish(struct copier_queue *queue, copier_ticket ticket,
                         unsigned index) {
  struct copier_slot *slot = slot_of(queue, ticket);
  uint64_t bit = (uint64_t)1 << index;
  uint64_t done = atomic_load_explicit(&slot->done, memory_order_relaxed);
  do {
    if (!(clear_in(done, ticket) & bit))
      return;
    // Acquire as well: retiring passes on what the other workers copied.
  } while (!atomic_compare_exchange_weak_explicit(
      &slot->done, &done, done | bit, memory_order_acq_rel,
      memory_order_relaxed));
  retire(queue);
}

void copier_queue_after_fork(struct copier_queue *queue) {
  struct copier_tickets all = copier_queue_tickets(queue);
  size_t pending = 0;
  for (copier_ticket ticket = all.first; ticket != all.past; ++ticket) {
    struct copier_slot *slot = slot_of(queue, ticket);
    if (slot->published == ticket + 1) {
      slot->claimed = slot->done;
    } else {
      // The thread that was submitting it is gone: an empty task in its place.
      slot->claimed = slot->done = round_of(ticket) | COPIER_ALL_SEGMENTS;
      slot->published = ticket + 1;
    }
    ++pending;
  }
  // The interrupted producers and retirers may or may not have counted.
  __atomic_store_n(queue->pending, pending, __ATOMIC_RELAXED);
  retire(queue);
}
