//===- actions.c - What a player does to its regions --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies in all ways there are, reads and writes behind every kind of csync, and
// aborts.
//
//===----------------------------------------------------------------------===//

#include "player.h"

#include <copier/entry_points.h>
#include <errno.h>
#include <string.h>

static struct region *some_region(struct player *player) {
  return player->owned[random_below(&player->random, OWNED)];
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

static bool overlaps(struct part a, struct part b) {
  return a.in == b.in && a.at < b.at + b.n && b.at < a.at + a.n;
}

/// By one of the functions without a descriptor.
static void copy_simply(struct player *player, struct part dst,
                        struct part src) {
  void *to = part_real(dst);
  const void *from = part_real(src);
  bool move = overlaps(dst, src) || random_one_in(&player->random, 4);
  switch (random_below(&player->random, 4)) {
  case 0:
    move ? __copier_amemmove(to, from, dst.n, NULL)
         : __copier_amemcpy(to, from, dst.n, NULL);
    return;
  case 1:
    if (!move) {
      __copier_amemcpy_hinted(to, from, dst.n, NULL, COPIER_HINT_LAZY, 4096);
      return;
    }
    // Fall through.
  default:
    move ? amemmove(to, from, dst.n) : amemcpy(to, from, dst.n);
  }
}

/// With all that an expert can add.
static void copy_as_expert(struct player *player, struct part dst,
                           struct part src, struct copier_descr *descr) {
  struct random *random = &player->random;
  struct copier_func func = {0};
  if (random_one_in(random, 3))
    func = player_counter(player);
  unsigned opts = random_one_in(random, 3) ? COPIER_LAZY : 0;
  bool move = overlaps(dst, src) || random_one_in(random, 4);
  int result = (move ? _amemmove : _amemcpy)(
      part_real(dst), part_real(src), dst.n, player_queue(player),
      func.run ? &func : NULL, descr, descr ? dst.at : 0, opts);
  if (result != 0)
    player_fail(player, "_amemcpy: %s", strerror(errno));
}

/// For the test of this test: one copy in BREAK_ONE_IN is not made.
static bool is_left_out(struct player *player) {
#ifdef BREAK_ONE_IN
  return random_one_in(&player->random, BREAK_ONE_IN);
#else
  (void)player;
  return false;
#endif
}

static void copy(struct player *player) {
  struct random *random = &player->random;
  struct region *to = some_region(player);
  struct part src = random_part(some_region(player), to->size, random);
  struct part dst = {to, random_below(random, to->size - src.n + 1), src.n};
  player_note(player, "copy %u [%zu, %zu) to %u at %zu", src.in->number, src.at,
              src.at + src.n, to->number, dst.at);
  bool counted = to->descr && (to->is_bound || random_one_in(random, 2));
  bool own_descr = to->descr && (!to->is_bound || random_one_in(random, 4));
  bool as_expert = random_one_in(random, 2) || (counted && !to->is_bound);
  if (is_left_out(player))
    player_note(player, "a copy that is not made");
  else if (as_expert)
    copy_as_expert(player, dst, src, counted && own_descr ? to->descr : NULL);
  else
    copy_simply(player, dst, src);
  model_copy(dst, src, counted);
  player->bytes += dst.n;
}

//===----------------------------------------------------------------------===//
// Reads and writes
//===----------------------------------------------------------------------===//

/// Any csync of \p part by its address.
static void sync_part(struct player *player, struct part part) {
  switch (random_below(&player->random, 6)) {
  case 0:
    csync_all();
    break;
  case 1:
    __copier_csync(part_real(part), part.n);
    break;
  default:
    csync(part_real(part), part.n);
  }
  model_synced(part);
}

/// A csync by the descriptor, which is one for reads of what it counts.
static void read_by_descr(struct player *player, struct part part) {
  bool tries = random_one_in(&player->random, 3);
  player_note(player, "read %u [%zu, %zu) by its descriptor", part.in->number,
              part.at, part.at + part.n);
  int result =
      _csync(part.at, part.n, -1, part.in->descr, tries ? COPIER_TRY : 0);
  if (result == 0)
    player_check(player, part, "_csync by descriptor");
  else if (!tries || errno != EAGAIN)
    player_fail(player, "_csync: %s", strerror(errno));
}

static void read_part(struct player *player) {
  struct region *region = some_region(player);
  struct part part = random_part(region, region->size, &player->random);
  player->bytes += part.n;
  if (region->descr && !part_has(part, MAYBE_UNCOUNTED)) {
    read_by_descr(player, part);
    return;
  }
  player_note(player, "read %u [%zu, %zu)", region->number, part.at,
              part.at + part.n);
  sync_part(player, part);
  player_check(player, part, "csync");
}

static void write_part(struct player *player) {
  struct region *region = some_region(player);
  struct part part = random_part(region, region->size, &player->random);
  player_note(player, "write %u [%zu, %zu)", region->number, part.at,
              part.at + part.n);
  sync_part(player, part);
  part_write(part, &player->random);
  player->bytes += part.n;
}

//===----------------------------------------------------------------------===//
// Aborts
//===----------------------------------------------------------------------===//

/// After an abort, what no copy reads may be written without a csync.
static void abort_part(struct player *player) {
  struct region *region = some_region(player);
  struct part part = random_part(region, region->size, &player->random);
  player_note(player, "abort %u [%zu, %zu)", region->number, part.at,
              part.at + part.n);
  if (region->descr && !part_has(part, MAYBE_UNCOUNTED) &&
      random_one_in(&player->random, 2))
    _csync(part.at, part.n, -1, region->descr, COPIER_ABORT);
  else
    copier_abort(part_real(part), part.n);
  model_aborted(part);
  if (!part_has(part, MAYBE_READ) && random_one_in(&player->random, 2))
    part_write(part, &player->random);
}

/// A buffer that is only passed on: written by a copy, read by another, aborted
/// and written again.
static void pass_on(struct player *player) {
  struct random *random = &player->random;
  struct region *middle = some_region(player);
  struct part part = random_part(middle, middle->size / 2 + 1, random);
  struct region *first = some_region(player), *last = some_region(player);
  struct part src = {first, random_below(random, first->size - part.n + 1),
                     part.n};
  struct part dst = {last, random_below(random, last->size - part.n + 1),
                     part.n};
  if (overlaps(src, part) || overlaps(part, dst) || overlaps(src, dst))
    return;
  player_note(player, "pass on %u at %zu, %u at %zu, %u at %zu: %zu bytes",
              first->number, src.at, middle->number, part.at, last->number,
              dst.at, part.n);
  amemcpy(part_real(part), part_real(src), part.n);
  model_copy(part, src, middle->is_bound);
  amemcpy(part_real(dst), part_real(part), part.n);
  model_copy(dst, part, last->is_bound);
  copier_abort(part_real(part), part.n);
  model_aborted(part);
  csync(part_real(part), random_one_in(random, 2) ? part.n : 1);
  player->bytes += 2 * part.n;
}

void player_act(struct player *player) {
  struct random *random = &player->random;
  size_t which = random_below(random, 32);
  if (which < 17)
    copy(player);
  else if (which < 23)
    read_part(player);
  else if (which < 28)
    write_part(player);
  else if (which < 30)
    abort_part(player);
  else if (which < 31)
    pass_on(player);
  else
    post_handlers();
}
