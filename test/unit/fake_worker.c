//===- fake_worker.c - A client and workers that a test can watch -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See fake_worker.h.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

#include <string.h>

/// Who waits for so long will wait for ever.
#define MAX_RELAXES 1000

struct fake fake;

//===----------------------------------------------------------------------===//
// The worker
//===----------------------------------------------------------------------===//

static void check(bool is_right, const char *what) {
  if (is_right)
    return;
  if (fake.mistake)
    longjmp(*fake.mistake, 1);
  fail_msg("%s", what);
}

static bool is_bad_side(uintptr_t begin, size_t n) {
  return fake.bad >= begin && fake.bad - begin < n;
}

static bool is_bad(uintptr_t dst, uintptr_t src, size_t n) {
  return is_bad_side(dst, n) || is_bad_side(src, n);
}

static bool make_resident(struct copier_place at,
                          const struct copier_task *task,
                          const struct copier_piece *piece) {
  struct copier_range written = copier_range_of(task->dst, task->size);
  check(piece->dst >= written.begin && piece->dst + piece->n <= written.end,
        "a piece is no part of its task");
  check(copier_queue_unfinished(at.queue, at.ticket) != 0,
        "a task is done and yet to be copied");
  return !is_bad(piece->dst, piece->src, piece->n);
}

static void copy(const struct copier_piece *pieces, unsigned count) {
  ++fake.batches;
  for (unsigned i = 0; i != count; ++i) {
    const struct copier_piece *piece = &pieces[i];
    struct copier_range written = copier_range_of(piece->dst, piece->n);
    for (unsigned k = 0; k != count; ++k)
      check(!copier_ranges_meet(written,
                                copier_range_of(pieces[k].src, pieces[k].n)),
            "pieces of a batch overlap");
    if (fake.jump && is_bad(piece->dst, piece->src, piece->n))
      longjmp(*fake.jump, 1);
    memcpy((void *)piece->dst, (const void *)piece->src, piece->n);
    ++fake.pieces;
  }
}

/// The test's own memory is; this has it touched nevertheless.
static bool is_safe(const struct copier_piece *piece) {
  (void)piece;
  return false;
}

static struct copier_claims *claims(void) { return &fake.claims; }

static bool relax(unsigned times) {
  check(times < MAX_RELAXES, "it waits for ever");
  check(fake.claims.used == 0, "it waits while holding a claim");
  void (*act)(void) = fake.on_relax;
  fake.on_relax = NULL;
  if (act)
    act();
  return times > 3;
}

static bool waits_on(struct copier_place at, const struct copier_task *task,
                     unsigned index) {
  if (fake.long_wait == FAKE_GIVES_UP)
    copier_give_up(at, task, index, &fake_csyncer);
  return fake.long_wait != FAKE_LEAVES;
}

static bool is_due(const struct copier_task *task) {
  check(task->flags & COPIER_TASK_LAZY, "a task is not lazy");
  return fake.is_due;
}

static bool is_wanted(void) { return fake.pieces >= fake.wanted_after; }

static uint64_t no_clock(void) { return 0; }

static void account(const struct copier_task *task, unsigned segments,
                    uint64_t nanoseconds) {
  (void)nanoseconds;
  fake.accounted += segments;
  fake.account = task->cookie;
}

static void finished(const struct copier_task *task, unsigned index) {
  check(copier_task_segments(task) >> index & 1, "there is no such segment");
  ++fake.finished;
}

const struct copier_worker fake_csyncer = {
    .is_safe = is_safe,
    .copy = copy,
    .claims = claims,
    .relax = relax,
    .waits_on = waits_on,
    .clock = no_clock,
    .account = account,
    .finished = finished,
};

const struct copier_worker fake_settler = {
    .make_resident = make_resident,
    .copy = copy,
    .claims = claims,
    .relax = relax,
    .waits_on = waits_on,
    .clock = no_clock,
    .account = account,
    .finished = finished,
};

const struct copier_worker fake_service = {
    .make_resident = make_resident,
    .copy = copy,
    .claims = claims,
    .is_due = is_due,
    .is_wanted = is_wanted,
    .clock = no_clock,
    .account = account,
    .finished = finished,
};

