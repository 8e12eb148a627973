//===- forward.c - Copies that the kernel's service makes -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Forwarding, and what of the kernel's csync needs; the tasks that the kernel
// has are in held.h.
//
// When anything goes wrong, a bad address or a device that is gone, the kernel
// gives back everything: what it has not done is unclaimed, and copied here in
// the order that the queues have. Only what the kernel has received it does not
// give back, but brings to memory first. If it cannot, the memory is bad, and
// the csync that needs the bytes raises the signal.
//
//===----------------------------------------------------------------------===//

#include "backends/forward.h"
#include "backends/held.h"
#include "process/section.h"

#include <errno.h>

/// The most tasks that one copy is cut into.
#define MAX_TASKS 64

/// What the kernel receives it must have room for when it has read: it keeps
/// this many tasks, of which a received one counts twice, from the oldest on
/// that is not over.
#define ROOM (COPIER_DEVICE_TASKS / 2 - 1)

//===----------------------------------------------------------------------===//
// Asking for segments
//===----------------------------------------------------------------------===//

/// Of \p segments of the task at \p at, the kernel's. If there are any and
/// \p all is to be recalled, none is left.
static copier_segments left_of(struct copier_place at, copier_segments segments,
                               bool recalls) {
  unsigned client = 0;
  while (copier_client_at(client)->queue != at.queue)
    ++client;
  uint64_t mask = copier_held_lock();
  copier_held_harvest();
  const struct copier_held *one = copier_held_find(client, at.ticket);
  copier_segments left = one ? one->left & segments : 0;
  if (left && recalls)
    copier_held_recall();
  copier_held_unlock(mask);
  return left;
}

/// The bytes that \p segments, not empty, of \p task write, and those between.
static struct copier_range written_by(const struct copier_task *task,
                                      copier_segments segments) {
  unsigned first = (unsigned)__builtin_ctz(segments);
  unsigned last = 31 - (unsigned)__builtin_clz(segments);
  return (struct copier_range){task->dst + copier_segment_offset(task, first),
                               task->dst + copier_segment_offset(task, last) +
                                   copier_segment_size(task, last)};
}

void copier_forward_ask_for(struct copier_place at,
                            const struct copier_task *task,
                            copier_segments segments) {
  if (!(task->flags & COPIER_TASK_HELD))
    return;
  copier_segments left = left_of(at, segments, /*recalls=*/false);
  if (!left)
    return;
  // Whatever it says: what counts is the report.
  copier_device_sync(written_by(task, left));
  left_of(at, left, /*recalls=*/true);
}

//===----------------------------------------------------------------------===//
// Forwarding
//===----------------------------------------------------------------------===//

/// Must one of the two come after the other?
static bool do_conflict(const struct copier_task *a,
                        const struct copier_task *b) {
  struct copier_range a_dst = copier_range_of(a->dst, a->size);
  struct copier_range b_dst = copier_range_of(b->dst, b->size);
  return copier_ranges_meet(a_dst, b_dst) ||
         copier_ranges_meet(a_dst, copier_range_of(b->src, b->size)) ||
         copier_ranges_meet(b_dst, copier_range_of(a->src, a->size));
}

static bool any_conflicts(const struct copier_task *earlier,
                          const struct copier_task *tasks, unsigned count) {
  for (unsigned i = 0; i != count; ++i)
    if (do_conflict(earlier, &tasks[i]))
      return true;
  return false;
}

/// Is anything pending of client \p number that \p tasks must come after, and
/// that the kernel does not have?
static bool must_wait_for(unsigned number, const struct copier_client *client,
                          const struct copier_task *tasks, unsigned count) {
  if (!copier_queue_pending(client->queue))
    return false;
  struct copier_tickets tickets = copier_queue_tickets(client->queue);
  for (; tickets.first != tickets.past; ++tickets.first) {
    struct copier_task earlier;
    if (copier_queue_unfinished(client->queue, tickets.first) &&
        !copier_held_find(number, tickets.first) &&
        copier_queue_read(client->queue, tickets.first, &earlier) &&
        any_conflicts(&earlier, tasks, count))
      return true;
  }
  return false;
}

/// Does what the kernel does with \p tasks come after all that it must?
static bool can_forward(const struct copier_task *tasks, unsigned count) {
  if (tasks->flags & COPIER_TASK_LAZY)
    return false;
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i) {
    const struct copier_client *client = copier_client_at(i);
    if (!client)
      break;
    if (must_wait_for(i, client, tasks, count))
      return false;
  }
  return true;
}

/// Submits \p tasks so that nobody here touches them, and forwards them.
static bool push_held(struct copier_client *client,
                      const struct copier_task *tasks, unsigned count) {
  struct copier_task held[MAX_TASKS];
  for (unsigned i = 0; i != count; ++i) {
    held[i] = tasks[i];
    held[i].flags |= COPIER_TASK_HELD;
  }
  copier_ticket first;
  if (!copier_client_push(client, held, count, &first))
    return false;
  for (unsigned i = 0; i != count; ++i) {
    unsigned number = copier_held_take_number();
    copier_held_add(number, client, first + i, &held[i]);
    copier_device_submit(number, &held[i]);
  }
  return true;
}

void copier_forward_harvest(void) { copier_held_look(); }

const char *copier_forward_open(void) {
  return copier_device_is_open() ? NULL : copier_device_open();
}

