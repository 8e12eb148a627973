//===- forward.c - Copies that the kernel's service makes -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One lock for all of it. Under it nothing of the program is touched or called,
// and signals are blocked: a handler that csyncs would wait for the thread that
// it interrupts. Whoever waits for the kernel does so without it.
//
// When anything goes wrong, a bad address or a device that is gone, the kernel
// gives back everything: what it has not done is unclaimed, and copied here in
// the order that the queues have.
//
//===----------------------------------------------------------------------===//

#include "backends/forward.h"
#include "backends/backend.h"
#include "backends/device.h"
#include "core/batch.h"
#include "process/clients.h"
#include "process/fork_gate.h"
#include "process/jobs.h"
#include "process/section.h"
#include "process/stats.h"

#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// The most tasks that one copy is cut into.
#define MAX_TASKS 64

/// How long to wait for a device that is gone to be done.
#define END_WAITS 10000
#define END_NANOSECONDS 1000000

/// Bits of a word of `used`.
#define WORD_BITS 64

/// By its number, a task that the kernel has, or whose number it still has.
struct forwarded {
  struct copier_place at;
  struct copier_task task;
  unsigned client;      ///< The number of its client.
  copier_segments left; ///< That are not finished.
};

static struct forwarded table[COPIER_DEVICE_TASKS];
static uint64_t used[COPIER_DEVICE_TASKS / WORD_BITS];

/// By client and slot of its queue, the number + 1 of the task there, 0 if it
/// is none of the kernel's.
static uint16_t number_at[COPIER_MAX_CLIENTS][COPIER_QUEUE_SLOTS];

static _Atomic unsigned used_count;

/// What copier_device_progress said before the last harvest.
static _Atomic uint64_t harvested;

/// The device is gone for good, or none could be opened after a fork.
static bool is_gone;

//===----------------------------------------------------------------------===//
// The lock
//===----------------------------------------------------------------------===//

static _Atomic bool is_locked;

/// Before the lock, the fork gate: who finishes segments enters it, and a fork
/// that has closed it takes the lock.
static uint64_t lock(void) {
  uint64_t mask = copier_section_block_signals();
  copier_fork_gate_enter();
  for (unsigned i = 0;
       atomic_exchange_explicit(&is_locked, true, memory_order_acquire); ++i)
    if (i < 1000)
      sched_yield();
    else // A real-time thread may keep the holder off.
      syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 50000}, NULL);
  return mask;
}

static void unlock(uint64_t mask) {
  atomic_store_explicit(&is_locked, false, memory_order_release);
  copier_fork_gate_leave();
  copier_section_restore_signals(mask);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static uint16_t *slot_of(const struct forwarded *one) {
  return &number_at[one->client][one->at.ticket % COPIER_QUEUE_SLOTS];
}

/// The number + 1 of the task of \p ticket in the queue of client \p client, 0
/// if the kernel does not have it.
static unsigned find(unsigned client, copier_ticket ticket) {
  unsigned number = number_at[client][ticket % COPIER_QUEUE_SLOTS];
  return number && table[number - 1].at.ticket == ticket ? number : 0;
}

static unsigned take_number(void) {
  unsigned word = 0;
  while (!~used[word])
    ++word;
  unsigned bit = (unsigned)__builtin_ctzll(~used[word]);
  used[word] |= (uint64_t)1 << bit;
  atomic_fetch_add_explicit(&used_count, 1, memory_order_release);
  return word * WORD_BITS + bit;
}

static void free_number(unsigned number) {
  used[number / WORD_BITS] &= ~((uint64_t)1 << number % WORD_BITS);
  atomic_fetch_sub_explicit(&used_count, 1, memory_order_relaxed);
}

/// Nothing of the task \p number is the kernel's any more, but perhaps the
/// number.
static void let_go(unsigned number) {
  struct forwarded *one = &table[number];
  if (*slot_of(one) == number + 1)
    *slot_of(one) = 0;
  for (; one->left; one->left &= one->left - 1)
    copier_queue_unclaim(one->at.queue, one->at.ticket,
                         (unsigned)__builtin_ctz(one->left));
}

//===----------------------------------------------------------------------===//
// Harvesting
//===----------------------------------------------------------------------===//

/// In whose name segments are finished.
static const struct copier_worker harvester = {
    .begin_finish = copier_jobs_begin_finish,
    .end_finish = copier_jobs_end_finish,
    .finished = copier_jobs_finished,
};

/// Finishes the \p done segments of \p one, of which none is finished yet.
static void finish(struct forwarded *one, copier_segments done) {
  size_t bytes = 0;
  one->left &= ~done;
  copier_stats_service(&one->task, (unsigned)__builtin_popcount(done), 0);
  for (; done; done &= done - 1) {
    unsigned index = (unsigned)__builtin_ctz(done);
    bytes += copier_segment_size(&one->task, index);
    copier_give_up(one->at, &one->task, index, &harvester);
  }
  copier_stats_moved(bytes, 0);
}

/// Takes note of the report on the task \p number; true if it has a fault.
static bool take_report(unsigned number) {
  struct forwarded *one = &table[number];
  struct copier_device_report report = copier_device_report(number);
  if (report.done & one->left)
    finish(one, report.done & one->left);
  if (report.is_over || !one->left)
    let_go(number);
  if (report.is_over)
    free_number(number);
  return report.has_fault;
}

/// Takes note of all reports; true if any has a fault.
static bool take_reports(void) {
  bool any = false;
  for (unsigned word = 0; word != COPIER_DEVICE_TASKS / WORD_BITS; ++word)
    for (uint64_t left = used[word]; left; left &= left - 1)
      any |= take_report(word * WORD_BITS + (unsigned)__builtin_ctzll(left));
  return any;
}

/// Has the kernel give back everything.
static void recall(void) {
  bool is_well = copier_device_recall();
  take_reports();
  // Where the file is closed, the kernel goes on until it finds out.
  for (unsigned i = 0; !is_well && used_count && i != END_WAITS; ++i) {
    syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = END_NANOSECONDS},
            NULL);
    take_reports();
  }
  is_gone |= !is_well || used_count;
  if (!used_count)
    return;
  // It has not reported on all, in all that time: nor will it.
  for (unsigned number = 0; number != COPIER_DEVICE_TASKS; ++number)
    if (used[number / WORD_BITS] >> number % WORD_BITS & 1) {
      let_go(number);
      free_number(number);
    }
}

