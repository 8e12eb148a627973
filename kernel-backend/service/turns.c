//===- turns.c - Fairness between clients -------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// See turns.h. Whoever ends a turn lets the next one in.
//
//===----------------------------------------------------------------------===//

#include "service/turns.h"

void copier_turns_init(struct copier_turns *turns, unsigned most,
                       size_t slice) {
  copier_os_lock_init(&turns->lock, COPIER_OS_LOCK_TURNS);
  turns->most = most ? most : 1;
  turns->slice = slice;
}

static uint64_t served(const struct copier_turn *turn) {
  return atomic_load_explicit(&turn->client->served, memory_order_relaxed);
}

static void set_served(struct copier_turn *turn, uint64_t bytes) {
  atomic_store_explicit(&turn->client->served, bytes, memory_order_relaxed);
}

/// Who waits and has been served least; NULL if nobody waits.
static struct copier_turn *next_of(const struct copier_turns *turns) {
  struct copier_turn *least = NULL;
  for (struct copier_turn *turn = turns->all; turn; turn = turn->next)
    if (turn->is_waiting && (!least || served(turn) < served(least)))
      least = turn;
  return least;
}

/// Lets in as many as may run; called with the lock held.
static void let_in(struct copier_turns *turns) {
  struct copier_turn *next;
  while (turns->running < turns->most && (next = next_of(turns))) {
    next->is_waiting = false;
    ++turns->running;
    if (turns->floor < served(next))
      turns->floor = served(next);
    atomic_store_explicit(&next->is_running, true, memory_order_release);
    copier_os_wake(next->event);
  }
}

void copier_turn_init(struct copier_turn *turn) {
  struct copier_turns *turns = turn->turns;
  copier_os_lock(&turns->lock);
  turn->next = turns->all;
  turns->all = turn;
  set_served(turn, turns->floor);
  copier_os_unlock(&turns->lock);
}

void copier_turn_destroy(struct copier_turn *turn) {
  copier_turn_end(turn);
  copier_os_lock(&turn->turns->lock);
  struct copier_turn **link = &turn->turns->all;
  while (*link != turn)
    link = &(*link)->next;
  *link = turn->next;
  copier_os_unlock(&turn->turns->lock);
}

static bool is_running(const struct copier_turn *turn) {
  return atomic_load_explicit(&turn->is_running, memory_order_acquire);
}

static bool need_not_wait(void *argument) {
  const struct copier_turn *turn = argument;
  return is_running(turn) ||
         atomic_load_explicit(turn->stopping, memory_order_relaxed);
}

bool copier_turn_begin(struct copier_turn *turn) {
  copier_os_lock(&turn->turns->lock);
  // Who has been idle gets no credit for it.
  if (turn->turns->floor > turn->turns->slice &&
      served(turn) < turn->turns->floor - turn->turns->slice)
    set_served(turn, turn->turns->floor - turn->turns->slice);
  turn->is_waiting = !is_running(turn);
  let_in(turn->turns);
  copier_os_unlock(&turn->turns->lock);
  if (!is_running(turn))
    copier_os_wait(turn->event, need_not_wait, turn, COPIER_OS_NEVER);
  copier_os_lock(&turn->turns->lock);
  turn->is_waiting = false;
  copier_os_unlock(&turn->turns->lock);
  return is_running(turn);
}

/// Ends a turn, and waits for the next one or not, before anybody is let in.
static void end(struct copier_turn *turn, bool waits) {
  copier_os_lock(&turn->turns->lock);
  turn->is_waiting = waits;
  if (is_running(turn)) {
    atomic_store_explicit(&turn->is_running, false, memory_order_relaxed);
    --turn->turns->running;
    let_in(turn->turns);
  }
  copier_os_unlock(&turn->turns->lock);
}

void copier_turn_end(struct copier_turn *turn) { end(turn, false); }

void copier_turn_pass(struct copier_turn *turn) { end(turn, true); }

void copier_turn_charge(struct copier_turn *turn, size_t bytes) {
  uint32_t shares =
      atomic_load_explicit(&turn->client->shares, memory_order_relaxed);
  set_served(turn,
             served(turn) + (uint64_t)bytes * COPIER_DEFAULT_SHARES / shares);
}
