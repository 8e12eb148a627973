//===- clients.h - The queues of this process ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The default queue, which amemcpy uses, and those that a program has created
// for itself (paper, section 5.1.1, "multi-queue supports"). Each belongs to a
// client of its own: csync looks at all of them, order between them is made
// where a thread goes from one to another (client/submit.c).
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_CLIENTS_H
#define COPIER_PROCESS_CLIENTS_H

#include "core/order.h"

#define COPIER_MAX_CLIENTS 64

/// All clients; the first is the default one. An entry that was NULL may be
/// taken at any time; one that is not stays what it is while the process lives.
extern struct copier_client *copier_clients[COPIER_MAX_CLIENTS];

/// Client \p number, or NULL.
static inline struct copier_client *copier_client_at(unsigned number) {
  return __atomic_load_n(&copier_clients[number], __ATOMIC_ACQUIRE);
}

/// How many there are.
unsigned copier_clients_used(void);

/// The default client.
extern struct copier_client copier_default_client;

/// The index of \p client in copier_clients.
unsigned copier_client_number(const struct copier_client *client);

/// Submits \p tasks to \p client and counts them; false if its queue is full.
/// \p first, if not NULL, is set to the ticket of the first one.
bool copier_client_push(struct copier_client *client,
                        const struct copier_task *tasks, unsigned count,
                        copier_ticket *first);

/// Takes note of what is complete in all queues: see copier_queue_acknowledge.
/// If all that is pending is this thread's, it then knows where that is.
void copier_clients_acknowledge(void);

/// A client with a queue of \p limit tasks that nobody else has; NULL and
/// errno, EMFILE if there are too many, or ENOMEM.
struct copier_client *copier_client_create(unsigned limit);

/// Gives back \p client, whose queue is empty.
void copier_client_destroy(struct copier_client *client);

/// Makes every csync look further than the default queue, or ends that: for
/// what is pending elsewhere.
void copier_pending_elsewhere_add(unsigned count);
void copier_pending_elsewhere_remove(unsigned count);

/// In the child of a fork.
void copier_clients_after_fork(void);

#endif // COPIER_PROCESS_CLIENTS_H
