//===- client.h - A client of the kernel service ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// What the service knows of a client: its rings, of which it believes nothing,
// and its own copy of the tasks in them, in the core's queue.
//
// Two locks. `take_lock`: who takes slots from the rings, and submits to the
// core's queue. `finish_lock`: who changes a job, its descriptor and the
// Handler Queue. The second may be taken while holding the first.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SERVICE_CLIENT_H
#define COPIER_SERVICE_CLIENT_H

#include "core/order.h"
#include "service/os.h"
#include "service/turns.h"
#include "uapi/copier.h"

#define COPIER_MAX_SPACES 15
#define COPIER_MAX_RING 4096
#define COPIER_MAX_TASK_BYTES (COPIER_MAX_SEGMENTS << COPIER_MAX_SEGMENT_SHIFT)

/// An address of the core's is one of a process, with the number of the address
/// space in the bits that no process has.
#define COPIER_SPACE_SHIFT 57

static inline uintptr_t copier_tagged(unsigned space, uintptr_t addr) {
  return addr | (uintptr_t)space << COPIER_SPACE_SHIFT;
}

static inline unsigned copier_space_of(uintptr_t tagged) {
  return (unsigned)(tagged >> COPIER_SPACE_SHIFT);
}

static inline uintptr_t copier_untagged(uintptr_t tagged) {
  return tagged & (((uintptr_t)1 << COPIER_SPACE_SHIFT) - 1);
}

/// The space of the service's own buffers: an address is the ticket of the task
/// that reads or writes the buffer, and the offset in that.
#define COPIER_BUFFER_SPACE 127
#define COPIER_BUFFER_SHIFT 21

static inline uintptr_t copier_buffer_address(copier_ticket ticket) {
  return copier_tagged(COPIER_BUFFER_SPACE,
                       (uintptr_t)ticket << COPIER_BUFFER_SHIFT);
}

/// The part of an address space that a client may name.
struct copier_window {
  struct copier_os_space *space; ///< NULL: there is none.
  struct copier_range range;
  unsigned rights; ///< COPIER_ABI_EXPORT_*.
};

/// What the service remembers of a task; the core's `cookie`.
struct copier_job {
  uint64_t ticket; ///< The ring's, + 1; 0: it is of the service queue.
  uint64_t user_data;
  uint64_t due; ///< When a lazy task is to be copied.
  uintptr_t fault_addr;
  uint32_t descr;
  uint32_t flags; ///< COPIER_ABI_TASK_*.
  uint32_t error;
  uint32_t bytes_done;
  copier_segments all;
  copier_segments done;
  copier_segments aborted;
  copier_segments faulted;  ///< Handed back, ...
  copier_segments released; ///< ... of these, what the client is done with.
  struct copier_os_buffer
      *buffer; ///< Of the service queue; NULL if it is over.
};

/// Where the rings are in the kernel's own mapping of their memory.
struct copier_rings {
  struct copier_abi_ring *ring;
  struct copier_abi_slot *slots;
  struct copier_abi_descr *descrs;
  struct copier_abi_sync_entry *syncs;
  struct copier_abi_handler_entry *handlers;
  uint32_t slot_count;
  uint32_t descr_count;
  uint32_t sync_count;
  uint32_t handler_count;
};

struct copier_kclient {
  unsigned number;           ///< What it is called in reports.
  struct copier_client core; ///< Its queue is `queue`.
  struct copier_queue *queue;
  struct copier_rings rings;
  struct copier_job jobs[COPIER_QUEUE_SLOTS];
  /// The k-mode queue; its jobs are by its tickets.
  struct copier_queue *service_queue;
  struct copier_job service_jobs[COPIER_QUEUE_SLOTS];

  struct copier_os_lock take_lock;
  uint64_t taken;
  uint64_t sync_taken;
  uint64_t handlers_due; ///< Of tasks that are taken, entries not yet posted.
  struct copier_window windows[COPIER_MAX_SPACES + 1]; ///< 0 is its own.
  struct copier_range mapping; ///< Where the client has the rings.

  struct copier_os_lock finish_lock;
  uint64_t posted;
  uint64_t changes;
  struct copier_abi_counters counters; ///< Some are added to without the lock.

