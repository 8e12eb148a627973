//===- section.c - A thread while it holds claims -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The signal mask tells what became of a section. In it, and in a fault handler
// that interrupts it, the signal with which libc cancels threads is blocked;
// outside it never is, since libc does not let programs block it. A handler
// that jumps out with siglongjmp puts the mask back as it was. (With longjmp it
// does not: then all signals stay blocked.) A thread sees its own mask, and
// those of others in /proc.
//
// Each section has a record from a pool, so that it can be looked at when its
// thread has gone. A record is its owner's alone, but for one that is
// abandoned: whoever gives that up holds its lock. An owner that comes back
// takes the lock, too, before it does anything else; so what is found abandoned
// stays so.
//
//===----------------------------------------------------------------------===//

#include "process/section.h"
#include "process/sync_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/// At a time, of all threads: more wait.
#define RECORDS 1024

/// The kernel's set of signals.
static uint64_t bit_of(int number) { return (uint64_t)1 << (number - 1); }

/// libc's own: of pthread_cancel, and of setuid and its like, which must reach
/// all threads.
#define CANCEL_SIGNAL 32
#define SETXID_SIGNAL 33

struct copier_section_record {
  /// The thread in the lower half, 0 for none; in the upper how often the
  /// record has been taken.
  _Alignas(64) _Atomic uint64_t owner;
  _Atomic bool is_locked;
  unsigned depth; ///< How many sections of its thread are around it.
  int posted;     ///< For copier_sync_queue_remove; -1: nothing.
  struct copier_claims claims;
};

static struct copier_section_record records[RECORDS];

static _Thread_local struct copier_section_record *innermost;
static _Thread_local uint32_t own_id; ///< 0: not asked yet.
static _Thread_local bool is_ending;

static uint32_t thread_id(void) {
  if (!own_id)
    own_id = (uint32_t)gettid();
  return own_id;
}

struct copier_claims *copier_section_claims(void) { return &innermost->claims; }

/// All but those that a fault of this thread raises.
uint64_t copier_section_block_signals(void) {
  uint64_t set = ~(bit_of(SIGSEGV) | bit_of(SIGBUS) | bit_of(SIGFPE) |
                   bit_of(SIGILL) | bit_of(SIGTRAP) | bit_of(SETXID_SIGNAL));
  uint64_t before;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, &before, sizeof(set));
  return before;
}

void copier_section_restore_signals(uint64_t mask) {
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask));
}

//===----------------------------------------------------------------------===//
// What is abandoned
//===----------------------------------------------------------------------===//

static bool try_lock(struct copier_section_record *record) {
  return !atomic_exchange_explicit(&record->is_locked, true,
                                   memory_order_acquire);
}

static void unlock(struct copier_section_record *record) {
  atomic_store_explicit(&record->is_locked, false, memory_order_release);
}

/// Gives back \p record, taken by \p owner.
static void free_record(struct copier_section_record *record, uint64_t owner) {
  copier_sync_queue_remove(record->posted);
  atomic_store_explicit(&record->owner, owner & ~(uint64_t)UINT32_MAX,
                        memory_order_release);
}

/// Gives up those records of this thread that are as deep as \p depth.
static void give_up_own(unsigned depth, const struct copier_worker *worker) {
  for (struct copier_section_record *record = records;
       record != records + RECORDS; ++record) {
    uint64_t owner = atomic_load_explicit(&record->owner, memory_order_relaxed);
    if ((uint32_t)owner != thread_id() || record->depth < depth)
      continue;
    while (!try_lock(record))
      sched_yield();
    // Somebody may have been faster.
    if (atomic_load_explicit(&record->owner, memory_order_relaxed) == owner) {
      copier_give_up_claims(&record->claims, worker);
      free_record(record, owner);
    }
    unlock(record);
  }
}

