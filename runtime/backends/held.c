//===- held.c - The tasks that the kernel has ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See held.h. Under the lock nothing of the program is touched or called, and
// signals are blocked: a handler that csyncs would wait for the thread that it
// interrupts.
//
//===----------------------------------------------------------------------===//

#include "backends/held.h"
#include "core/batch.h"
#include "process/fork_gate.h"
#include "process/jobs.h"
#include "process/memory.h"
#include "process/section.h"
#include "process/stats.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/// How long to wait for a device that is gone to be done.
#define END_WAITS 10000
#define END_NANOSECONDS 1000000

/// Bits of a word of `used`.
#define WORD_BITS 64

/// By their numbers.
static struct copier_held table[COPIER_DEVICE_TASKS];
static uint64_t used[COPIER_DEVICE_TASKS / WORD_BITS];

/// By client and slot of its queue, the number + 1 of the task there, 0 if it
/// is none of the kernel's.
static uint16_t number_at[COPIER_MAX_CLIENTS][COPIER_QUEUE_SLOTS];

static _Atomic unsigned used_count;

static uint64_t next_serial;

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
uint64_t copier_held_lock(void) {
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

void copier_held_unlock(uint64_t mask) {
  atomic_store_explicit(&is_locked, false, memory_order_release);
  copier_fork_gate_leave();
  copier_section_restore_signals(mask);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

static uint16_t *slot_of(const struct copier_held *one) {
  return &number_at[one->client][one->at.ticket % COPIER_QUEUE_SLOTS];
}

const struct copier_held *copier_held_find(unsigned client,
                                           copier_ticket ticket) {
  unsigned number = number_at[client][ticket % COPIER_QUEUE_SLOTS];
  return number && table[number - 1].at.ticket == ticket ? &table[number - 1]
                                                         : NULL;
}

const struct copier_held *copier_held_at(unsigned number) {
  return used[number / WORD_BITS] >> number % WORD_BITS & 1 ? &table[number]
                                                            : NULL;
}

uint64_t copier_held_span(void) {
  uint64_t oldest = next_serial;
  for (unsigned number = 0; number != COPIER_DEVICE_TASKS; ++number)
    if (copier_held_at(number) && table[number].serial < oldest)
      oldest = table[number].serial;
  return next_serial - oldest;
}

unsigned copier_held_count(void) {
  // Acquire: the device that the tasks were given to.
  return atomic_load_explicit(&used_count, memory_order_acquire);
}

unsigned copier_held_take_number(void) {
  unsigned word = 0;
  while (!~used[word])
    ++word;
  unsigned bit = (unsigned)__builtin_ctzll(~used[word]);
  used[word] |= (uint64_t)1 << bit;
  atomic_fetch_add_explicit(&used_count, 1, memory_order_release);
  return word * WORD_BITS + bit;
}

void copier_held_free_number(unsigned number) {
  used[number / WORD_BITS] &= ~((uint64_t)1 << number % WORD_BITS);
  atomic_fetch_sub_explicit(&used_count, 1, memory_order_relaxed);
}

struct copier_held *copier_held_add(unsigned number,
                                    struct copier_client *client,
                                    copier_ticket ticket,
                                    const struct copier_task *task) {
  struct copier_held *one = &table[number];
  *one = (struct copier_held){
      .at = {client->queue, ticket},
      .client = copier_client_number(client),
      .task = *task,
      .left = copier_task_segments(task),
      .serial = next_serial++,
  };
  *slot_of(one) = (uint16_t)(number + 1);
  return one;
}

void copier_held_lose(uintptr_t addr, size_t n) {
  char line[128];
  int length = snprintf(line, sizeof(line),
                        "libcopier: kernel: the service has lost %zu bytes "
                        "that it had received for %p\n",
                        n, (void *)addr);
  syscall(SYS_write, STDERR_FILENO, line, (size_t)length);
  abort();
}

/// Of what is left of \p one, received, the kernel says that memory is bad.
static void check_lost(const struct copier_held *one) {
  for (copier_segments left = one->left; left; left &= left - 1) {
    unsigned index = (unsigned)__builtin_ctz(left);
    uintptr_t addr = one->task.dst + copier_segment_offset(&one->task, index);
    size_t n = copier_segment_size(&one->task, index);
    if (!copier_memory_is_bad(addr, addr, n))
      copier_held_lose(addr, n);
  }
}

/// Nothing of the task \p number is the kernel's any more, but perhaps the
/// number.
static void let_go(unsigned number) {
  struct copier_held *one = &table[number];
  if (one->is_received)
    check_lost(one);
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
static void finish(struct copier_held *one, copier_segments done) {
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
  struct copier_held *one = &table[number];
  struct copier_device_report report = copier_device_report(number);
  if (report.done & one->left)
    finish(one, report.done & one->left);
  if (report.is_over || !one->left)
    let_go(number);
  if (report.is_over)
    copier_held_free_number(number);
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

void copier_held_recall(void) {
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
    if (copier_held_at(number)) {
      let_go(number);
      copier_held_free_number(number);
    }
}

void copier_held_harvest(void) {
  if (!used_count)
    return;
  uint64_t progress = copier_device_progress();
  if (take_reports())
    copier_held_recall();
  atomic_store_explicit(&harvested, progress, memory_order_relaxed);
}

void copier_held_look(void) {
  if (!copier_held_count() ||
      copier_device_progress() ==
          atomic_load_explicit(&harvested, memory_order_relaxed))
    return;
  uint64_t mask = copier_held_lock();
  copier_held_harvest();
  copier_held_unlock(mask);
}

bool copier_held_has_device(void) {
  if (!is_gone && !copier_device_is_open())
    is_gone = copier_device_open() != NULL;
  return !is_gone;
}

void copier_held_after_fork(void) {
  copier_device_after_fork();
  is_gone = false;
  atomic_store_explicit(&harvested, 0, memory_order_relaxed);
  atomic_store_explicit(&is_locked, false, memory_order_relaxed);
}