//===----------------------------------------------------------------------===//
// What a test does
//===----------------------------------------------------------------------===//

int fake_set_up(void **state) {
  (void)state;
  memset(&fake, 0, sizeof(fake));
  copier_queue_init(&fake.queue, COPIER_QUEUE_SLOTS, NULL);
  copier_queue_init(&fake.service_queue, COPIER_QUEUE_SLOTS, NULL);
  fake.queue.partner = &fake.service_queue;
  fake.service_queue.partner = &fake.queue;
  fake.client.queue = &fake.queue;
  fake.client.service_queue = &fake.service_queue;
  fake.client.shares = COPIER_DEFAULT_SHARES;
  fake.wanted_after = UINT32_MAX;
  for (size_t i = 0; i != FAKE_BYTES; ++i)
    fake.memory[i] = (char)('a' + i / REGION);
  return 0;
}

uintptr_t fake_at(size_t offset) { return (uintptr_t)fake.memory + offset; }

struct copier_task fake_task(size_t dst, size_t src, size_t n) {
  return (struct copier_task){
      .dst = fake_at(dst),
      .src = fake_at(src),
      .size = n,
      .segment_shift = copier_segment_shift(n, FAKE_SHIFT),
  };
}

copier_ticket fake_push_task(struct copier_queue *queue,
                             struct copier_task task) {
  struct copier_submission submission;
  assert_true(copier_queue_push(queue, &task, 1, &submission));
  return submission.first;
}

copier_ticket fake_push(size_t dst, size_t src, size_t n) {
  return fake_push_task(&fake.queue, fake_task(dst, src, n));
}

copier_ticket fake_push_service(size_t dst, size_t src, size_t n) {
  return fake_push_task(&fake.service_queue, fake_task(dst, src, n));
}

copier_ticket fake_push_lazy(size_t dst, size_t src, size_t n) {
  struct copier_task lazy = fake_task(dst, src, n);
  lazy.flags = COPIER_TASK_LAZY;
  return fake_push_task(&fake.queue, lazy);
}

copier_ticket fake_push_barrier(void) {
  struct copier_task barrier = {
      .src = copier_queue_tickets(&fake.queue).past,
      .flags = COPIER_TASK_BARRIER,
  };
  return fake_push_task(&fake.service_queue, barrier);
}

static bool complete(struct copier_range range,
                     const struct copier_worker *worker) {
  struct copier_plan plan;
  bool any = false;
  unsigned times = 0;
  do {
    assert_true(++times < 2 * COPIER_QUEUE_SLOTS);
    if (!copier_plan_sync(&fake.client, range, COPIER_NO_RANGE, &plan))
      continue;
    copier_complete(&plan, worker);
    any = true;
  } while (plan.is_partial);
  return any;
}

bool fake_csync(size_t begin, size_t n) {
  return complete(copier_range_of(fake_at(begin), n), &fake_csyncer);
}

bool fake_settle(void) {
  return complete(copier_range_of(fake_at(0), FAKE_BYTES), &fake_settler);
}

void fake_abort(size_t begin, size_t n) {
  copier_abort_range(&fake.client, copier_range_of(fake_at(begin), n),
                     &fake_csyncer);
}

void fake_other_claims(copier_ticket ticket, unsigned index) {
  assert_true(copier_queue_claim(&fake.queue, ticket, index));
}

void fake_other_finishes(copier_ticket ticket, unsigned index) {
  assert_true(copier_queue_finish(&fake.queue, ticket, index));
}

bool fake_is_all(size_t begin, size_t n, char letter) {
  for (size_t i = begin; i != begin + n; ++i)
    if (fake.memory[i] != letter)
      return false;
  return true;
}

copier_segments fake_unfinished(copier_ticket ticket) {
  return copier_queue_unfinished(&fake.queue, ticket);
}

void fake_third_is_finished(void) {
  for (size_t i = 16; i != 24; ++i)
    fake.memory[B + i] = 'o';
  fake_other_finishes(0, 2);
}

void fake_third_is_given_back(void) { copier_queue_unclaim(&fake.queue, 0, 2); }
