//===- worker.c - Who copies for a client -------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Everything that may fail or sleep, pinning, comes before a segment is
// claimed; then its bytes are copied from page to page, which cannot fail. What
// cannot be pinned is handed back to the client.
//
//===----------------------------------------------------------------------===//

#include "service/worker.h"
#include "service/jobs.h"
#include "service/take.h"

static struct copier_claims *claims(void) {
  return &copier_os_context()->claims;
}

//===----------------------------------------------------------------------===//
// Pinning
//===----------------------------------------------------------------------===//

static bool is_same_place(struct copier_place a, struct copier_place b) {
  return a.queue == b.queue && a.ticket == b.ticket;
}

/// Begins, and then returns what that does, or ends.
static int set_translating(struct copier_context *context, bool begins) {
  struct copier_os_space *space = context->client->windows[0].space;
  int result = 0;
  if (begins)
    result = copier_os_begin_translating(space);
  else
    copier_os_end_translating(space);
  context->is_translating = result > 0;
  return result;
}

static void unpin(struct copier_context *context, unsigned number) {
  struct copier_pinned *pinned = &context->pinned[number];
  if (!context->is_translating) {
    copier_count(&context->client->counters.unpins,
                 pinned->dst.count + pinned->src.count);
    copier_os_unpin(&pinned->dst);
    copier_os_unpin(&pinned->src);
  }
  *pinned = context->pinned[--context->pinned_used];
  if (context->is_translating && !context->pinned_used)
    set_translating(context, false);
}

void copier_context_unpin(struct copier_context *context) {
  while (context->pinned_used)
    unpin(context, context->pinned_used - 1);
}

/// Is \p pinned of a segment that the thread has claimed?
static bool is_claimed(const struct copier_context *context,
                       const struct copier_pinned *pinned) {
  for (unsigned i = 0; i != context->claims.used; ++i) {
    const struct copier_claim *held = &context->claims.held[i];
    if (!held->is_lender && held->index == pinned->index &&
        is_same_place(held->at, pinned->at))
      return true;
  }
  return false;
}

static struct copier_pinned *find_pinned(struct copier_context *context,
                                         const struct copier_piece *piece) {
  for (unsigned i = 0; i != context->pinned_used; ++i) {
    const struct copier_piece *other = &context->pinned[i].piece;
    if (other->dst == piece->dst && other->src == piece->src &&
        other->n == piece->n)
      return &context->pinned[i];
  }
  return NULL;
}

/// A free place for a pinned piece. There is one: a batch has fewer pieces.
static struct copier_pinned *new_pinned(struct copier_context *context) {
  for (unsigned i = context->pinned_used;
       context->pinned_used == COPIER_MAX_PINNED && i-- > 0;)
    if (!is_claimed(context, &context->pinned[i]))
      unpin(context, i);
  return &context->pinned[context->pinned_used];
}

/// Makes \p space that of the tagged address, with the caller as an owner;
/// false if it is detached, which then has completed what concerned it.
static bool space_at(struct copier_kclient *client, uintptr_t tagged,
                     struct copier_os_space **space) {
  unsigned number = copier_space_of(tagged);
  copier_os_lock(&client->take_lock);
  *space = number <= COPIER_MAX_SPACES ? client->windows[number].space : NULL;
  if (*space)
    copier_os_space_get(*space);
  copier_os_unlock(&client->take_lock);
  return *space;
}

/// Likewise for a buffer of the service's own; false if its task is over.
static bool pin_buffer(struct copier_kclient *client, uintptr_t tagged,
                       size_t n, struct copier_os_pages *pages) {
  uintptr_t addr = copier_untagged(tagged);
  copier_ticket ticket = addr >> COPIER_BUFFER_SHIFT;
  struct copier_job *job = &client->service_jobs[ticket % COPIER_QUEUE_SLOTS];
  copier_os_lock(&client->finish_lock);
  bool is_it =
      job->buffer && copier_queue_unfinished(client->service_queue, ticket);
  if (is_it)
    copier_os_buffer_pin(job->buffer,
                         addr & (((uintptr_t)1 << COPIER_BUFFER_SHIFT) - 1), n,
                         pages);
  copier_os_unlock(&client->finish_lock);
  return is_it;
}

