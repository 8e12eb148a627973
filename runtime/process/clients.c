//===- clients.c - The queues of this process ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See clients.h. Created queues are kept when they are given back: a service
// may be looking at one.
//
//===----------------------------------------------------------------------===//

#include "process/clients.h"
#include "copier/entry_points.h"
#include "core/serve.h"

#include <errno.h>
#include <sys/mman.h>

/// Of what is pending elsewhere, in __copier_pending.word.
#define ELSEWHERE_ONE ((uint64_t)1 << 16)
#define ELSEWHERE_MASK ((uint64_t)0xFFFF << 16)

_Static_assert(COPIER_QUEUE_SLOTS < ELSEWHERE_ONE, "the counts share a word");

struct copier_pending __copier_pending __attribute__((aligned(64)));
_Thread_local struct copier_window __copier_window;

static struct copier_queue default_queue = {
    .word = &__copier_pending.word,
    .limit = COPIER_QUEUE_SLOTS,
};

struct copier_client copier_default_client = {
    .queue = &default_queue,
    .shares = COPIER_DEFAULT_SHARES,
};

struct copier_client *copier_clients[COPIER_MAX_CLIENTS] = {
    &copier_default_client,
};

unsigned copier_clients_used(void) {
  unsigned count = 0;
  while (count != COPIER_MAX_CLIENTS && copier_client_at(count))
    ++count;
  return count;
}

/// A created client, with its queue next to it.
struct created {
  struct copier_queue queue;
  struct copier_client client;
  _Atomic bool is_used;
};

static uintptr_t lower(uintptr_t a, uintptr_t b) { return a < b ? a : b; }
static uintptr_t higher(uintptr_t a, uintptr_t b) { return a > b ? a : b; }

static void clear_window(struct copier_window *window) {
  window->dst_begin = window->src_begin = UINTPTR_MAX;
  window->dst_end = window->src_end = 0;
}

/// Extends this thread's window by \p task.
static void extend_window(const struct copier_task *task) {
  struct copier_window *window = &__copier_window;
  window->dst_begin = lower(window->dst_begin, task->dst);
  window->dst_end =
      higher(window->dst_end, copier_range_of(task->dst, task->size).end);
  window->src_begin = lower(window->src_begin, task->src);
  window->src_end =
      higher(window->src_end, copier_range_of(task->src, task->size).end);
}

/// Makes the window tell where this thread's copies are, after it has submitted
/// \p tasks from the ticket \p first on; \p alone if nothing was pending.
///
/// It counts while `last` is this thread's and `ticket` the queue's: then
/// nobody has submitted since. (Another thread that had would have made itself
/// the last; one that is about to has moved the queue's ticket, and not by
/// 2^32.) A signal handler in the middle finds the old ticket, and calls.
static void note_submission(const struct copier_task *tasks, unsigned count,
                            copier_ticket first, bool alone) {
  struct copier_window *window = &__copier_window;
  bool follows =
      window->ticket == (uint32_t)first &&
      __atomic_load_n(&__copier_pending.last, __ATOMIC_RELAXED) == window;
  if (alone) {
    clear_window(window);
  } else if (!follows) {
    window->dst_begin = 0;
    window->dst_end = UINTPTR_MAX;
  }
  for (unsigned i = 0; i != count; ++i)
    extend_window(&tasks[i]);
  if (!follows)
    __atomic_store_n(&__copier_pending.last, window, __ATOMIC_RELAXED);
  atomic_signal_fence(memory_order_seq_cst);
  window->ticket = (uint32_t)(first + count);
}

unsigned copier_client_number(const struct copier_client *client) {
  unsigned number = 0;
  while (copier_client_at(number) != client)
    ++number;
  return number;
}

bool copier_client_push(struct copier_client *client,
                        const struct copier_task *tasks, unsigned count,
                        copier_ticket *first) {
  struct copier_submission submission;
  if (client == &copier_default_client) {
    if (!copier_queue_push(client->queue, tasks, count, &submission))
      return false;
    note_submission(tasks, count, submission.first,
                    (uint16_t)submission.word == 0);
  } else {
    copier_pending_elsewhere_add(count);
    bool taken = copier_queue_push(client->queue, tasks, count, &submission);
    uint32_t fewer = submission.acknowledged + (taken ? 0 : count);
    if (fewer)
      copier_pending_elsewhere_remove(fewer);
    if (!taken)
      return false;
  }
  if (first)
    *first = submission.first;
  return true;
}

