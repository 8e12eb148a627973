//===- calls.c - The calls of a client ----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// What a client asks for in its own thread: csync, abort, release, options.
//
//===----------------------------------------------------------------------===//

#include "service/calls.h"
#include "service/jobs.h"
#include "service/take.h"

//===----------------------------------------------------------------------===//
// Sync and abort
//===----------------------------------------------------------------------===//

/// Tells of \p job, which has \p segments of the task at \p at to be done, if
/// one of them is handed back.
static bool tell_fault(struct copier_kclient *client, struct copier_place at,
                       const struct copier_job *job, copier_segments segments,
                       struct copier_abi_range *answer) {
  copier_os_lock(&client->finish_lock);
  // The job may be another task's by now.
  bool is_it = copier_job_handed_back(job) & segments &
               copier_queue_unfinished(at.queue, at.ticket);
  if (is_it) {
    answer->status = COPIER_ABI_FAULT;
    answer->error = job->error;
    answer->fault_addr = job->fault_addr;
    answer->fault_ticket = job->ticket;
  }
  copier_os_unlock(&client->finish_lock);
  return is_it;
}

/// Likewise of a lazy task through which one of \p segments of \p task, at
/// \p place, is to be read: that is in no plan.
static bool tell_lender(struct copier_context *context, unsigned place,
                        const struct copier_task *task,
                        copier_segments segments,
                        struct copier_abi_range *answer) {
  const struct copier_order *order = &context->plan.order;
  for (; segments; segments &= segments - 1) {
    unsigned index = (unsigned)__builtin_ctz(segments);
    size_t offset = copier_segment_offset(task, index);
    struct copier_sources sources;
    struct copier_part blocker;
    copier_find_sources(order, place, task->dst + offset, task->src + offset,
                        copier_segment_size(task, index), &sources, &blocker);
    for (unsigned i = 0; i != sources.lenders_used; ++i) {
      const struct copier_part *lender = &sources.lenders[i];
      struct copier_task lent;
      if (copier_order_read(order, lender->place, &lent) &&
          tell_fault(context->client, copier_order_at(order, lender->place),
                     lent.cookie, lender->segments, answer))
        return true;
    }
  }
  return false;
}

bool copier_plan_has_fault(struct copier_context *context,
                           struct copier_abi_range *answer) {
  const struct copier_plan *plan = &context->plan;
  for (unsigned place = 0; place != plan->order.places; ++place) {
    struct copier_place at = copier_order_at(&plan->order, place);
    struct copier_task task;
    copier_segments needed = plan->needed[place];
    if (needed && copier_order_read(&plan->order, place, &task) &&
        (tell_fault(context->client, at, task.cookie, needed, answer) ||
         tell_lender(context, place, &task,
                     needed & copier_order_unfinished(&plan->order, place),
                     answer)))
      return true;
  }
  return false;
}

/// Is something of the plan not done? Somebody else may have been at it when
/// this thread found that it cannot do it.
static bool has_rest(const struct copier_plan *plan) {
  for (unsigned place = 0; place != plan->order.places; ++place)
    if (plan->needed[place] & copier_order_unfinished(&plan->order, place))
      return true;
  return false;
}

int copier_complete_plan(struct copier_context *context, bool has_any,
                         struct copier_abi_range *answer) {
  struct copier_plan *plan = &context->plan;
  answer->status = COPIER_ABI_DONE;
  if (has_any) {
    copier_complete(plan, &copier_kernel_caller);
    copier_context_unpin(context);
  } else if (plan->is_partial) {
    // All that it has is done, but stands before what it has not.
    copier_queue_acknowledge(context->client->queue);
    copier_queue_acknowledge(context->client->service_queue);
  }
  if (has_any && copier_plan_has_fault(context, answer))
    return 0;
  // What waits for others' segments stops when its thread is dying.
  if (context->was_interrupted || copier_os_is_dying())
    return -EINTR;
  if (!plan->is_partial && !(has_any && has_rest(plan)))
    return 0;
  // Nothing is made present any more for a client that is over.
  if (copier_kclient_is_over(context->client))
    return -ENODEV;
  copier_os_yield();
  return 1;
}

int copier_sync_ranges(struct copier_context *context,
                       struct copier_range written, struct copier_range read,
                       struct copier_abi_range *answer) {
  int goes_on;
  do {
    bool any =
        copier_plan_sync(&context->client->core, written, read, &context->plan);
    goes_on = copier_complete_plan(context, any, answer);
  } while (goes_on > 0);
  return goes_on;
}

static struct copier_range range_of(const struct copier_abi_range *range) {
  if (range->flags & COPIER_ABI_SYNC_ALL)
    return (struct copier_range){0, UINTPTR_MAX};
  return copier_range_of(range->addr, range->length);
}

static bool is_good_range(const struct copier_abi_range *range,
                          unsigned flags) {
  return !(range->flags & ~flags) &&
         ((range->flags & COPIER_ABI_SYNC_ALL) || !range->length ||
          copier_os_is_user_range(range->addr, range->length));
}

