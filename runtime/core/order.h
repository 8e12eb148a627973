//===- order.h - The tasks of a client in one order --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A client has one Copy Queue, or two, of which the second is for the services
// that work on its behalf (in the kernel, or next to it). Within a queue,
// tickets are the order. Between the two, Barrier Tasks in the second tell it
// (order dependency; paper, section 4.2.1); what they leave open is decided for
// the second queue. The result is a sequence of *places*: 0 is the oldest.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_ORDER_H
#define COPIER_CORE_ORDER_H

#include "core/queue.h"

/// What is served together: tasks of different clients have no order.
struct copier_client {
  struct copier_queue *queue;
  struct copier_queue *service_queue; ///< May be NULL. Only it has barriers.
  // Fairness (paper, section 4.5.3); of the service alone.
  _Atomic uint64_t served; ///< Bytes copied, divided by the shares.
  _Atomic uint32_t shares;
};

/// The most places there can be.
#define COPIER_MAX_PLACES (2 * COPIER_QUEUE_SLOTS)

/// Neighbours in one queue that are neighbours in the order.
struct copier_order_run {
  struct copier_queue *queue;
  struct copier_tickets tickets;
};

#define COPIER_MAX_RUNS 32

struct copier_order {
  unsigned places;
  unsigned runs_used;
  struct copier_order_run runs[COPIER_MAX_RUNS];
};

/// A task in its queue.
struct copier_place {
  struct copier_queue *queue;
  copier_ticket ticket;
};

/// Puts what may be pending of \p client in order. \p polling: with one queue,
/// only what is published, as copier_queue_published has it. (With two, what is
/// behind an unpublished task of the one may be due before tasks of the other.)
/// False if there are so many barriers that only the older part is in the
/// order: when that is complete, the rest must be asked for.
bool copier_order_of(const struct copier_client *client, bool polling,
                     struct copier_order *order);

/// The task at \p place, which is less than order->places.
static inline struct copier_place
copier_order_at(const struct copier_order *order, unsigned place) {
  const struct copier_order_run *run = order->runs;
  for (;; ++run) {
    unsigned length = (unsigned)(run->tickets.past - run->tickets.first);
    if (place < length)
      return (struct copier_place){run->queue, run->tickets.first + place};
    place -= length;
  }
}

/// Reads the task at \p place; false if it is retired, not published, or a
/// barrier.
bool copier_order_read(const struct copier_order *order, unsigned place,
                       struct copier_task *task);

/// As copier_queue_unfinished.
copier_segments copier_order_unfinished(const struct copier_order *order,
                                        unsigned place);

#endif // COPIER_CORE_ORDER_H