/// Narrows this thread's window to what is not complete, if it counts, and if
/// everything before is published: who is about to publish may be about to make
/// itself the last one, too.
static void refresh_window(void) {
  struct copier_window *window = &__copier_window;
  uint64_t word = __atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
  if (!(uint16_t)word || window->ticket != (uint32_t)(word >> 32) ||
      __atomic_load_n(&__copier_pending.last, __ATOMIC_RELAXED) != window)
    return;
  uint32_t ticket = window->ticket;
  struct copier_tickets tickets = copier_queue_published(&default_queue);
  if ((uint32_t)tickets.past != ticket)
    return;
  // A signal handler that csyncs meanwhile must not believe it.
  window->ticket = ticket - 1;
  atomic_signal_fence(memory_order_seq_cst);
  clear_window(window);
  for (; tickets.first != tickets.past; ++tickets.first) {
    struct copier_task task;
    if (copier_queue_unfinished(&default_queue, tickets.first) &&
        copier_queue_read(&default_queue, tickets.first, &task))
      extend_window(&task);
  }
  atomic_signal_fence(memory_order_seq_cst);
  window->ticket = ticket;
}

static void acknowledge_created(void) {
  for (unsigned i = 1; i != COPIER_MAX_CLIENTS; ++i) {
    struct copier_client *client = copier_client_at(i);
    if (!client)
      return;
    uint32_t count = copier_queue_acknowledge(client->queue);
    if (count)
      copier_pending_elsewhere_remove(count);
  }
}

void copier_clients_acknowledge(void) {
  copier_queue_acknowledge(&default_queue);
  acknowledge_created();
  refresh_window();
}

void copier_pending_elsewhere_add(unsigned count) {
  __atomic_fetch_add(&__copier_pending.word, count * ELSEWHERE_ONE,
                     __ATOMIC_ACQ_REL);
}

void copier_pending_elsewhere_remove(unsigned count) {
  __atomic_fetch_sub(&__copier_pending.word, count * ELSEWHERE_ONE,
                     __ATOMIC_RELEASE);
}

static struct created *created_of(struct copier_client *client) {
  return (struct created *)client->queue;
}

/// What a client of \p limit tasks begins with.
static void begin(struct copier_client *client, unsigned limit) {
  client->queue->limit = limit;
  client->shares = COPIER_DEFAULT_SHARES;
  copier_serve_newcomer(client, copier_clients, copier_clients_used());
}

/// Takes over a client that was given back; NULL if there is none.
static struct copier_client *reuse(unsigned limit) {
  for (unsigned i = 1; i != COPIER_MAX_CLIENTS; ++i) {
    struct copier_client *client = copier_client_at(i);
    if (!client)
      return NULL;
    if (!atomic_exchange(&created_of(client)->is_used, true)) {
      begin(client, limit);
      return client;
    }
  }
  return NULL;
}

struct copier_client *copier_client_create(unsigned limit) {
  struct copier_client *known = reuse(limit);
  if (known)
    return known;
  struct created *fresh = mmap(NULL, sizeof(*fresh), PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fresh == MAP_FAILED)
    return NULL;
  copier_queue_init(&fresh->queue, limit, NULL);
  fresh->client.queue = &fresh->queue;
  begin(&fresh->client, limit);
  fresh->is_used = true;
  for (unsigned i = 1; i != COPIER_MAX_CLIENTS; ++i) {
    // Others read the entries that are taken as what they are: constants.
    if (__atomic_load_n(&copier_clients[i], __ATOMIC_RELAXED))
      continue;
    struct copier_client *none = NULL;
    if (__atomic_compare_exchange_n(&copier_clients[i], &none, &fresh->client,
                                    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
      return &fresh->client;
  }
  munmap(fresh, sizeof(*fresh));
  errno = EMFILE;
  return NULL;
}

void copier_client_destroy(struct copier_client *client) {
  atomic_store(&created_of(client)->is_used, false);
}

void copier_clients_after_fork(void) {
  copier_queue_after_fork(&default_queue);
  for (unsigned i = 1; i != COPIER_MAX_CLIENTS && copier_clients[i]; ++i) {
    uint32_t before = copier_queue_pending(copier_clients[i]->queue);
    copier_queue_after_fork(copier_clients[i]->queue);
    uint32_t after = copier_queue_pending(copier_clients[i]->queue);
    if (before > after)
      copier_pending_elsewhere_remove(before - after);
    else if (after > before)
      copier_pending_elsewhere_add(after - before);
  }
}