/// Pins memory of a process. How many pages, or -errno and \p fault_addr.
static int pin_space(struct copier_context *context,
                     struct copier_os_space *space, uintptr_t addr, size_t n,
                     bool to_write, struct copier_os_pages *pages,
                     uintptr_t *fault_addr) {
  // Who changes the mapping may wait for what is in the batch.
  int count = copier_os_pin(space, addr, n, to_write,
                            context->claims.used ? COPIER_OS_NOT_WAITING
                                                 : COPIER_OS_BRIEFLY,
                            pages, fault_addr);
  if (count > 0 || copier_kclient_is_over(context->client))
    return count;
  // It may take as long as another process likes. Somebody may wait for what is
  // in the batch, perhaps he who is to resolve the fault: so that comes first.
  if (context->claims.used) {
    context->has_put_off = true;
    return -EAGAIN;
  }
  if (context->turn)
    copier_turn_end(context->turn);
  return copier_os_pin(space, addr, n, to_write, COPIER_OS_AT_ANY_COST, pages,
                       fault_addr);
}

/// Pins one side of a piece. 0, or -errno and \p fault_addr; -EAGAIN if the
/// task that it is of must be over.
static int pin(struct copier_context *context, uintptr_t tagged, size_t n,
               bool to_write, struct copier_os_pages *pages,
               uintptr_t *fault_addr) {
  struct copier_kclient *client = context->client;
  struct copier_os_space *space;
  if (copier_space_of(tagged) == COPIER_BUFFER_SPACE) {
    if (!pin_buffer(client, tagged, n, pages))
      return -EAGAIN;
    copier_count(&client->counters.pins, pages->count);
    return 0;
  }
  if (!space_at(client, tagged, &space))
    return -EAGAIN;
  int count = pin_space(context, space, copier_untagged(tagged), n, to_write,
                        pages, fault_addr);
  copier_os_space_put(space);
  if (count > 0)
    copier_count(&client->counters.pins, (unsigned)count);
  return count < 0 ? count : 0;
}

static int pin_piece(struct copier_context *context,
                     const struct copier_piece *piece,
                     struct copier_pinned *pinned, uintptr_t *fault_addr) {
  int error = pin(context, piece->src, piece->n, /*to_write=*/false,
                  &pinned->src, fault_addr);
  if (error)
    return error;
  error = pin(context, piece->dst, piece->n, /*to_write=*/true, &pinned->dst,
              fault_addr);
  if (!error)
    return 0;
  copier_count(&context->client->counters.unpins, pinned->src.count);
  copier_os_unpin(&pinned->src);
  return error;
}

//===----------------------------------------------------------------------===//
// Translating
//===----------------------------------------------------------------------===//

/// Has the ATCache tell where \p piece is: how many pages, 0 if it does not
/// know that, or -errno if it is not to be asked.
static int translate_piece(struct copier_context *context,
                           const struct copier_piece *piece,
                           struct copier_pinned *pinned) {
  // Who is kept from changing mappings may hold what unpinning waits for.
  if (context->pinned_used && !context->is_translating)
    return -EBUSY;
  if (copier_space_of(piece->src) || copier_space_of(piece->dst))
    return -ENXIO;
  int begun = context->is_translating ? 1 : set_translating(context, true);
  if (begun <= 0)
    return begun;
  struct copier_os_space *space = context->client->windows[0].space;
  int src = copier_os_translate(space, piece->src, piece->n, /*to_write=*/false,
                                &pinned->src);
  int dst = src ? copier_os_translate(space, piece->dst, piece->n,
                                      /*to_write=*/true, &pinned->dst)
                : 0;
  if (dst)
    copier_count(&context->client->counters.translations,
                 (unsigned)(src + dst));
  else if (!context->pinned_used)
    set_translating(context, false);
  return dst ? src + dst : 0;
}

/// Lets those go on who change mappings, before something is pinned; false if
/// the batch must be copied before.
static bool stop_translating(struct copier_context *context) {
  if (!context->is_translating)
    return true;
  if (context->claims.used) {
    context->has_put_off = true;
    return false;
  }
  // They are of segments that somebody else has claimed.
  copier_context_unpin(context);
  return true;
}