  struct copier_os_event event; ///< Of the worker.
  _Atomic uint32_t woken;
  _Atomic uint32_t asleep; ///< The worker, or it is about to be.
  _Atomic uint32_t waits;  ///< It knows of tasks that it could not go on with.
  _Atomic uint32_t stopping; ///< It is to end.
  uint32_t callers;          ///< Threads of the client that are in a call.
  _Atomic uint32_t polling;
  _Atomic uint64_t lazy_period;
  struct copier_turn turn;
  struct copier_context *spare; ///< Of those who have called.
};

/// How many bytes the rings that \p create asks for take, or 0 if a count is
/// wrong.
size_t copier_rings_size(const struct copier_abi_create *create);

/// Makes the zeroed \p client one with rings as \p create says in \p memory,
/// zeroed and copier_rings_size bytes long; \p space, of which it becomes an
/// owner, is its own. 0, or -errno, and then nothing is to be undone.
int copier_kclient_init(struct copier_kclient *client,
                        const struct copier_abi_create *create, void *memory,
                        struct copier_os_space *space,
                        struct copier_turns *turns);

/// Undoes it; nobody works on the client any more.
void copier_kclient_destroy(struct copier_kclient *client);

/// Says where the client has mapped the rings: that is none of its memory.
void copier_kclient_set_mapping(struct copier_kclient *client,
                                struct copier_range mapping);

/// The worker of the client: returns when that is stopping, and marks the rings
/// dead.
void copier_kclient_run(struct copier_kclient *client);

/// Has the worker end soon. May be called at any time, more than once.
void copier_kclient_stop(struct copier_kclient *client);

/// As the calls of the ABI; sizes and reserved fields are checked by the
/// caller. 0 or -errno.
int copier_kclient_sync(struct copier_kclient *client,
                        struct copier_abi_range *range);
int copier_kclient_abort(struct copier_kclient *client,
                         struct copier_abi_range *range);
int copier_kclient_release(struct copier_kclient *client,
                           const struct copier_abi_release *release);
int copier_kclient_set_opt(struct copier_kclient *client,
                           const struct copier_abi_opt *opt);
void copier_kclient_stats(struct copier_kclient *client,
                          struct copier_abi_stats *stats);
/// Likewise, but the rings are not told.
void copier_kclient_read_stats(struct copier_kclient *client,
                               struct copier_abi_stats *stats);
void copier_kclient_wake(struct copier_kclient *client);

/// Makes \p window, of whose space the client becomes an owner, a space of the
/// client; its number, or -errno.
int copier_kclient_attach(struct copier_kclient *client,
                          const struct copier_window *window);
int copier_kclient_detach(struct copier_kclient *client, int number);

/// Transfers. First the check, before anything is read or written: 0 or -errno.
int copier_kclient_check_transfer(struct copier_kclient *client,
                                  const struct copier_abi_transfer *transfer,
                                  bool is_in);
/// Begins to receive, before anything is read: what has been read nobody else
/// has, so what may fail is done before. NULL and \p error if it did.
struct copier_context *
copier_kclient_begin_receive(struct copier_kclient *client, int *error);
/// Ends that. \p n is what reading has returned, and returned if it is not
/// above 0. Else the first \p n bytes of \p buffer are copied as \p transfer
/// says. Becomes the owner of \p buffer instead of the caller.
int copier_kclient_receive(struct copier_context *context,
                           struct copier_abi_transfer *transfer,
                           struct copier_os_buffer *buffer, long n);
/// Copies what is at the address of \p transfer to \p buffer, as if all that
/// was submitted before were done.
int copier_kclient_gather(struct copier_kclient *client,
                          const struct copier_abi_transfer *transfer,
                          struct copier_os_buffer *buffer);

static inline bool copier_kclient_is_over(struct copier_kclient *client) {
  return atomic_load_explicit(&client->stopping, memory_order_relaxed);
}

static inline void copier_count(__u64 *counter, uint64_t by) {
  __atomic_fetch_add(counter, by, __ATOMIC_RELAXED);
}

#endif // COPIER_SERVICE_CLIENT_H
