//===- turns.h - Fairness between clients -------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Every client has a worker, but only so many of them copy at a time, a slice
// each (paper, section 4.5.3). Who has copied least, by its shares, is next.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SERVICE_TURNS_H
#define COPIER_SERVICE_TURNS_H

#include "core/serve.h"
#include "service/os.h"

struct copier_turns {
  struct copier_os_lock lock;
  struct copier_turn *all; ///< The clients' turns.
  unsigned running;
  unsigned most;  ///< How many may run at a time.
  size_t slice;   ///< How many bytes one may copy before others are asked.
  uint64_t floor; ///< `served` of who was let in last: who comes is no less.
};

struct copier_turn {
  struct copier_turns *turns;
  struct copier_turn *next;
  struct copier_client *client;
  struct copier_os_event *event;
  const _Atomic uint32_t *stopping; ///< Its worker is to end.
  bool is_waiting;
  _Atomic bool is_running;
};

/// Makes the zeroed \p turns.
void copier_turns_init(struct copier_turns *turns, unsigned most, size_t slice);

/// Adds \p turn, of which all but `turns` to `stopping` is zero.
void copier_turn_init(struct copier_turn *turn);
void copier_turn_destroy(struct copier_turn *turn);

/// Waits until it is the turn; false if the worker is to end instead.
bool copier_turn_begin(struct copier_turn *turn);

/// Ends it, if it is not over, and asks for none: when there is nothing to do,
/// and before the worker waits for something that may take long.
void copier_turn_end(struct copier_turn *turn);

/// Ends it, and asks for the next one, so that those who wait are not let in
/// before if they have been served more. copier_turn_begin or copier_turn_end
/// must follow.
void copier_turn_pass(struct copier_turn *turn);

/// Takes note of \p bytes that the worker has copied.
void copier_turn_charge(struct copier_turn *turn, size_t bytes);

#endif // COPIER_SERVICE_TURNS_H
