//===- run.c - The worker of a client -----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Takes and copies, slice after slice; with nothing to do it polls for a
// moment, yields for a while, and then sleeps (paper, section 4.5.1).
//
// Falling asleep: it says so in the ring, makes a fence, and looks at the rings
// and at all its tasks once more. Whoever gives it something to do makes a
// fence as well, and then looks whether it sleeps.
//
//===----------------------------------------------------------------------===//

#include "service/take.h"
#include "service/worker.h"

#define POLL_NANOSECONDS 20000
#define YIELD_NANOSECONDS 50000
#define RETRY_NANOSECONDS 1000000

/// How many Sync Tasks are served in one turn.
#define MAX_SYNCS 16

/// Sync Tasks first, a few at a time: csyncs wait for them.
static bool serve_syncs(struct copier_context *context) {
  struct copier_range range;
  bool any = false;
  for (unsigned i = 0;
       i != MAX_SYNCS && copier_take_sync(context->client, &range); ++i) {
    any = true;
    if (copier_plan_sync(&context->client->core, range, COPIER_NO_RANGE,
                         &context->plan))
      copier_complete(&context->plan, &copier_kernel_caller);
  }
  return any;
}

/// What there is to be done for the tasks that are taken.
struct prospects {
  bool any;     ///< Something nobody has claimed, of tasks that are due.
  bool is_held; ///< Something that somebody has claimed, and may give back.
  uint64_t due; ///< When the next lazy task is.
};

static void add_prospects(struct copier_queue *queue, uint64_t now,
                          struct prospects *result) {
  struct copier_tickets tickets = copier_queue_published(queue);
  for (; tickets.first != tickets.past; ++tickets.first) {
    struct copier_task task;
    copier_segments left = copier_queue_unfinished(queue, tickets.first);
    copier_segments free = copier_queue_unclaimed(queue, tickets.first);
    result->is_held |= (left & ~free) != 0;
    if (!(left & free) || !copier_queue_read(queue, tickets.first, &task))
      continue;
    const struct copier_job *job = task.cookie;
    uint64_t due = __atomic_load_n(&job->due, __ATOMIC_RELAXED);
    if (!(task.flags & COPIER_TASK_LAZY) || due <= now)
      result->any = true;
    else if (due < result->due)
      result->due = due;
  }
}

static struct prospects prospects_of(struct copier_kclient *client,
                                     uint64_t now) {
  struct prospects result = {false, false, COPIER_OS_NEVER};
  add_prospects(client->queue, now, &result);
  add_prospects(client->service_queue, now, &result);
  return result;
}

static bool has_work(struct copier_kclient *client) {
  copier_take_tasks(client);
  return prospects_of(client, copier_os_now()).any || copier_has_syncs(client);
}

/// Does what there is to do, up to a slice, when it is the client's turn; false
/// if there was nothing.
static bool work(struct copier_context *context) {
  struct copier_kclient *client = context->client;
  if (!has_work(client)) {
    copier_turn_end(context->turn);
    return false;
  }
  if (!copier_turn_begin(context->turn))
    return false;
  size_t before = context->bytes;
  context->has_put_off = context->was_interrupted = false;
  bool any = serve_syncs(context);
  copier_serve(&client->core, context->turn->turns->slice,
               &copier_kernel_worker);
  copier_context_unpin(context);
  copier_turn_charge(context->turn, context->bytes - before);
  any |= context->has_put_off || context->bytes != before;
  // Who cannot go on may sleep next.
  if (any && has_work(client))
    copier_turn_pass(context->turn);
  else
    copier_turn_end(context->turn);
  return any;
}

static bool is_scenario(struct copier_kclient *client) {
  return atomic_load_explicit(&client->polling, memory_order_relaxed) ==
         COPIER_ABI_POLLING_SCENARIO;
}

