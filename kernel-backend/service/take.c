//===- take.c - Taking what a client submits ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Each word of a slot is read once, into memory of the service; only that is
// then looked at.
//
//===----------------------------------------------------------------------===//

#include "service/take.h"
#include "service/jobs.h"

#define MIN_SEGMENT_SHIFT 6

/// Reads a word of the rings, whatever its size, exactly once.
#define FETCH(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)

static uint64_t mark_of(__u64 *mark) {
  return __atomic_load_n(mark, __ATOMIC_ACQUIRE);
}

static struct copier_abi_slot read_slot(struct copier_abi_slot *slot) {
  return (struct copier_abi_slot){
      .dst = FETCH(slot->dst),
      .src = FETCH(slot->src),
      .size = FETCH(slot->size),
      .segment_shift = FETCH(slot->segment_shift),
      .op = FETCH(slot->op),
      .flags = FETCH(slot->flags),
      .descr = FETCH(slot->descr),
      .dst_space = FETCH(slot->dst_space),
      .src_space = FETCH(slot->src_space),
      .reserved0 = FETCH(slot->reserved0),
      .user_data = FETCH(slot->user_data),
      .reserved1 = {FETCH(slot->reserved1[0]), FETCH(slot->reserved1[1])},
  };
}

//===----------------------------------------------------------------------===//
// Validation
//===----------------------------------------------------------------------===//

static bool is_well_formed(const struct copier_kclient *client,
                           const struct copier_abi_slot *slot) {
  const unsigned flags = COPIER_ABI_TASK_LAZY | COPIER_ABI_TASK_HANDLER;
  return slot->op == COPIER_ABI_OP_COPY && !(slot->flags & ~flags) &&
         !slot->reserved0 && !slot->reserved1[0] && !slot->reserved1[1] &&
         slot->segment_shift >= MIN_SEGMENT_SHIFT &&
         slot->segment_shift <= COPIER_MAX_SEGMENT_SHIFT && slot->size &&
         (slot->size - 1) >> slot->segment_shift < COPIER_MAX_SEGMENTS &&
         (slot->descr == COPIER_ABI_NONE ||
          slot->descr < client->rings.descr_count) &&
         (!(slot->flags & COPIER_ABI_TASK_HANDLER) ||
          client->rings.handler_count);
}

/// May the client name these bytes of the space? 0, or an errno.
static uint32_t check_range(const struct copier_kclient *client, unsigned space,
                            uintptr_t addr, size_t n, unsigned rights) {
  if (space > COPIER_MAX_SPACES || !client->windows[space].space)
    return EBADF;
  const struct copier_window *window = &client->windows[space];
  struct copier_range range = copier_range_of(addr, n);
  if (!copier_os_is_user_range(addr, n) ||
      (window->rights & rights) != rights || addr < window->range.begin ||
      range.end > window->range.end ||
      (space == 0 && copier_ranges_meet(range, client->mapping)))
    return EFAULT;
  return 0;
}

/// 0, or what \p slot is refused for, and then \p addr.
static uint32_t check(const struct copier_kclient *client,
                      const struct copier_abi_slot *slot, uintptr_t *addr) {
  *addr = 0;
  if (!is_well_formed(client, slot))
    return EINVAL;
  uint32_t error = check_range(client, slot->src_space, slot->src, slot->size,
                               COPIER_ABI_EXPORT_READ);
  *addr = slot->src;
  if (error)
    return error;
  error = check_range(client, slot->dst_space, slot->dst, slot->size,
                      COPIER_ABI_EXPORT_WRITE);
  *addr = slot->dst;
  if (error || slot->src_space != slot->dst_space)
    return error;
  bool overlaps = copier_ranges_meet(copier_range_of(slot->src, slot->size),
                                     copier_range_of(slot->dst, slot->size));
  return overlaps ? EINVAL : 0;
}

//===----------------------------------------------------------------------===//
// Taking
//===----------------------------------------------------------------------===//

static bool has_room(struct copier_kclient *client) {
  if (copier_queue_pending(client->queue) == COPIER_QUEUE_SLOTS)
    copier_queue_acknowledge(client->queue);
  return copier_queue_pending(client->queue) != COPIER_QUEUE_SLOTS;
}

/// Is there sure to be room in the Handler Queue for another task?
static bool has_handler_room(struct copier_kclient *client) {
  uint64_t posted =
      __atomic_load_n(&client->rings.ring->handled, __ATOMIC_ACQUIRE);
  uint64_t due = __atomic_load_n(&client->handlers_due, __ATOMIC_ACQUIRE);
  uint64_t used = __atomic_load_n(&client->posted, __ATOMIC_RELAXED) - posted;
  return used + due < client->rings.handler_count &&
         used <= client->rings.handler_count;
}

