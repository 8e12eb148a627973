//===- os.h - What the service needs of its surroundings ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The seam between the portable service and what it runs in: the kernel
// (module/), or a process that plays the kernel for tests (user/). The types
// are in os_types.h, which each of the two has its own of.
//
// Locks are for a few instructions: nobody sleeps, pins or copies while holding
// one.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SERVICE_OS_H
#define COPIER_SERVICE_OS_H

#include "os_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct copier_context;

/// Zeroed memory; NULL if there is none. May sleep.
void *copier_os_alloc(size_t n);
void copier_os_free(void *memory);

/// What a lock is of. Who holds one may take another one further down.
enum copier_os_lock_kind {
  COPIER_OS_LOCK_TAKE,
  COPIER_OS_LOCK_FINISH,
  COPIER_OS_LOCK_TURNS,
  COPIER_OS_LOCK_KINDS,
};

void copier_os_lock_init(struct copier_os_lock *lock,
                         enum copier_os_lock_kind kind);
void copier_os_lock(struct copier_os_lock *lock);
void copier_os_unlock(struct copier_os_lock *lock);

#define COPIER_OS_NEVER UINT64_MAX

/// Sleeps until \p is_true(\p argument), looked at whenever somebody wakes the
/// event, for \p nanoseconds at most. Returns at once, or early, if the calling
/// thread is dying.
void copier_os_event_init(struct copier_os_event *event);
void copier_os_wait(struct copier_os_event *event, bool (*is_true)(void *),
                    void *argument, uint64_t nanoseconds);
void copier_os_wake(struct copier_os_event *event);

/// Nanoseconds since some start.
uint64_t copier_os_now(void);

/// Lets others go on, while there is nothing to do but wait.
void copier_os_pause(void);
void copier_os_yield(void);
/// Even those who are less important than the calling thread.
void copier_os_nap(void);

/// Has the calling thread been told to die?
bool copier_os_is_dying(void);

/// What the calling thread works on: NULL if nothing. Setting it twice without
/// copier_os_clear_context between is an error. The \p link is the seam's while
/// it is set.
void copier_os_set_context(struct copier_os_link *link,
                           struct copier_context *context);
void copier_os_clear_context(struct copier_os_link *link);
struct copier_context *copier_os_context(void);

/// May a process name the \p n bytes, not 0, at \p addr at all: is that not
/// outside of what processes have?
bool copier_os_is_user_range(uintptr_t addr, size_t n);

/// An address space has an owner for each pointer to it.
void copier_os_space_get(struct copier_os_space *space);
void copier_os_space_put(struct copier_os_space *space);

/// The most bytes that are pinned at once.
#define COPIER_OS_MAX_PIN 32768

/// What copier_os_pin does to have pages.
enum copier_os_effort {
  COPIER_OS_NOT_WAITING, ///< Takes what is present.
  COPIER_OS_BRIEFLY,     ///< Also waits for who is just changing the mapping.
  COPIER_OS_AT_ANY_COST, ///< May sleep, for long, in a page fault.
};

/// Makes the \p n bytes at \p addr in \p space present, to be written or only
/// read, and keeps their pages, whatever happens to the mapping, until
/// copier_os_unpin. Returns how many pages these are; or -errno, and
/// \p fault_addr is the first address that cannot be had: -EAGAIN if that takes
/// more \p effort. -EINTR says nothing of the memory: the calling thread is
/// dying.
int copier_os_pin(struct copier_os_space *space, uintptr_t addr, size_t n,
                  bool to_write, enum copier_os_effort effort,
                  struct copier_os_pages *pages, uintptr_t *fault_addr);
void copier_os_unpin(struct copier_os_pages *pages);

/// Between the two, no mapping of \p space is changed: who wants to waits for
/// the calling thread, which so must not wait for anybody, and not pin or unpin
/// anything. 1; 0 if somebody just changes one; -errno if the space remembers
/// nothing. Does not sleep.
int copier_os_begin_translating(struct copier_os_space *space);
void copier_os_end_translating(struct copier_os_space *space);

/// Between them: as copier_os_pin, for pages that were pinned before and have
/// not moved since (ATCache); how many pages, or 0 if that is not known of one
/// of them. They need not be unpinned.
int copier_os_translate(struct copier_os_space *space, uintptr_t addr, size_t n,
                        bool to_write, struct copier_os_pages *pages);

/// Memory of the service's own, which has owners as a space has; what is pinned
/// of it is one. NULL if there is none. Only making it may sleep.
struct copier_os_buffer *copier_os_buffer_new(size_t n);
void copier_os_buffer_get(struct copier_os_buffer *buffer);
void copier_os_buffer_put(struct copier_os_buffer *buffer);

/// As copier_os_pin, of the bytes at \p offset; cannot fail, and does not
/// sleep.
void copier_os_buffer_pin(struct copier_os_buffer *buffer, size_t offset,
                          size_t n, struct copier_os_pages *pages);

/// Bytes to be copied.
struct copier_os_pair {
  struct copier_os_pages *dst;
  struct copier_os_pages *src;
};

/// Copies as many bytes as are pinned, for each of the \p count \p pairs, which
/// do not overlap. Cannot fail.
void copier_os_copy(const struct copier_os_pair *pairs, unsigned count);

/// Told to whoever traces: a slot was taken, or refused with \p error; bytes
/// were copied, by the worker or \p in_call; a segment was handed back; the
/// worker falls asleep or wakes. Tickets are the ring's; 0 for others' tasks.
void copier_os_trace_take(unsigned client, uint64_t ticket, uintptr_t dst,
                          uintptr_t src, size_t size, unsigned error);
void copier_os_trace_copy(unsigned client, size_t bytes, bool in_call);
void copier_os_trace_fault(unsigned client, uint64_t ticket, uintptr_t addr,
                           int error);
void copier_os_trace_sleep(unsigned client, bool begins);

#endif // COPIER_SERVICE_OS_H