/// Works until there has been nothing to do for a while.
static void poll_rings(struct copier_context *context) {
  struct copier_kclient *client = context->client;
  uint64_t idle_since = copier_os_now();
  while (!copier_kclient_is_over(client)) {
    if (work(context)) {
      idle_since = copier_os_now();
      copier_os_yield();
      continue;
    }
    uint64_t idle = copier_os_now() - idle_since;
    if (is_scenario(client) || idle >= POLL_NANOSECONDS + YIELD_NANOSECONDS)
      return;
    if (idle >= POLL_NANOSECONDS)
      copier_os_yield();
    else
      copier_os_pause();
  }
}

static void set_flags(struct copier_kclient *client, uint32_t flags) {
  __atomic_store_n(&client->rings.ring->flags, flags, __ATOMIC_SEQ_CST);
}

static bool is_awake(void *argument) {
  struct copier_kclient *client = argument;
  return atomic_load_explicit(&client->woken, memory_order_acquire) ||
         copier_kclient_is_over(client);
}

/// Sleeps until a lazy task is due, or somebody wakes it.
static void wait_for_work(struct copier_kclient *client, uint64_t due) {
  uint64_t now = copier_os_now();
  if (due <= now)
    return;
  copier_count(&client->counters.sleeps, 1);
  copier_os_trace_sleep(client->number, /*begins=*/true);
  copier_os_wait(&client->event, is_awake, client,
                 due == COPIER_OS_NEVER ? due : due - now);
  copier_os_trace_sleep(client->number, /*begins=*/false);
}

static void fall_asleep(struct copier_context *context) {
  struct copier_kclient *client = context->client;
  struct copier_abi_stats stats;
  copier_kclient_stats(client, &stats);
  atomic_store_explicit(&client->woken, 0, memory_order_relaxed);
  atomic_store_explicit(&client->waits, 1, memory_order_relaxed);
  atomic_store_explicit(&client->asleep, 1, memory_order_relaxed);
  set_flags(client, COPIER_ABI_RING_NEED_WAKEUP);
  atomic_thread_fence(memory_order_seq_cst);
  // What was due before the last look, and is still there, waits for something:
  // who changes that wakes the worker.
  uint64_t now = copier_os_now();
  if (!work(context) && !copier_kclient_is_over(client)) {
    struct prospects prospects = prospects_of(client, now);
    atomic_store_explicit(&client->waits, prospects.any || prospects.is_held,
                          memory_order_seq_cst);
    // A signal that came from elsewhere, which the wait throws away, is no
    // reason to leave what it has kept from being copied.
    if (context->was_interrupted)
      prospects.due = copier_os_now() + RETRY_NANOSECONDS;
    wait_for_work(client, prospects.due);
  }
  atomic_store_explicit(&client->asleep, 0, memory_order_relaxed);
  set_flags(client, 0);
}

static bool has_callers(const struct copier_kclient *client) {
  return __atomic_load_n(&client->callers, __ATOMIC_SEQ_CST) != 0;
}

static bool has_no_callers(void *argument) { return !has_callers(argument); }

void copier_kclient_run(struct copier_kclient *client) {
  struct copier_context *context = NULL;
  while (!context && !copier_kclient_is_over(client)) {
    context = copier_context_begin(client, &client->turn);
    if (!context)
      copier_os_wait(&client->event, is_awake, client, 1000000);
  }
  while (!copier_kclient_is_over(client)) {
    poll_rings(context);
    if (!copier_kclient_is_over(client))
      fall_asleep(context);
    // However busy it is: other threads come in between.
    copier_os_yield();
  }
  copier_turn_end(&client->turn);
  if (context)
    copier_context_end(context);
  // What is in a call may still be copying.
  while (has_callers(client))
    copier_os_wait(&client->event, has_no_callers, client, COPIER_OS_NEVER);
  set_flags(client, COPIER_ABI_RING_DEAD);
}

void copier_kclient_stop(struct copier_kclient *client) {
  atomic_store_explicit(&client->stopping, 1, memory_order_seq_cst);
  copier_os_wake(&client->event);
}