void copier_tell_worker(struct copier_kclient *client) {
  atomic_thread_fence(memory_order_seq_cst);
  if (atomic_load_explicit(&client->asleep, memory_order_relaxed) &&
      (atomic_load_explicit(&client->waits, memory_order_relaxed) ||
       copier_has_tasks(client)))
    copier_kclient_wake(client);
}

static uint64_t taken(const struct copier_kclient *client) {
  return __atomic_load_n(&client->taken, __ATOMIC_RELAXED);
}

/// How often a call looks for a slot that somebody else has begun to fill.
#define MOST_WAITS 512

/// Lets time pass for the \p times-th time. False if it was enough.
static bool await_slot(unsigned times) {
  if (times < MOST_WAITS / 2)
    copier_os_yield();
  else
    copier_os_nap();
  return times < MOST_WAITS;
}

/// Makes room, having taken what there was room for.
static int make_room(struct copier_context *context,
                     struct copier_abi_range *answer) {
  struct copier_range all = {0, UINTPTR_MAX};
  uint64_t before = taken(context->client);
  int error = copier_sync_ranges(context, all, all, answer);
  if (error || answer->status != COPIER_ABI_DONE)
    return error;
  copier_take_tasks(context->client);
  return taken(context->client) == before ? -EBUSY : 0;
}

int copier_take_all(struct copier_context *context,
                    struct copier_abi_range *answer) {
  struct copier_kclient *client = context->client;
  uint64_t first = taken(client);
  uint64_t next = __atomic_load_n(&client->rings.ring->next, __ATOMIC_ACQUIRE);
  uint64_t past = first + client->rings.slot_count;
  // Anything may stand there.
  uint64_t begun = next - first <= client->rings.slot_count ? next : first;
  int error = 0;
  answer->status = COPIER_ABI_DONE;
  for (unsigned times = 0; !error && answer->status == COPIER_ABI_DONE;) {
    bool has_all = copier_take_tasks(client);
    if (taken(client) >= past || (has_all && taken(client) >= begun))
      return 0;
    if (!has_all)
      error = make_room(context, answer);
    else if (copier_os_is_dying())
      error = -EINTR;
    else if (!await_slot(times++))
      error = -EAGAIN;
  }
  return error;
}

int copier_kclient_sync(struct copier_kclient *client,
                        struct copier_abi_range *range) {
  if (!is_good_range(range, COPIER_ABI_SYNC_ALL | COPIER_ABI_SYNC_READ))
    return -EINVAL;
  struct copier_context *context = copier_context_begin(client, NULL);
  if (!context)
    return copier_context_error(client);
  struct copier_range whole = range_of(range);
  bool reads = range->flags & COPIER_ABI_SYNC_READ;
  int error = copier_take_all(context, range);
  if (!error && range->status == COPIER_ABI_DONE)
    error = copier_sync_ranges(context, reads ? COPIER_NO_RANGE : whole,
                               reads ? whole : COPIER_NO_RANGE, range);
  copier_context_end(context);
  copier_tell_worker(client);
  return error;
}

//===----------------------------------------------------------------------===//
// Release
//===----------------------------------------------------------------------===//

/// Lets what waits for those of \p segments go on that are handed back. Returns
/// which these are.
static copier_segments release(struct copier_kclient *client,
                               struct copier_place at,
                               const struct copier_task *task,
                               copier_segments segments) {
  struct copier_job *job = task->cookie;
  copier_os_lock(&client->finish_lock);
  // The job may be another task's by now.
  copier_segments released = copier_job_handed_back(job) & segments &
                             copier_queue_unfinished(at.queue, at.ticket);
  __atomic_store_n(&job->released, job->released | released, __ATOMIC_RELAXED);
  copier_os_unlock(&client->finish_lock);
  for (copier_segments rest = released; rest; rest &= rest - 1)
    copier_give_up(at, task, (unsigned)__builtin_ctz(rest),
                   &copier_kernel_caller);
  return released;
}

/// Releases \p segments of what has the ring's \p ticket, + 1, or, if that is
/// 0, of everything. False if there were none.
static bool release_all(struct copier_kclient *client, uint64_t ticket,
                        copier_segments segments) {
  bool any = false;
  struct copier_tickets pending = copier_queue_tickets(client->queue);
  for (; pending.first != pending.past; ++pending.first) {
    struct copier_place at = {client->queue, pending.first};
    struct copier_task task;
    if (!copier_queue_unfinished(at.queue, at.ticket) ||
        !copier_queue_read(at.queue, at.ticket, &task))
      continue;
    const struct copier_job *job = task.cookie;
    if (!ticket || __atomic_load_n(&job->ticket, __ATOMIC_RELAXED) == ticket)
      any |= release(client, at, &task, segments) != 0;
  }
  return any;
}

int copier_kclient_release(struct copier_kclient *client,
                           const struct copier_abi_release *release) {
  if (!release->ticket)
    return -EINVAL;
  struct copier_context *context = copier_context_begin(client, NULL);
  if (!context)
    return copier_context_error(client);
  bool any = release_all(client, release->ticket, release->segments);
  copier_context_end(context);
  copier_tell_worker(client);
  return any ? 0 : -ENOENT;
}

