//===- player.c - A thread of the stress test ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Life and death of a player, its handlers, its forks and its exchanges; what
// it does in between is in actions.c.
//
//===----------------------------------------------------------------------===//

#include "player.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/// For the handler of SIGALRM: what this thread works on.
static _Thread_local struct region *volatile current;

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

void player_note(struct player *player, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *line = player->trace[player->step % TRACE];
  vsnprintf(line, sizeof(player->trace[0]), format, arguments);
  va_end(arguments);
}

void player_fail(const struct player *player, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "stress: player %u%s, step %u: ", player->number,
          player->in_child ? " (forked child)" : "", player->step);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputs("\nits latest steps:\n", stderr);
  unsigned first = player->step < TRACE ? 0 : player->step - TRACE + 1;
  for (unsigned step = first; step <= player->step; ++step)
    fprintf(stderr, "  %u: %s\n", step, player->trace[step % TRACE]);
  fflush(stderr);
  _exit(1);
}

void player_check(const struct player *player, struct part part,
                  const char *after) {
  size_t wrong = part_first_wrong(part);
  if (wrong != SIZE_MAX)
    player_fail(player,
                "wrong byte %zu of region %u after %s of [%zu, %zu): "
                "%02x instead of %02x",
                wrong, part.in->number, after, part.at, part.at + part.n,
                part.in->real[wrong], part.in->model[wrong]);
}

//===----------------------------------------------------------------------===//
// Handlers
//===----------------------------------------------------------------------===//

static void count(void *counter) {
  atomic_fetch_add((_Atomic unsigned char *)counter, 1);
}

struct copier_func player_counter(struct player *player) {
  if (player->in_child || player->counters_used == COUNTERS)
    return (struct copier_func){0};
  return (struct copier_func){
      .run = count,
      .argument = &player->counters[player->counters_used++],
      .kind = random_one_in(&player->random, 2) ? COPIER_UFUNC : COPIER_KFUNC,
  };
}

/// In whatever thread: the copy must be complete.
static void receive_letter(void *argument) {
  struct letter *letter = argument;
  if (letter->is_known &&
      memcmp(letter->real + letter->at, letter->expected, letter->n) != 0) {
    fprintf(stderr, "stress: the handler of %s ran before its copy\n",
            letter->name);
    _exit(1);
  }
  if (atomic_fetch_add(&letter->runs, 1) != 0) {
    fprintf(stderr, "stress: the handler of %s ran twice\n", letter->name);
    _exit(1);
  }
}

/// A copy from a region into a letter, which nothing else reads or writes.
static void copy_letter(struct player *player, struct letter *letter,
                        const struct copier_func *func) {
  struct region *from = player->owned[random_below(&player->random, OWNED)];
  struct part part = random_part(from, LETTER_BYTES, &player->random);
  letter->name = "a copy";
  letter->at = 0;
  letter->n = part.n;
  letter->is_known = !part_has(part, UNSPECIFIED);
  memcpy(letter->expected, from->model + part.at, part.n);
  for (size_t i = 0; i != part.n; ++i)
    from->flags[part.at + i] |= MAYBE_READ;
  player_note(player, "letter from %u [%zu, %zu)", from->number, part.at,
              part.at + part.n);
  unsigned lazy = random_one_in(&player->random, 4) ? COPIER_LAZY : 0;
  _amemcpy(letter->real, part_real(part), part.n, player_queue(player), func,
           NULL, 0, lazy);
}

/// A move within the letter.
static void move_letter(struct player *player, struct letter *letter,
                        const struct copier_func *func) {
  size_t n = random_size(&player->random, LETTER_BYTES / 2);
  size_t from = random_below(&player->random, LETTER_BYTES - n);
  letter->name = "a move";
  letter->at = random_below(&player->random, LETTER_BYTES - n);
  letter->n = n;
  letter->is_known = true;
  for (size_t i = 0; i != n; ++i)
    letter->real[from + i] = (char)random_next(&player->random);
  memcpy(letter->expected, letter->real + from, n);
  player_note(player, "letter moved by %zd, %zu bytes",
              (ssize_t)letter->at - (ssize_t)from, n);
  _amemmove(letter->real + letter->at, letter->real + from, n,
            player_queue(player), func, NULL, 0, 0);
}

void player_send_letter(struct player *player) {
  struct letter *letter =
      &player->letters[random_below(&player->random, LETTERS)];
  if (player->in_child || atomic_load(&letter->runs) == 0) {
    post_handlers();
    return;
  }
  // Its handler has run, so that it is nobody else's.
  atomic_store(&letter->runs, 0);
  struct copier_func func = {
      .run = receive_letter,
      .argument = letter,
      .kind = random_one_in(&player->random, 2) ? COPIER_UFUNC : COPIER_KFUNC,
  };
  if (random_one_in(&player->random, 2))
    copy_letter(player, letter, &func);
  else
    move_letter(player, letter, &func);
}

//===----------------------------------------------------------------------===//
// Forks and exchanges
//===----------------------------------------------------------------------===//

/// fork has completed what this thread knew of.
static void check_all_after_fork(struct player *player) {
  for (unsigned i = 0; i != OWNED; ++i) {
    struct part all = {player->owned[i], 0, player->owned[i]->size};
    model_synced(all);
    player_check(player, all, "a fork, without a csync,");
  }
}