//===----------------------------------------------------------------------===//
// Making resident
//===----------------------------------------------------------------------===//

/// Gives segment \p index of the task to the client, unless somebody else has
/// claimed it.
static void hand_back(struct copier_context *context, struct copier_place at,
                      const struct copier_task *task, unsigned index, int error,
                      uintptr_t fault_addr) {
  if (!copier_queue_claim(at.queue, at.ticket, index))
    return;
  copier_job_hand_back(context->client, task->cookie, index, error, fault_addr);
  // Of the service's own tasks the client has nothing to make a copy from.
  if (at.queue == context->client->service_queue)
    copier_give_up(at, task, index, &copier_kernel_caller);
}

/// Translates or pins \p piece of segment \p index of \p task. 0, or what
/// pin_piece returns.
static int find_pages(struct copier_context *context,
                      const struct copier_task *task, unsigned index,
                      const struct copier_piece *piece, uintptr_t *fault_addr) {
  // Of the pieces of a segment all are pinned, as soon as one must be.
  bool is_whole = piece->n == copier_segment_size(task, index);
  struct copier_pinned *pinned = new_pinned(context);
  int known = is_whole ? translate_piece(context, piece, pinned) : -ENXIO;
  if (known > 0)
    return 0;
  if (!stop_translating(context))
    return -EAGAIN;
  pinned = new_pinned(context);
  int error = pin_piece(context, piece, pinned, fault_addr);
  if (!error && known == 0)
    copier_count(&context->client->counters.misses,
                 pinned->src.count + pinned->dst.count);
  return error;
}

static bool make_resident(struct copier_place at,
                          const struct copier_task *task,
                          const struct copier_piece *piece) {
  struct copier_context *context = copier_os_context();
  if (find_pinned(context, piece))
    return true;
  size_t offset = piece->dst - task->dst;
  unsigned index = (unsigned)(offset >> task->segment_shift);
  uintptr_t fault_addr = 0;
  int error = find_pages(context, task, index, piece, &fault_addr);
  if (error == -EINTR)
    context->was_interrupted = true;
  if (error == -EINTR || error == -EAGAIN)
    return false;
  if (error) {
    hand_back(context, at, task, index, -error, fault_addr);
    return false;
  }
  struct copier_pinned *pinned = &context->pinned[context->pinned_used];
  pinned->piece = *piece;
  pinned->at = at;
  pinned->index = index;
  pinned->is_absorbed = piece->src != task->src + offset;
  ++context->pinned_used;
  return true;
}

//===----------------------------------------------------------------------===//
// Copying
//===----------------------------------------------------------------------===//

static void count_copied(struct copier_context *context,
                         const struct copier_pinned *pinned) {
  context->bytes += pinned->piece.n;
  struct copier_abi_counters *counters = &context->client->counters;
  if (pinned->is_absorbed)
    copier_count(&counters->absorbed, pinned->piece.n);
  if (!context->turn)
    copier_count(&counters->promoted, pinned->piece.n);
}

/// All pieces are of segments that this thread has claimed, and pinned.
static void copy(const struct copier_piece *pieces, unsigned count) {
  struct copier_context *context = copier_os_context();
  struct copier_os_pair pairs[COPIER_MAX_PIECES];
  size_t before = context->bytes;
  for (unsigned i = 0; i != count; ++i) {
    struct copier_pinned *pinned = find_pinned(context, &pieces[i]);
    count_copied(context, pinned);
    pairs[i] = (struct copier_os_pair){&pinned->dst, &pinned->src};
  }
  copier_os_copy(pairs, count);
  copier_os_trace_copy(context->client->number, context->bytes - before,
                       !context->turn);
  for (unsigned i = 0; i != context->claims.used; ++i)
    context->finishing += !context->claims.held[i].is_lender;
}

//===----------------------------------------------------------------------===//
// Finishing
//===----------------------------------------------------------------------===//

static void begin_finish(const struct copier_task *task) {
  (void)task;
  copier_os_lock(&copier_os_context()->client->finish_lock);
}

static void finished(const struct copier_task *task, unsigned index) {
  struct copier_context *context = copier_os_context();
  copier_job_finished(
      context->client, task->cookie, index, copier_segment_size(task, index),
      context->finishing ? COPIER_FATE_COPIED : COPIER_FATE_GIVEN_UP);
}

