//===- order.c - The tasks of a client in one order --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See order.h. A barrier at ticket b of the service queue that refers to
// position p of the other one puts the tickets below p before all behind b, and
// those from p on behind all before b: so the merge takes each queue up to the
// next barrier in turn.
//
//===----------------------------------------------------------------------===//

#include "core/order.h"

static void add_run(struct copier_order *order, struct copier_queue *queue,
                    copier_ticket first, copier_ticket past) {
  if (first >= past)
    return;
  order->runs[order->runs_used++] =
      (struct copier_order_run){queue, {first, past}};
  order->places += (unsigned)(past - first);
}

/// Is the task of \p ticket a barrier, and where does it point?
static bool read_barrier(struct copier_queue *queue, copier_ticket ticket,
                         copier_ticket *position) {
  struct copier_task task;
  if (!copier_queue_read(queue, ticket, &task) ||
      !(task.flags & COPIER_TASK_BARRIER))
    return false;
  *position = task.src;
  return true;
}

/// Merges \p own and what is pending of the service queue, whose barriers refer
/// to no more than \p head; false if there is no room for all runs.
static bool merge(const struct copier_client *client, struct copier_tickets own,
                  copier_ticket head, struct copier_tickets service,
                  struct copier_order *order) {
  copier_ticket begin = service.first;
  for (copier_ticket ticket = begin; ticket != service.past; ++ticket) {
    copier_ticket position;
    if (!read_barrier(client->service_queue, ticket, &position))
      continue;
    if (order->runs_used + 4 > COPIER_MAX_RUNS)
      return false;
    if (position > head)
      position = head;
    add_run(order, client->service_queue, begin, ticket);
    add_run(order, client->queue, own.first, position);
    if (position > own.first)
      own.first = position;
    begin = ticket + 1;
  }
  add_run(order, client->service_queue, begin, service.past);
  add_run(order, client->queue, own.first, own.past);
  return true;
}

bool copier_order_of(const struct copier_client *client, bool polling,
                     struct copier_order *order) {
  order->places = order->runs_used = 0;
  struct copier_tickets own = polling && !client->service_queue
                                  ? copier_queue_published(client->queue)
                                  : copier_queue_tickets(client->queue);
  if (!client->service_queue) {
    add_run(order, client->queue, own.first, own.past);
    return true;
  }
  // After the client's own, so that what a service has submitted before any of
  // these is there; its barriers may reach beyond them.
  struct copier_tickets service = copier_queue_tickets(client->service_queue);
  copier_ticket head = copier_queue_tickets(client->queue).past;
  // What is further back than a queue's length is retired by now.
  if (head - own.first > COPIER_QUEUE_SLOTS)
    own.first = head - COPIER_QUEUE_SLOTS;
  return merge(client, own, head, service, order);
}

bool copier_order_read(const struct copier_order *order, unsigned place,
                       struct copier_task *task) {
  struct copier_place at = copier_order_at(order, place);
  return copier_queue_read(at.queue, at.ticket, task) &&
         !(task->flags & COPIER_TASK_BARRIER);
}

copier_segments copier_order_unfinished(const struct copier_order *order,
                                        unsigned place) {
  struct copier_place at = copier_order_at(order, place);
  return copier_queue_unfinished(at.queue, at.ticket);
}
