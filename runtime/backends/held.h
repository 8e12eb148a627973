//===- held.h - The tasks that the kernel has ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tasks whose segments are all claimed on behalf of the kernel, and what its
// reports make of them. Everything here but copier_held_look and
// copier_held_count wants the lock; whoever waits for the kernel does so
// without it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_HELD_H
#define COPIER_BACKENDS_HELD_H

#include "backends/device.h"
#include "process/clients.h"

/// A task that the kernel has, or whose number it still has.
struct copier_held {
  struct copier_place at;
  struct copier_task task;
  unsigned client;      ///< The number of its client.
  copier_segments left; ///< That are not finished.
  uint64_t serial;      ///< They are counted.
  bool is_received;     ///< From a file or socket: see forward.h.
};

uint64_t copier_held_lock(void);
void copier_held_unlock(uint64_t mask);

/// How many numbers are taken.
unsigned copier_held_count(void);

/// Takes a number of the device's, of which one is free; and gives it back, if
/// no task has become of it.
unsigned copier_held_take_number(void);
void copier_held_free_number(unsigned number);

/// The task, with all its segments, that is at \p ticket in the queue of
/// \p client is the kernel's from now on.
struct copier_held *copier_held_add(unsigned number,
                                    struct copier_client *client,
                                    copier_ticket ticket,
                                    const struct copier_task *task);

/// The task with \p number; or that of \p ticket in the queue of client number
/// \p client. NULL: the kernel has none.
const struct copier_held *copier_held_at(unsigned number);
const struct copier_held *copier_held_find(unsigned client,
                                           copier_ticket ticket);

/// How many have been added before the oldest that is left, taken from how many
/// have been.
uint64_t copier_held_span(void);

/// Takes note of all reports. If one has a fault, everything is given back.
void copier_held_harvest(void);

/// Likewise, if there is anything new.
void copier_held_look(void);

/// Has the kernel give back everything.
void copier_held_recall(void);

/// \p n bytes for \p addr that were received are nowhere any more: ends the
/// process rather than have it take others for them.
__attribute__((noreturn)) void copier_held_lose(uintptr_t addr, size_t n);

/// Is there a device? The child of a fork opens one when it first needs it.
bool copier_held_has_device(void);

/// In the child of a fork, unlocks as well.
void copier_held_after_fork(void);

#endif // COPIER_BACKENDS_HELD_H
