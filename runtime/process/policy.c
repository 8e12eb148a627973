//===- policy.c - How a copy is best made ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads share the experience of a site without locks: a mixed-up measurement
// is one among many. docs/policy.md has the reasons for the numbers.
//
//===----------------------------------------------------------------------===//

#include "process/policy.h"
#include "process/jobs.h"
#include "process/units.h"

enum copier_mode copier_policy = COPIER_MODE_ADAPTIVE;

/// How often each mode is tried at first; all that is a trial.
#define FIRST_TRIALS 4
#define ALL_TRIALS (FIRST_TRIALS * COPIER_MODE_ADAPTIVE)

/// Afterwards, another mode is tried twice in every 1 << patience copies.
#define LEAST_PATIENCE 6
#define MOST_PATIENCE 10
#define TRIALS 2

/// Where inline is best, every so many copies are measured.
#define MEASURED_INLINE 16

/// Reading bytes that another core has written, in nanoseconds for 1024 bytes.
#define REMOTE_READ_NS 16

static uint32_t get(const _Atomic uint32_t *value) {
  return atomic_load_explicit(value, memory_order_relaxed);
}

static void set(_Atomic uint32_t *value, uint64_t to) {
  atomic_store_explicit(value, to < UINT32_MAX ? (uint32_t)to : UINT32_MAX,
                        memory_order_relaxed);
}

static uint8_t get8(const _Atomic uint8_t *value) {
  return atomic_load_explicit(value, memory_order_relaxed);
}

static void set8(_Atomic uint8_t *value, unsigned to) {
  atomic_store_explicit(value, (uint8_t)to, memory_order_relaxed);
}

static struct copier_experience *experience_of(struct copier_record *record,
                                               size_t n) {
  return &record->experiences[copier_size_class(n)];
}

/// What reading the result costs because the service has written it: all of it
/// if csync did not have to do anything, nothing if it did all.
static uint64_t remote_read(const struct copier_experience *known,
                            enum copier_mode mode, size_t n, uint64_t wait) {
  uint64_t all = n / 1024 * REMOTE_READ_NS;
  uint64_t itself = get(&known->cost[COPIER_MODE_INLINE]);
  if (mode == COPIER_MODE_INLINE || wait >= itself)
    return 0;
  if (mode == COPIER_MODE_SPLIT)
    all -= all / 4;
  return all - all * wait / itself;
}

/// Takes the latest copy of \p n bytes, which is over, into account.
static void learn(struct copier_experience *known, size_t n) {
  atomic_store_explicit(&known->is_measured, false, memory_order_relaxed);
  enum copier_mode mode = get8(&known->mode);
  uint64_t wait = get(&known->wait_ns);
  uint64_t cost = get(&known->submit_ns) + wait;
  cost += remote_read(known, mode, n, wait);
  uint64_t before = get(&known->cost[mode]);
  if (before) {
    // One that was preempted tells nothing.
    if (cost > 4 * before)
      cost = 4 * before;
    cost = (3 * before + cost) / 4;
  }
  set(&known->cost[mode], cost ? cost : 1);
}

/// Another mode must save a tenth to replace the best one.
static void compare(struct copier_experience *known) {
  unsigned best = get8(&known->best);
  unsigned was = best;
  for (unsigned mode = 0; mode != COPIER_MODE_ADAPTIVE; ++mode) {
    uint64_t cost = get(&known->cost[mode]);
    if (cost && cost * 10 < (uint64_t)get(&known->cost[best]) * 9)
      best = mode;
  }
  if (best == was)
    return;
  set8(&known->best, best);
  set8(&known->patience, LEAST_PATIENCE);
}

/// The mode of trial number \p call of \p n bytes. What is larger than the
/// caches begins with the one that has most to win: a program makes few such
/// copies, and two processors read more from memory than one.
static enum copier_mode trial_of(uint32_t call, size_t n) {
  unsigned turn = call / FIRST_TRIALS;
  return n < COPIER_BEYOND_CACHES ? turn : COPIER_MODE_ADAPTIVE - 1 - turn;
}

/// The mode of copy number \p call, of \p n bytes.
static enum copier_mode mode_of(struct copier_experience *known, uint32_t call,
                                size_t n) {
  if (call < ALL_TRIALS)
    return trial_of(call, n);
  unsigned best = get8(&known->best);
  unsigned patience = get8(&known->patience);
  if (patience < LEAST_PATIENCE)
    patience = LEAST_PATIENCE;
  uint32_t phase = call & ((1u << patience) - 1);
  if (phase >= TRIALS)
    return best;
  if (phase == TRIALS - 1 && patience < MOST_PATIENCE)
    set8(&known->patience, patience + 1);
  return (best + 1 + (call >> patience) % 2) % COPIER_MODE_ADAPTIVE;
}

struct copier_choice copier_policy_choose(struct copier_record *record,
                                          size_t n) {
  if (copier_policy != COPIER_MODE_ADAPTIVE)
    return (struct copier_choice){copier_policy, 0};
  struct copier_experience *known = experience_of(record, n);
  uint32_t call = get(&known->calls);
  set(&known->calls, call + 1);
  if (atomic_load_explicit(&known->is_measured, memory_order_relaxed)) {
    learn(known, n);
    if (call >= ALL_TRIALS)
      compare(known);
  }
  enum copier_mode mode = mode_of(known, call, n);
  set8(&known->mode, mode);
  bool is_measured = mode != COPIER_MODE_INLINE ||
                     get8(&known->best) != COPIER_MODE_INLINE ||
                     call < ALL_TRIALS || call % MEASURED_INLINE == 0;
  return (struct copier_choice){mode, is_measured ? copier_jobs_clock() : 0};
}

void copier_policy_begun(struct copier_record *record, size_t n,
                         struct copier_choice choice) {
  if (!choice.start_ns)
    return;
  struct copier_experience *known = experience_of(record, n);
  set(&known->submit_ns, copier_jobs_clock() - choice.start_ns);
  set(&known->wait_ns, 0);
  atomic_store_explicit(&known->is_measured, true, memory_order_relaxed);
}

void copier_policy_waited(struct copier_record *record, unsigned size_class,
                          uint64_t nanoseconds) {
  struct copier_experience *known = &record->experiences[size_class];
  set(&known->wait_ns, get(&known->wait_ns) + nanoseconds);
}