/// Is the device one for these tasks?
static bool takes(const struct copier_task *tasks, unsigned count,
                  bool is_worth_waking) {
  if (!copier_held_has_device() ||
      (!is_worth_waking && copier_device_is_asleep()))
    return false;
  for (unsigned i = 0; i != count; ++i)
    if (!copier_device_takes(&tasks[i]))
      return false;
  return count <= MAX_TASKS;
}

static bool forward(struct copier_client *client,
                    const struct copier_task *tasks, unsigned count,
                    bool is_worth_waking) {
  if (!takes(tasks, count, is_worth_waking))
    return false;
  if (!can_forward(tasks, count))
    return copier_client_push(client, tasks, count, NULL);
  return copier_held_count() + count <= COPIER_DEVICE_TASKS &&
         push_held(client, tasks, count);
}

bool copier_forward(struct copier_client *client,
                    const struct copier_task *tasks, unsigned count,
                    bool is_worth_waking, bool wakes) {
  uint64_t mask = copier_held_lock();
  copier_held_harvest();
  bool taken = forward(client, tasks, count, is_worth_waking);
  wakes = wakes && copier_held_count() && copier_device_is_asleep();
  copier_held_unlock(mask);
  if (wakes)
    copier_device_wake();
  return taken;
}

//===----------------------------------------------------------------------===//
// Transfers
//===----------------------------------------------------------------------===//

/// Is there room for what is to be received? The kernel cannot put it back, and
/// must not have to complete anything, which may be impossible, to make room.
static bool has_room(const struct copier_client *client) {
  return copier_held_span() < ROOM &&
         copier_queue_pending(client->queue) < client->queue->limit;
}

/// What must come before a transfer is what must come before this.
static struct copier_task onto_itself(const struct copier_io *transfer) {
  return (struct copier_task){.dst = transfer->addr,
                              .src = transfer->addr,
                              .size = transfer->n,
                              .flags = COPIER_TASK_HELD};
}

static ssize_t receive(struct copier_client *client,
                       const struct copier_io *transfer) {
  struct copier_task task = onto_itself(transfer);
  unsigned number = copier_held_take_number();
  ssize_t n = copier_device_receive(number, transfer, &task.segment_shift);
  if (n <= 0) {
    copier_held_free_number(number);
    return n;
  }
  task.size = (size_t)n;
  copier_ticket ticket;
  if (!copier_client_push(client, &task, 1, &ticket))
    copier_held_lose(task.dst, task.size); // has_room said otherwise.
  copier_held_add(number, client, ticket, &task)->is_received = true;
  return n;
}

ssize_t copier_forward_receive(struct copier_client *client,
                               const struct copier_io *transfer) {
  const struct copier_task task = onto_itself(transfer);
  if (transfer->n >> COPIER_DEVICE_TRANSFER_SHIFT ||
      !copier_device_prepare(copier_range_of(task.dst, task.size)))
    return COPIER_IO_REFUSED;
  uint64_t mask = copier_held_lock();
  copier_held_harvest();
  // Under the lock: no slot of the rings is half submitted, for which the
  // kernel would wait in vain when it has read.
  bool is_able =
      copier_held_has_device() && has_room(client) && can_forward(&task, 1);
  ssize_t n = is_able ? receive(client, transfer) : (ssize_t)COPIER_IO_REFUSED;
  int error = errno;
  copier_held_unlock(mask);
  errno = error;
  return n;
}

/// Is any forwarded copy not done that writes where \p task reads?
static bool any_writes(const struct copier_task *task) {
  struct copier_range read = copier_range_of(task->src, task->size);
  for (unsigned number = 0; number != COPIER_DEVICE_TASKS; ++number) {
    const struct copier_held *one = copier_held_at(number);
    if (one && one->left &&
        copier_ranges_meet(copier_range_of(one->task.dst, one->task.size),
                           read))
      return true;
  }
  return false;
}

ssize_t copier_forward_send(const struct copier_io *transfer) {
  const struct copier_task task = onto_itself(transfer);
  uint64_t mask = copier_held_lock();
  copier_held_harvest();
  // With nothing to read through, the plain call copies once less.
  bool is_able = !(transfer->n >> COPIER_DEVICE_TRANSFER_SHIFT) &&
                 copier_held_count() && any_writes(&task) &&
                 can_forward(&task, 1);
  copier_held_unlock(mask);
  // Without the lock: it may wait until somebody reads.
  return is_able ? copier_device_send(transfer) : COPIER_IO_REFUSED;
}

void copier_forward_wake(void) {
  uint64_t mask = copier_held_lock();
  copier_held_harvest();
  bool wakes = copier_held_count() && copier_device_is_asleep();
  copier_held_unlock(mask);
  if (wakes)
    copier_device_wake();
}

//===----------------------------------------------------------------------===//
// Fork
//===----------------------------------------------------------------------===//

static uint64_t mask_before_fork;

void copier_forward_before_fork(void) {
  uint64_t mask = copier_held_lock();
  mask_before_fork = mask;
  if (copier_held_count())
    copier_held_recall();
}

void copier_forward_fork_parent(void) { copier_held_unlock(mask_before_fork); }

void copier_forward_after_fork(void) {
  copier_held_after_fork();
  copier_section_restore_signals(mask_before_fork);
}
