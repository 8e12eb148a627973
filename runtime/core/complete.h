//===- complete.h - Completing the copies that somebody waits for -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A csync is a Sync Task that its own thread carries out: find what it needs,
// with everything that this depends on (promotion; paper, section 4.2.2), copy
// what nobody has begun, and wait for the rest. The service runs tasks by the
// same rules.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_COMPLETE_H
#define COPIER_CORE_COMPLETE_H

#include "core/queue.h"

/// A claim that a thread holds.
struct copier_claim {
  copier_ticket ticket_plus_one; ///< 0: none.
  unsigned index;
};

/// Who carries out copies: a client in csync, a process that ends, the service.
struct copier_worker {
  /// From the first segment to the last? Clients go the other way than the
  /// service, so that they meet once.
  bool forwards;
  /// For a worker that must not fault, called before it claims a segment: makes
  /// the \p n bytes from \p offset of \p task safe to access without a fault;
  /// false if that is not possible, then they are left. NULL: it may fault.
  bool (*make_resident)(copier_ticket ticket, const struct copier_task *task,
                        size_t offset, size_t n);
  /// As memcpy.
  void (*copy)(uintptr_t dst, uintptr_t src, size_t n);
  /// The calling thread's claim. It stays what it is if a fault handler jumps
  /// out of a copy.
  struct copier_claim *(*claim)(void);
  /// Called while waiting, with how often it has been before. True every now
  /// and then, when the wait has been very long.
  bool (*relax)(unsigned times);
  /// Would a copy of \p n bytes surely fault?
  bool (*is_bad)(uintptr_t dst, uintptr_t src, size_t n);
  /// Nanoseconds since some start; 0 always when nobody measures.
  uint64_t (*clock)(void);
  /// Told what became of the copies of one task: how many segments were copied
  /// here, and how long that and waiting for others took.
  void (*account)(void *cookie, unsigned segments, uint64_t nanoseconds);
};

/// What one csync needs. Large: a kilobyte.
struct copier_plan {
  struct copier_tickets tickets;
  copier_segments needed[COPIER_QUEUE_SLOTS]; ///< From tickets.first on.
};

/// Plans what must be done before bytes in \p written may be written and bytes
/// in \p read may be read. False if that is nothing.
bool copier_plan_completion(struct copier_queue *queue,
                            struct copier_range written,
                            struct copier_range read, struct copier_plan *plan);

/// Carries out \p plan as \p worker. On return all of it is done, except for
/// segments that the worker cannot make resident and what depends on them.
void copier_complete(struct copier_queue *queue, const struct copier_plan *plan,
                     const struct copier_worker *worker);

/// One step of a service: copies what is unclaimed and ready of the task of
/// \p ticket. False if there was nothing, or a segment could not be made
/// resident: \p stuck tells.
bool copier_serve(struct copier_queue *queue, copier_ticket ticket,
                  const struct copier_worker *worker, bool *stuck);

#endif // COPIER_CORE_COMPLETE_H