static void harvest(void) {
  if (!used_count)
    return;
  uint64_t progress = copier_device_progress();
  if (take_reports())
    recall();
  atomic_store_explicit(&harvested, progress, memory_order_relaxed);
}

void copier_forward_harvest(void) {
  // Acquire: the device that the tasks were given to.
  if (!atomic_load_explicit(&used_count, memory_order_acquire) ||
      copier_device_progress() ==
          atomic_load_explicit(&harvested, memory_order_relaxed))
    return;
  uint64_t mask = lock();
  harvest();
  unlock(mask);
}

//===----------------------------------------------------------------------===//
// Asking for segments
//===----------------------------------------------------------------------===//

/// Of \p segments of the task at \p at, the kernel's. If there are any and
/// \p all is to be recalled, none is left.
static copier_segments left_of(struct copier_place at, copier_segments segments,
                               bool recalls) {
  unsigned client = 0;
  while (copier_client_at(client)->queue != at.queue)
    ++client;
  uint64_t mask = lock();
  harvest();
  unsigned number = find(client, at.ticket);
  copier_segments left = number ? table[number - 1].left & segments : 0;
  if (left && recalls)
    recall();
  unlock(mask);
  return left;
}

/// The bytes that \p segments, not empty, of \p task write, and those between.
static struct copier_range written_by(const struct copier_task *task,
                                      copier_segments segments) {
  unsigned first = (unsigned)__builtin_ctz(segments);
  unsigned last = 31 - (unsigned)__builtin_clz(segments);
  return (struct copier_range){task->dst + copier_segment_offset(task, first),
                               task->dst + copier_segment_offset(task, last) +
                                   copier_segment_size(task, last)};
}

void copier_forward_ask_for(struct copier_place at,
                            const struct copier_task *task,
                            copier_segments segments) {
  if (!(task->flags & COPIER_TASK_HELD))
    return;
  copier_segments left = left_of(at, segments, /*recalls=*/false);
  if (!left)
    return;
  // Whatever it says: what counts is the report.
  copier_device_sync(written_by(task, left));
  left_of(at, left, /*recalls=*/true);
}

//===----------------------------------------------------------------------===//
// Forwarding
//===----------------------------------------------------------------------===//

/// Must one of the two come after the other?
static bool do_conflict(const struct copier_task *a,
                        const struct copier_task *b) {
  struct copier_range a_dst = copier_range_of(a->dst, a->size);
  struct copier_range b_dst = copier_range_of(b->dst, b->size);
  return copier_ranges_meet(a_dst, b_dst) ||
         copier_ranges_meet(a_dst, copier_range_of(b->src, b->size)) ||
         copier_ranges_meet(b_dst, copier_range_of(a->src, a->size));
}