__attribute__((noreturn)) static void play_child(struct player *player) {
  player->in_child = true;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (unsigned i = 1; i != QUEUES; ++i)
    player->queues[i] = -1;
  check_all_after_fork(player);
  for (unsigned left = 1 + (unsigned)random_below(&player->random, 20); left;
       --left)
    player_act(player);
  csync_all();
  check_all_after_fork(player);
  _exit(0);
}

void player_fork(struct player *player) {
  player_note(player, "fork");
  struct random childs = player->random;
  random_next(&player->random);
  pid_t pid = fork();
  if (pid < 0)
    return;
  if (pid == 0) {
    player->random = childs;
    play_child(player);
  }
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (status != 0)
    player_fail(player, "the forked child ended with status %x", status);
  check_all_after_fork(player);
}

/// Swaps a region for one of the market, csynced by the giver or the taker or,
/// if order needs no csync, by nobody.
static void exchange(struct player *player) {
  struct game *game = player->game;
  struct region **mine = &player->owned[random_below(&player->random, OWNED)];
  unsigned at = (unsigned)random_below(&player->random, MARKET);
  bool by_lock = at % 2;
  bool giver_syncs = random_one_in(&player->random, 2);
  player_note(player, "exchange of region %u, %scsynced", (*mine)->number,
              giver_syncs ? "" : "not ");
  if (giver_syncs) {
    csync((*mine)->real, (*mine)->size);
    model_synced((struct part){*mine, 0, (*mine)->size});
  }
  if (by_lock) {
    pthread_mutex_lock(&game->market_lock);
    struct region *other =
        atomic_load_explicit(&game->market[at], memory_order_relaxed);
    atomic_store_explicit(&game->market[at], *mine, memory_order_relaxed);
    pthread_mutex_unlock(&game->market_lock);
    *mine = other;
  } else {
    *mine = atomic_exchange_explicit(&game->market[at], *mine,
                                     memory_order_acq_rel);
  }
  // Between the queues of different threads only a csync makes an order.
  if (game->many_queues) {
    csync((*mine)->real, (*mine)->size);
    model_synced((struct part){*mine, 0, (*mine)->size});
  }
}

int player_queue(struct player *player) {
  return player->queues[random_below(&player->random, QUEUES)];
}

static void renew_queue(struct player *player) {
  int *queue = &player->queues[1 + random_below(&player->random, QUEUES - 1)];
  player_note(player, "new queue instead of %d", *queue);
  if (*queue >= 0 && copier_destroy_queue(*queue) != 0)
    player_fail(player, "copier_destroy_queue: %s", strerror(errno));
  *queue = copier_create_queue(1 + random_below(&player->random, 256));
  if (*queue < 0)
    player_fail(player, "copier_create_queue: %s", strerror(errno));
}

//===----------------------------------------------------------------------===//
// Playing
//===----------------------------------------------------------------------===//

/// A signal handler may csync, whatever it interrupts.
static void on_alarm(int number) {
  (void)number;
  struct region *region = current;
  if (region)
    csync(region->real, region->size / 2);
}

static void play_step(struct player *player) {
  const struct game *game = player->game;
  struct random *random = &player->random;
  current = player->owned[random_below(random, OWNED)];
  if (game->forks && random_one_in(random, 300))
    player_fork(player);
  else if (random_one_in(random, 12))
    exchange(player);
  else if (game->many_queues && random_one_in(random, 100))
    renew_queue(player);
  else if (random_one_in(random, 10))
    player_send_letter(player);
  else
    player_act(player);
}

void *player_run(void *argument) {
  struct player *player = argument;
  for (unsigned i = 0; i != LETTERS; ++i)
    atomic_store(&player->letters[i].runs, -1);
  for (unsigned i = 0; i != QUEUES; ++i)
    player->queues[i] = -1;
  if (player->game->signals)
    signal(SIGALRM, on_alarm);
  while (player->step != player->game->steps &&
         player->bytes < player->game->bytes) {
    play_step(player);
    ++player->step;
  }
  current = NULL;
  for (unsigned i = 1; i != QUEUES; ++i)
    if (player->queues[i] >= 0)
      copier_destroy_queue(player->queues[i]);
  return NULL;
}

bool player_has_all_handlers(const struct player *player) {
  for (unsigned i = 0; i != LETTERS; ++i)
    if (atomic_load(&player->letters[i].runs) == 0)
      return false;
  for (unsigned i = 0; i != player->counters_used; ++i)
    if (player->counters[i] == 0)
      return false;
  return true;
}

void player_check_end(struct player *player) {
  player_note(player, "the end");
  for (unsigned i = 0; i != LETTERS; ++i)
    if (atomic_load(&player->letters[i].runs) == 0)
      player_fail(player, "the handler of %s never ran",
                  player->letters[i].name);
  for (unsigned i = 0; i != player->counters_used; ++i)
    if (player->counters[i] != 1)
      player_fail(player, "handler %u ran %u times", i, player->counters[i]);
  for (unsigned i = 0; i != OWNED; ++i) {
    struct part all = {player->owned[i], 0, player->owned[i]->size};
    player_check(player, all, "the last csync_all");
  }
}
