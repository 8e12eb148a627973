//===- client.c - A client of the kernel service ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Its beginning and its end, and the address spaces that it may name.
//
//===----------------------------------------------------------------------===//

#include "service/client.h"
#include "service/worker.h"

#define LAZY_NANOSECONDS 10000000

static bool is_count(uint32_t count, uint32_t least) {
  return count >= least && count <= COPIER_MAX_RING && !(count & (count - 1));
}

static size_t after(uint32_t *offset, size_t begin, size_t bytes) {
  *offset = (uint32_t)begin;
  return (begin + bytes + 63) & ~(size_t)63;
}

/// Where everything is in rings as \p create asks for; returns how long they
/// are.
static size_t lay_out(const struct copier_abi_create *create,
                      struct copier_abi_ring *ring) {
  *ring = (struct copier_abi_ring){
      .magic = COPIER_ABI_MAGIC,
      .version = COPIER_ABI_VERSION,
      .size = sizeof(*ring),
      .slot_count = create->slots,
      .descr_count = create->descrs,
      .sync_count = create->syncs,
      .handler_count = create->handlers,
  };
  size_t end = sizeof(*ring);
  end = after(&ring->slots_offset, end,
              create->slots * sizeof(struct copier_abi_slot));
  end = after(&ring->descrs_offset, end,
              create->descrs * sizeof(struct copier_abi_descr));
  end = after(&ring->syncs_offset, end,
              create->syncs * sizeof(struct copier_abi_sync_entry));
  return after(&ring->handlers_offset, end,
               create->handlers * sizeof(struct copier_abi_handler_entry));
}

size_t copier_rings_size(const struct copier_abi_create *create) {
  if (!is_count(create->slots, 1) || !is_count(create->descrs, 1) ||
      !is_count(create->syncs, 0) || !is_count(create->handlers, 0))
    return 0;
  struct copier_abi_ring ring;
  return lay_out(create, &ring);
}

static struct copier_rings rings_in(void *memory,
                                    const struct copier_abi_create *create) {
  struct copier_abi_ring ring;
  lay_out(create, &ring);
  char *base = memory;
  *(struct copier_abi_ring *)memory = ring;
  return (struct copier_rings){
      .ring = memory,
      .slots = (void *)(base + ring.slots_offset),
      .descrs = (void *)(base + ring.descrs_offset),
      .syncs = (void *)(base + ring.syncs_offset),
      .handlers = (void *)(base + ring.handlers_offset),
      .slot_count = ring.slot_count,
      .descr_count = ring.descr_count,
      .sync_count = ring.sync_count,
      .handler_count = ring.handler_count,
  };
}

static bool make_queues(struct copier_kclient *client) {
  client->queue = copier_os_alloc(sizeof(*client->queue));
  client->service_queue = copier_os_alloc(sizeof(*client->queue));
  if (!client->queue || !client->service_queue) {
    copier_os_free(client->queue);
    copier_os_free(client->service_queue);
    return false;
  }
  copier_queue_init(client->queue, COPIER_QUEUE_SLOTS, NULL);
  copier_queue_init(client->service_queue, COPIER_QUEUE_SLOTS, NULL);
  client->queue->partner = client->service_queue;
  client->service_queue->partner = client->queue;
  client->core.queue = client->queue;
  client->core.service_queue = client->service_queue;
  return true;
}

int copier_kclient_init(struct copier_kclient *client,
                        const struct copier_abi_create *create, void *memory,
                        struct copier_os_space *space,
                        struct copier_turns *turns) {
  if (!make_queues(client))
    return -ENOMEM;
  client->core.shares = COPIER_DEFAULT_SHARES;
  client->lazy_period = LAZY_NANOSECONDS;
  client->rings = rings_in(memory, create);
  copier_os_lock_init(&client->take_lock, COPIER_OS_LOCK_TAKE);
  copier_os_lock_init(&client->finish_lock, COPIER_OS_LOCK_FINISH);
  copier_os_event_init(&client->event);
  copier_os_space_get(space);
  client->windows[0] =
      (struct copier_window){space,
                             {0, UINTPTR_MAX},
                             COPIER_ABI_EXPORT_READ | COPIER_ABI_EXPORT_WRITE};
  client->turn.turns = turns;
  client->turn.client = &client->core;
  client->turn.event = &client->event;
  client->turn.stopping = &client->stopping;
  copier_turn_init(&client->turn);
  return 0;
}

void copier_kclient_destroy(struct copier_kclient *client) {
  copier_turn_destroy(&client->turn);
  for (unsigned i = 0; i <= COPIER_MAX_SPACES; ++i)
    if (client->windows[i].space)
      copier_os_space_put(client->windows[i].space);
  for (unsigned i = 0; i != COPIER_QUEUE_SLOTS; ++i)
    if (client->service_jobs[i].buffer)
      copier_os_buffer_put(client->service_jobs[i].buffer);
  copier_os_free(client->spare);
  copier_os_free(client->queue);
  copier_os_free(client->service_queue);
}

int copier_kclient_attach(struct copier_kclient *client,
                          const struct copier_window *window) {
  int number = 1;
  copier_os_lock(&client->take_lock);
  while (number <= COPIER_MAX_SPACES && client->windows[number].space)
    ++number;
  if (number <= COPIER_MAX_SPACES) {
    copier_os_space_get(window->space);
    client->windows[number] = *window;
  }
  copier_os_unlock(&client->take_lock);
  return number <= COPIER_MAX_SPACES ? number : -ENOSPC;
}

/// No task is taken any more that names space \p number. Returns that space,
/// of which the caller becomes an owner; NULL if there is none.
static struct copier_os_space *close_window(struct copier_kclient *client,
                                            int number) {
  copier_os_lock(&client->take_lock);
  struct copier_os_space *space = client->windows[number].space;
  client->windows[number].rights = 0;
  if (space)
    copier_os_space_get(space);
  copier_os_unlock(&client->take_lock);
  return space;
}

/// Ends what is left of it, unless another thread has.
static void forget_window(struct copier_kclient *client, int number,
                          struct copier_os_space *space) {
  copier_os_lock(&client->take_lock);
  struct copier_window *window = &client->windows[number];
  bool is_it = window->space == space && !window->rights;
  if (is_it)
    window->space = NULL;
  copier_os_unlock(&client->take_lock);
  if (is_it)
    copier_os_space_put(space);
}

int copier_kclient_detach(struct copier_kclient *client, int number) {
  if (number < 1 || number > COPIER_MAX_SPACES)
    return -EBADF;
  struct copier_os_space *space = close_window(client, number);
  if (!space)
    return -EBADF;
  struct copier_abi_range all = {.size = sizeof(all),
                                 .flags = COPIER_ABI_SYNC_ALL};
  int error = copier_kclient_sync(client, &all);
  if (!error && all.status != COPIER_ABI_DONE)
    error = -EBUSY;
  if (!error)
    forget_window(client, number, space);
  copier_os_space_put(space);
  return error;
}