static bool any_conflicts(const struct copier_task *earlier,
                          const struct copier_task *tasks, unsigned count) {
  for (unsigned i = 0; i != count; ++i)
    if (do_conflict(earlier, &tasks[i]))
      return true;
  return false;
}

/// Is anything pending of client \p number that \p tasks must come after, and
/// that the kernel does not have?
static bool must_wait_for(unsigned number, const struct copier_client *client,
                          const struct copier_task *tasks, unsigned count) {
  if (!copier_queue_pending(client->queue))
    return false;
  struct copier_tickets tickets = copier_queue_tickets(client->queue);
  for (; tickets.first != tickets.past; ++tickets.first) {
    struct copier_task earlier;
    if (copier_queue_unfinished(client->queue, tickets.first) &&
        !find(number, tickets.first) &&
        copier_queue_read(client->queue, tickets.first, &earlier) &&
        any_conflicts(&earlier, tasks, count))
      return true;
  }
  return false;
}

/// Does what the kernel does with \p tasks come after all that it must?
static bool can_forward(const struct copier_task *tasks, unsigned count) {
  if (tasks->flags & COPIER_TASK_LAZY)
    return false;
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i) {
    const struct copier_client *client = copier_client_at(i);
    if (!client)
      break;
    if (must_wait_for(i, client, tasks, count))
      return false;
  }
  return true;
}

/// Submits \p tasks so that nobody here touches them, and forwards them.
static bool push_held(struct copier_client *client,
                      const struct copier_task *tasks, unsigned count) {
  struct copier_task held[MAX_TASKS];
  for (unsigned i = 0; i != count; ++i) {
    held[i] = tasks[i];
    held[i].flags |= COPIER_TASK_HELD;
  }
  copier_ticket first;
  if (!copier_client_push(client, held, count, &first))
    return false;
  for (unsigned i = 0; i != count; ++i) {
    unsigned number = take_number();
    struct forwarded *one = &table[number];
    *one = (struct forwarded){
        .at = {client->queue, first + i},
        .client = copier_client_number(client),
        .task = held[i],
        .left = copier_task_segments(&held[i]),
    };
    *slot_of(one) = (uint16_t)(number + 1);
    copier_device_submit(number, &held[i]);
  }
  return true;
}

const char *copier_forward_open(void) {
  return copier_device_is_open() ? NULL : copier_device_open();
}

/// Is there a device? The child of a fork opens one when it first needs it.
static bool has_device(void) {
  if (!is_gone && !copier_device_is_open())
    is_gone = copier_device_open() != NULL;
  return !is_gone;
}

/// Is the device one for these tasks?
static bool takes(const struct copier_task *tasks, unsigned count,
                  bool is_worth_waking) {
  if (!has_device() || (!is_worth_waking && copier_device_is_asleep()))
    return false;
  for (unsigned i = 0; i != count; ++i)
    if (!copier_device_takes(&tasks[i]))
      return false;
  return count <= MAX_TASKS;
}

static bool forward(struct copier_client *client,
                    const struct copier_task *tasks, unsigned count,
                    bool is_worth_waking) {
  if (!takes(tasks, count, is_worth_waking))
    return false;
  if (!can_forward(tasks, count))
    return copier_client_push(client, tasks, count, NULL);
  return used_count + count <= COPIER_DEVICE_TASKS &&
         push_held(client, tasks, count);
}

bool copier_forward(struct copier_client *client,
                    const struct copier_task *tasks, unsigned count,
                    bool is_worth_waking, bool wakes) {
  uint64_t mask = lock();
  harvest();
  bool taken = forward(client, tasks, count, is_worth_waking);
  wakes = wakes && used_count && copier_device_is_asleep();
  unlock(mask);
  if (wakes)
    copier_device_wake();
  return taken;
}

void copier_forward_wake(void) {
  uint64_t mask = lock();
  harvest();
  bool wakes = used_count && copier_device_is_asleep();
  unlock(mask);
  if (wakes)
    copier_device_wake();
}

//===----------------------------------------------------------------------===//
// Fork
//===----------------------------------------------------------------------===//

static uint64_t mask_before_fork;

void copier_forward_before_fork(void) {
  uint64_t mask = lock();
  mask_before_fork = mask;
  if (used_count)
    recall();
}

void copier_forward_fork_parent(void) { unlock(mask_before_fork); }

void copier_forward_after_fork(void) {
  copier_device_after_fork();
  is_gone = false;
  atomic_store_explicit(&harvested, 0, memory_order_relaxed);
  atomic_store_explicit(&is_locked, false, memory_order_relaxed);
  copier_section_restore_signals(mask_before_fork);
}