//===----------------------------------------------------------------------===//
// Abort
//===----------------------------------------------------------------------===//

/// Gives up all that was published before the call, but what there is to copy
/// from buffers of the service's: nobody else has those bytes.
static int abort_all(struct copier_context *context,
                     struct copier_abi_range *answer) {
  struct copier_kclient *client = context->client;
  struct copier_range all = {0, UINTPTR_MAX};
  struct copier_range buffers = {copier_buffer_address(0), UINTPTR_MAX};
  uint64_t past = taken(client) + client->rings.slot_count;
  for (;;) {
    uint64_t before = taken(client);
    bool has_all = copier_take_tasks(client) || taken(client) >= past;
    int error = copier_sync_ranges(context, buffers, COPIER_NO_RANGE, answer);
    if (error || answer->status != COPIER_ABI_DONE)
      return error;
    copier_abort_range(&client->core, all, &copier_kernel_caller);
    release_all(client, 0, COPIER_ALL_SEGMENTS);
    if (copier_os_is_dying())
      return -EINTR;
    if (has_all)
      return 0;
    if (!copier_take_tasks(client) && taken(client) == before)
      return -EBUSY;
  }
}

/// Gives up what writes only bytes in the range.
static int abort_range(struct copier_context *context,
                       struct copier_abi_range *range) {
  int error = copier_take_all(context, range);
  if (error || range->status != COPIER_ABI_DONE)
    return error;
  copier_abort_range(&context->client->core, range_of(range),
                     &copier_kernel_caller);
  // What could not be given up is in the way, and to be told.
  return copier_sync_ranges(context, range_of(range), COPIER_NO_RANGE, range);
}

int copier_kclient_abort(struct copier_kclient *client,
                         struct copier_abi_range *range) {
  if (!is_good_range(range, COPIER_ABI_SYNC_ALL))
    return -EINVAL;
  struct copier_context *context = copier_context_begin(client, NULL);
  if (!context)
    return copier_context_error(client);
  range->status = COPIER_ABI_DONE;
  int error = range->flags & COPIER_ABI_SYNC_ALL ? abort_all(context, range)
                                                 : abort_range(context, range);
  copier_context_end(context);
  copier_tell_worker(client);
  return error;
}

//===----------------------------------------------------------------------===//
// The rest
//===----------------------------------------------------------------------===//

#define MAX_SHARES ((uint64_t)1 << 20)
#define MAX_LAZY_PERIOD ((uint64_t)1 << 40)

int copier_kclient_set_opt(struct copier_kclient *client,
                           const struct copier_abi_opt *opt) {
  switch (opt->opt) {
  case COPIER_ABI_OPT_SHARES:
    if (!opt->value || opt->value > MAX_SHARES)
      return -EINVAL;
    atomic_store_explicit(&client->core.shares, (uint32_t)opt->value,
                          memory_order_relaxed);
    return 0;
  case COPIER_ABI_OPT_POLLING:
    if (opt->value > COPIER_ABI_POLLING_SCENARIO)
      return -EINVAL;
    atomic_store_explicit(&client->polling, (uint32_t)opt->value,
                          memory_order_relaxed);
    return 0;
  case COPIER_ABI_OPT_LAZY_PERIOD:
    if (opt->value > MAX_LAZY_PERIOD)
      return -EINVAL;
    atomic_store_explicit(&client->lazy_period, opt->value,
                          memory_order_relaxed);
    return 0;
  default:
    return -EINVAL;
  }
}

void copier_kclient_read_stats(struct copier_kclient *client,
                               struct copier_abi_stats *stats) {
  struct copier_abi_counters *counters = &client->counters;
  __u64 *from = (__u64 *)counters;
  __u64 *to = (__u64 *)&stats->counters;
  for (size_t i = 0; i != sizeof(*counters) / sizeof(*to); ++i)
    to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
  copier_queue_acknowledge(client->queue);
  copier_queue_acknowledge(client->service_queue);
  stats->pending = copier_queue_pending(client->queue) +
                   copier_queue_pending(client->service_queue);
  stats->shares =
      atomic_load_explicit(&client->core.shares, memory_order_relaxed);
  stats->polling = atomic_load_explicit(&client->polling, memory_order_relaxed);
  stats->lazy_period =
      atomic_load_explicit(&client->lazy_period, memory_order_relaxed);
  stats->served =
      atomic_load_explicit(&client->core.served, memory_order_relaxed);
}

void copier_kclient_stats(struct copier_kclient *client,
                          struct copier_abi_stats *stats) {
  copier_kclient_read_stats(client, stats);
  client->rings.ring->counters = stats->counters;
}

void copier_kclient_wake(struct copier_kclient *client) {
  if (atomic_exchange_explicit(&client->woken, 1, memory_order_seq_cst))
    return;
  copier_count(&client->counters.wakeups, 1);
  copier_os_wake(&client->event);
}
