//===- client.h - A client of /dev/copier ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Speaks the ABI as a correct client does; whoever wants to be an incorrect one
// writes to the rings himself. What goes wrong here ends the case. For one
// thread, unless it says otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GUEST_CLIENT_H
#define COPIER_GUEST_CLIENT_H

#include "copier.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE "/dev/copier"
#define PAGE ((size_t)4096)

struct client {
  int fd;
  size_t map_size;
  struct copier_abi_ring *ring;
  struct copier_abi_slot *slots;
  struct copier_abi_descr *descrs;
  struct copier_abi_sync_entry *syncs;
  struct copier_abi_handler_entry *handlers;
  uint32_t next_descr; ///< Taken in turn by client_copy.
};

/// Opens the device; skips the case where there is no module.
int client_open_device(void);

/// What the service says of itself.
struct copier_abi_query client_query(void);

/// Skips the case if the service does not announce the feature.
void client_need(uint64_t feature, const char *name);

/// A client with 256 slots, 256 descriptors, 64 Sync Tasks and 64 handlers.
void client_init(struct client *client);
void client_init_sized(struct client *client, uint32_t slots, uint32_t descrs,
                       uint32_t syncs, uint32_t handlers);
/// Unmaps and closes.
void client_close(struct client *client);

/// A slot that copies in segments of `1 << shift`, or the smallest possible.
struct copier_abi_slot client_slot(void *dst, const void *src, size_t size);
uint8_t client_shift(size_t size);

/// Submits, once there is room; returns the ticket. Does not wake.
uint64_t client_submit(struct client *client, struct copier_abi_slot slot);

/// Clears the descriptor and submits with it.
uint64_t client_submit_to(struct client *client, uint32_t descr,
                          struct copier_abi_slot slot);

/// Submits a copy with the next descriptor, whose last task is waited for, and
/// wakes the worker if need be. Returns the descriptor.
uint32_t client_copy(struct client *client, void *dst, const void *src,
                     size_t size);

void client_wake_if_needed(struct client *client);

/// For wait_until: has the worker of the client fallen asleep? When it says so
/// in the ring it looks at the rings once more; not when it has counted that.
bool client_sleeps(void *client);

/// Who waits for the worker to fall asleep more than once.
struct client_sleeper {
  struct client *client;
  uint64_t slept; ///< How often, when it last was found asleep.
};

/// For wait_until, likewise: has it fallen asleep since it was found so?
bool client_sleeps_again(void *sleeper);

/// Promotes by the Sync Queue.
void client_promote(struct client *client, const void *addr, size_t size);

/// A call: -errno if it fails.
int client_call(struct client *client, unsigned long call, void *argument);

/// COPIER_IOC_SYNC, with the answer; and such a one that must be done.
struct copier_abi_range client_sync_flags(struct client *client,
                                          const void *addr, size_t size,
                                          uint32_t flags);
void client_sync(struct client *client, const void *addr, size_t size);
void client_sync_all(struct client *client);
struct copier_abi_range client_abort(struct client *client, const void *addr,
                                     size_t size);

void client_release(struct client *client, uint64_t ticket, uint32_t segments);
void client_set(struct client *client, uint32_t opt, uint64_t value);
struct copier_abi_stats client_stats(struct client *client);

/// The status of a descriptor's task now, and once it is over.
uint32_t client_status(struct client *client, uint32_t descr);
uint32_t client_wait(struct client *client, uint32_t descr);

/// Waits until `is_true`, for so many seconds of the guest; false if in vain.
bool wait_until(bool (*is_true)(void *), void *argument, unsigned seconds);

/// Zeroed pages that nobody has touched yet, or fail.
void *pages(size_t size);
/// Fills with bytes that a seed gives, and says whether they are still there.
void fill(void *memory, size_t size, uint64_t seed);
bool is_filled(const void *memory, size_t size, uint64_t seed);

/// Runs `run` in a child; its wait status.
int in_child(void (*run)(void *), void *argument);

#endif // COPIER_GUEST_CLIENT_H