/// Reads the line of /proc/self/task/ID/status that says which signals are
/// blocked; false if there is none. Not by libc: there it could be cancelled.
static bool read_mask(uint32_t id, uint64_t *mask) {
  char text[2048];
  snprintf(text, sizeof(text), "/proc/self/task/%u/status", id);
  int fd = (int)syscall(SYS_openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  long size = syscall(SYS_read, fd, text, sizeof(text) - 1);
  syscall(SYS_close, fd);
  text[size > 0 ? size : 0] = '\0';
  const char *line = strstr(text, "\nSigBlk:");
  if (line)
    *mask = strtoull(line + strlen("\nSigBlk:"), NULL, 16);
  return line;
}

/// Is the thread outside of any section, or has it ended? False when in doubt.
static bool has_left(uint32_t id) {
  uint64_t mask;
  if (read_mask(id, &mask))
    return !(mask & bit_of(CANCEL_SIGNAL));
  return syscall(SYS_tgkill, getpid(), id, 0) != 0 && errno == ESRCH;
}

/// Gives up \p record, which is locked, if its owner has abandoned it.
static void recover(struct copier_section_record *record,
                    const struct copier_worker *worker) {
  uint64_t owner = atomic_load_explicit(&record->owner, memory_order_acquire);
  if (!(uint32_t)owner || (uint32_t)owner == thread_id() ||
      !has_left((uint32_t)owner))
    return;
  // If it was its record before and after, then in between as well.
  if (atomic_load_explicit(&record->owner, memory_order_acquire) != owner)
    return;
  copier_give_up_claims(&record->claims, worker);
  free_record(record, owner);
}

void copier_section_recover(const struct copier_worker *worker) {
  for (struct copier_section_record *record = records;
       record != records + RECORDS; ++record) {
    if (!(uint32_t)atomic_load_explicit(&record->owner, memory_order_relaxed) ||
        !try_lock(record))
      continue;
    recover(record, worker);
    unlock(record);
  }
}

//===----------------------------------------------------------------------===//
// Sections
//===----------------------------------------------------------------------===//

static struct copier_section_record *
take_record(const struct copier_worker *worker) {
  for (unsigned i = 0;; ++i) {
    struct copier_section_record *record =
        &records[(thread_id() + i) % RECORDS];
    uint64_t owner = atomic_load_explicit(&record->owner, memory_order_relaxed);
    uint64_t own = (((owner >> 32) + 1) << 32) | thread_id();
    if (!(uint32_t)owner && atomic_compare_exchange_strong_explicit(
                                &record->owner, &owner, own,
                                memory_order_acquire, memory_order_relaxed))
      return record;
    if (i % RECORDS == RECORDS - 1) {
      copier_section_recover(worker);
      sched_yield();
    }
  }
}

void copier_section_begin(struct copier_section *section,
                          const struct copier_range *range,
                          const struct copier_worker *worker) {
  section->mask = copier_section_block_signals();
  bool is_nested =
      innermost && (section->mask & bit_of(CANCEL_SIGNAL)) && !is_ending;
  if (innermost && !is_nested)
    give_up_own(0, worker);
  section->outer = is_nested ? innermost : NULL;
  section->record = take_record(worker);
  section->record->depth = is_nested ? section->outer->depth + 1 : 0;
  section->record->claims.used = 0;
  section->record->posted = range ? copier_sync_queue_post(*range) : -1;
  innermost = section->record;
}

void copier_section_end(const struct copier_section *section,
                        const struct copier_worker *worker) {
  struct copier_section_record *record = section->record;
  // A fault handler may have begun copies of its own, and jumped out of those.
  if (innermost != record)
    give_up_own(record->depth + 1, worker);
  free_record(record,
              atomic_load_explicit(&record->owner, memory_order_relaxed));
  innermost = section->outer;
  copier_section_restore_signals(section->mask);
}

static bool holds(const struct copier_claims *claims, struct copier_place at,
                  unsigned index) {
  for (unsigned i = 0; i != claims->used; ++i) {
    const struct copier_claim *held = &claims->held[i];
    if (held->at.queue == at.queue && held->at.ticket == at.ticket &&
        held->index == index)
      return true;
  }
  return false;
}

bool copier_section_interrupts(struct copier_place at, unsigned index) {
  if (!innermost->depth)
    return false;
  for (const struct copier_section_record *record = records;
       record != records + RECORDS; ++record)
    if ((uint32_t)atomic_load_explicit(&record->owner, memory_order_relaxed) ==
            thread_id() &&
        record != innermost && holds(&record->claims, at, index))
      return true;
  return false;
}

void copier_section_end_thread(void) { is_ending = true; }

void copier_section_after_fork(void) {
  uint32_t parent_id = own_id;
  own_id = 0;
  for (struct copier_section_record *record = records;
       record != records + RECORDS; ++record) {
    uint64_t owner = record->owner & ~(uint64_t)UINT32_MAX;
    bool is_own = innermost && (uint32_t)record->owner == parent_id;
    record->owner = is_own ? owner | thread_id() : owner;
    record->posted = -1;
    record->is_locked = false;
  }
}