/// With the last segment the pages are not needed any more. Not before: that
/// may take long, and nobody waits while it has claims.
static void end_finish(const struct copier_task *task) {
  (void)task;
  struct copier_context *context = copier_os_context();
  copier_os_unlock(&context->client->finish_lock);
  if (context->finishing && !--context->finishing)
    copier_context_unpin(context);
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

/// After so many times it is not the copy that takes long: whoever has claimed
/// it does not run, and perhaps cannot as long as this thread does.
#define PATIENCE 4096

static bool relax(unsigned times) {
  // Who is waited for may be waiting for who changes mappings.
  if (!times)
    copier_context_unpin(copier_os_context());
  copier_os_pause();
  if (times % 64 != 63)
    return false;
  if (times < PATIENCE)
    copier_os_yield();
  else
    copier_os_nap();
  return true;
}

/// Not for what is handed back, of which nobody knows when it is released.
static bool waits_on(struct copier_place at, const struct copier_task *task,
                     unsigned index) {
  (void)at;
  return !(copier_job_handed_back(task->cookie) >> index & 1) &&
         !copier_os_is_dying();
}

static bool is_due(const struct copier_task *task) {
  const struct copier_job *job = task->cookie;
  return copier_os_now() >= __atomic_load_n(&job->due, __ATOMIC_RELAXED);
}

static bool is_wanted(void) {
  struct copier_kclient *client = copier_os_context()->client;
  return copier_kclient_is_over(client) || copier_has_syncs(client);
}

static uint64_t no_clock(void) { return 0; }

static void account(const struct copier_task *task, unsigned segments,
                    uint64_t nanoseconds) {
  (void)task;
  (void)segments;
  (void)nanoseconds;
}

const struct copier_worker copier_kernel_worker = {
    .make_resident = make_resident,
    .copy = copy,
    .claims = claims,
    .relax = relax,
    .waits_on = waits_on,
    .is_due = is_due,
    .is_wanted = is_wanted,
    .clock = no_clock,
    .account = account,
    .begin_finish = begin_finish,
    .end_finish = end_finish,
    .finished = finished,
};

const struct copier_worker copier_kernel_caller = {
    .make_resident = make_resident,
    .copy = copy,
    .claims = claims,
    .relax = relax,
    .waits_on = waits_on,
    .clock = no_clock,
    .account = account,
    .begin_finish = begin_finish,
    .end_finish = end_finish,
    .finished = finished,
};

static void end_call(struct copier_kclient *client) {
  // Release: what the call has copied.
  if (__atomic_sub_fetch(&client->callers, 1, __ATOMIC_SEQ_CST) == 0 &&
      copier_kclient_is_over(client))
    copier_os_wake(&client->event);
}

/// Begins a call; false if the client is over. Either this sees that, or who
/// waits for the last call sees this one.
static bool begin_call(struct copier_kclient *client) {
  __atomic_fetch_add(&client->callers, 1, __ATOMIC_SEQ_CST);
  if (!atomic_load_explicit(&client->stopping, memory_order_seq_cst))
    return true;
  end_call(client);
  return false;
}

struct copier_context *copier_context_begin(struct copier_kclient *client,
                                            struct copier_turn *turn) {
  if (!turn && !begin_call(client))
    return NULL;
  struct copier_context *context =
      __atomic_exchange_n(&client->spare, NULL, __ATOMIC_ACQUIRE);
  if (!context)
    context = copier_os_alloc(sizeof(*context));
  if (!context) {
    if (!turn)
      end_call(client);
    return NULL;
  }
  context->client = client;
  context->turn = turn;
  context->was_interrupted = false;
  copier_os_set_context(&context->link, context);
  return context;
}

void copier_context_end(struct copier_context *context) {
  struct copier_kclient *client = context->client;
  bool is_call = !context->turn;
  copier_context_unpin(context);
  copier_os_clear_context(&context->link);
  struct copier_context *none = NULL;
  if (!__atomic_compare_exchange_n(&client->spare, &none, context, false,
                                   __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    copier_os_free(context);
  if (is_call)
    end_call(client);
}