/// Submits what \p slot says to the core's queue, which has room.
static void submit(struct copier_kclient *client,
                   const struct copier_abi_slot *slot, struct copier_job *fresh,
                   struct copier_job *job) {
  struct copier_task task = {
      .dst = copier_tagged(slot->dst_space, slot->dst),
      .src = copier_tagged(slot->src_space, slot->src),
      .size = slot->size,
      .segment_shift = slot->segment_shift,
      .flags = slot->flags & COPIER_ABI_TASK_LAZY ? COPIER_TASK_LAZY : 0,
      .cookie = job,
  };
  fresh->all = copier_task_segments(&task);
  fresh->due = copier_os_now() +
               atomic_load_explicit(&client->lazy_period, memory_order_relaxed);
  copier_job_set(job, fresh);
  copier_job_begin(client, job);
  struct copier_submission submission;
  copier_queue_push(client->queue, &task, 1, &submission);
}

/// Takes what has been read of the slot with \p ticket.
static void take(struct copier_kclient *client, uint64_t ticket,
                 const struct copier_abi_slot *slot) {
  uintptr_t addr;
  uint32_t error = check(client, slot, &addr);
  struct copier_job fresh = {
      .ticket = ticket + 1,
      .user_data = slot->user_data,
      .descr = slot->descr,
      .flags = slot->flags,
  };
  bool has_handler =
      client->rings.handler_count && (slot->flags & COPIER_ABI_TASK_HANDLER);
  if (!has_handler)
    fresh.flags &= ~(uint32_t)COPIER_ABI_TASK_HANDLER;
  copier_count(&client->counters.taken, 1);
  copier_os_trace_take(client->number, ticket, slot->dst, slot->src, slot->size,
                       error);
  // Who finishes the last task of this job's place does so under the lock.
  copier_os_lock(&client->finish_lock);
  if (has_handler)
    __atomic_fetch_add(&client->handlers_due, 1, __ATOMIC_RELAXED);
  if (error) {
    copier_count(&client->counters.refused, 1);
    copier_job_refuse(client, &fresh, error, addr);
  } else {
    copier_ticket next = copier_queue_tickets(client->queue).past;
    struct copier_job *job = &client->jobs[next % COPIER_QUEUE_SLOTS];
    submit(client, slot, &fresh, job);
  }
  copier_os_unlock(&client->finish_lock);
}

bool copier_take_tasks(struct copier_kclient *client) {
  bool has_all = false;
  copier_os_lock(&client->take_lock);
  for (unsigned i = 0; i != COPIER_QUEUE_SLOTS; ++i) {
    uint64_t ticket = client->taken;
    struct copier_abi_slot *slot =
        &client->rings.slots[ticket % client->rings.slot_count];
    has_all = mark_of(&slot->mark) != ticket + 1;
    if (has_all || !has_room(client))
      break;
    struct copier_abi_slot copy = read_slot(slot);
    if ((copy.flags & COPIER_ABI_TASK_HANDLER) && client->rings.handler_count &&
        !has_handler_room(client))
      break;
    take(client, ticket, &copy);
    __atomic_store_n(&client->taken, ticket + 1, __ATOMIC_RELAXED);
    // Release: the slot has been read.
    __atomic_store_n(&client->rings.ring->taken, ticket + 1, __ATOMIC_RELEASE);
  }
  copier_os_unlock(&client->take_lock);
  return has_all;
}

bool copier_take_sync(struct copier_kclient *client,
                      struct copier_range *range) {
  if (!client->rings.sync_count)
    return false;
  copier_os_lock(&client->take_lock);
  uint64_t ticket = client->sync_taken;
  struct copier_abi_sync_entry *entry =
      &client->rings.syncs[ticket % client->rings.sync_count];
  bool any = mark_of(&entry->mark) == ticket + 1;
  if (any) {
    uintptr_t addr = FETCH(entry->addr);
    size_t n = FETCH(entry->size);
    *range = n && copier_os_is_user_range(addr, n) ? copier_range_of(addr, n)
                                                   : COPIER_NO_RANGE;
    __atomic_store_n(&client->sync_taken, ticket + 1, __ATOMIC_RELAXED);
    __atomic_store_n(&client->rings.ring->sync_taken, ticket + 1,
                     __ATOMIC_RELEASE);
  }
  copier_os_unlock(&client->take_lock);
  return any;
}

bool copier_has_syncs(struct copier_kclient *client) {
  if (!client->rings.sync_count)
    return false;
  uint64_t ticket = __atomic_load_n(&client->sync_taken, __ATOMIC_RELAXED);
  return mark_of(
             &client->rings.syncs[ticket % client->rings.sync_count].mark) ==
         ticket + 1;
}

bool copier_has_tasks(struct copier_kclient *client) {
  uint64_t ticket = __atomic_load_n(&client->taken, __ATOMIC_RELAXED);
  return mark_of(
             &client->rings.slots[ticket % client->rings.slot_count].mark) ==
         ticket + 1;
}

void copier_kclient_set_mapping(struct copier_kclient *client,
                                struct copier_range mapping) {
  copier_os_lock(&client->take_lock);
  client->mapping = mapping;
  copier_os_unlock(&client->take_lock);
}
