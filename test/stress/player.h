//===- player.h - A thread of the stress test ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A *player* owns regions, acts on them at random and checks what it reads. It
// exchanges regions with the others through the *market*.
//
//===----------------------------------------------------------------------===//

#ifndef STRESS_PLAYER_H
#define STRESS_PLAYER_H

#include "world.h"

#include <pthread.h>
#include <stdatomic.h>

#define MAX_PLAYERS 16
#define OWNED 3
#define MARKET 4
#define QUEUES 3
#define LETTERS 8
#define LETTER_BYTES 20000
#define COUNTERS 4096
#define TRACE 24

/// What a round is like; the same for all players.
struct game {
  uint64_t seed;
  unsigned players;
  unsigned steps;
  size_t region_size;
  size_t bytes; ///< A player stops after so many.
  bool many_queues;
  bool forks;
  bool signals;
  struct region *_Atomic market[MARKET];
  pthread_mutex_t market_lock; ///< For half of the exchanges.
};

/// A copy with a handler that finds it complete, without a csync.
struct letter {
  char expected[LETTER_BYTES];
  char real[LETTER_BYTES];
  size_t at;
  size_t n;
  bool is_known; ///< No byte of it is unspecified.
  const char *name;
  _Atomic int runs; ///< Of the handler; -1: the letter is free.
};

struct player {
  struct game *game;
  unsigned number;
  struct random random;
  struct region *owned[OWNED];
  int queues[QUEUES]; ///< The first is -1, the default one.
  size_t bytes;
  unsigned step;
  bool in_child; ///< After a fork: alone in the process.
  struct letter letters[LETTERS];
  _Atomic unsigned char counters[COUNTERS]; ///< Runs of a handler each.
  unsigned counters_used;
  char trace[TRACE][100]; ///< The latest steps.
};

/// Plays until the steps or the bytes are used up. \p player is a struct
/// player.
void *player_run(void *player);

/// Have all handlers run?
bool player_has_all_handlers(const struct player *player);

/// After all have ended and a csync_all: checks what is left.
void player_check_end(struct player *player);

/// Says that the round has failed and why, with the player's trace, and ends
/// the process.
__attribute__((noreturn, format(printf, 2, 3))) void
player_fail(const struct player *player, const char *format, ...);

/// Notes what the next step does.
__attribute__((format(printf, 2, 3))) void player_note(struct player *player,
                                                       const char *format, ...);

/// The part must be as the model has it.
void player_check(const struct player *player, struct part part,
                  const char *after);

/// Sends a letter, if one is free, and checks those that have arrived.
void player_send_letter(struct player *player);

/// A handler that counts its runs, for a copy of any kind; run is NULL when
/// there are no more.
struct copier_func player_counter(struct player *player);

/// Forks; the child checks and goes on for a while.
void player_fork(struct player *player);

/// The queue of the next copy.
int player_queue(struct player *player);

/// Does something at random to the regions that the player owns.
void player_act(struct player *player);

#endif // STRESS_PLAYER_H
