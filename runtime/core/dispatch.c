//===- dispatch.c - Copy units, and who of them copies what -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A round: cut the pieces into subtasks, give the later ones to the DMA unit
// until both units would finish at the same time, start those, copy the others,
// and confirm. Whoever waits for a copy waits for its begin first, so the DMA
// unit has the ends.
//
//===----------------------------------------------------------------------===//

#include "core/dispatch.h"

/// The largest run of bytes that is contiguous at both ends, of which the DMA
/// unit gets the last `dma_bytes`.
struct subtask {
  struct copier_piece piece;
  size_t dma_bytes;
  unsigned group; ///< Those of one large task, or of neighbouring small ones.
};

/// How long a unit took for its part, or a bound of that.
struct observation {
  enum { NOTHING, EXACT, AT_MOST, AT_LEAST } kind;
  unsigned copies;
  size_t bytes;
  uint64_t ns;
};

struct round {
  struct copier_dispatcher *dispatcher;
  struct copier_dispatched done;
  unsigned used;
  struct subtask subtasks[COPIER_MAX_SUBTASKS];
  /// What the round takes, as far as planned, by the models.
  uint64_t submit_ns;
  uint64_t cpu_ns;
  uint64_t dma_ns;
  /// [first, past) are with the DMA unit.
  unsigned first;
  unsigned past;
  struct copier_transfer transfers[COPIER_MAX_SUBTASKS];
  // For the models.
  uint64_t started; ///< When the DMA unit and the CPU began.
  struct observation cpu;
  struct observation dma;
};

/// Where in the pieces the next subtask begins.
struct cursor {
  const struct copier_piece *piece;
  const struct copier_piece *end;
  size_t offset;
};

//===----------------------------------------------------------------------===//
// Cutting
//===----------------------------------------------------------------------===//

static bool follows(const struct copier_piece *next,
                    const struct copier_piece *piece) {
  return next->dst == piece->dst + piece->n &&
         next->src == piece->src + piece->n;
}

/// The run of bytes at \p cursor: segments of a task that follow one another
/// are one again. \p cursor moves behind it.
static struct copier_piece take_run(struct cursor *cursor) {
  struct copier_piece run = {cursor->piece->dst + cursor->offset,
                             cursor->piece->src + cursor->offset,
                             cursor->piece->n - cursor->offset};
  ++cursor->piece;
  cursor->offset = 0;
  for (; cursor->piece != cursor->end && follows(cursor->piece, &run);
       ++cursor->piece)
    run.n += cursor->piece->n;
  return run;
}

static size_t shorter(size_t a, size_t b) { return a < b ? a : b; }

/// As many of the \p n bytes of \p run as are contiguous.
static size_t contiguous(const struct copier_unit *dma,
                         const struct copier_piece *run) {
  if (!dma->contiguous)
    return run->n;
  return dma->contiguous(run->dst, dma->contiguous(run->src, run->n));
}

/// Adds \p run to \p round, cut into subtasks. Returns how many bytes had room.
static size_t cut(struct round *round, struct copier_piece run,
                  unsigned group) {
  size_t before = run.n;
  while (run.n && round->used != COPIER_MAX_SUBTASKS) {
    size_t n = contiguous(round->dispatcher->dma, &run);
    round->subtasks[round->used++] =
        (struct subtask){.piece = {run.dst, run.src, n}, .group = group};
    run = (struct copier_piece){run.dst + n, run.src + n, run.n - n};
  }
  return before - run.n;
}

/// Fills \p round with what there is at \p cursor.
static void fill(struct round *round, struct cursor *cursor) {
  unsigned group = 0;
  bool after_large = false;
  while (cursor->piece != cursor->end && round->used != COPIER_MAX_SUBTASKS) {
    struct cursor before = *cursor;
    struct copier_piece run = take_run(cursor);
    bool is_large = run.n >= COPIER_LARGE_TASK;
    group += is_large || after_large;
    after_large = is_large;
    size_t n = cut(round, run, group);
    if (n == run.n)
      continue;
    // The rest is of the next round.
    *cursor = before;
    cursor->offset += n;
    while (cursor->offset >= cursor->piece->n)
      cursor->offset -= cursor->piece++->n;
  }
}

//===----------------------------------------------------------------------===//
// Scheduling
//===----------------------------------------------------------------------===//

#define MIB_SHIFT 20

static uint64_t time_of(const struct copier_cost *cost, size_t n) {
  return cost->setup_ns + ((uint64_t)n * cost->ns_per_mib >> MIB_SHIFT);
}

/// Of the \p n last bytes of a subtask, how many the DMA unit must copy so that
/// both units finish together; not less than it takes.
static size_t balanced(const struct round *round, size_t n) {
  enum { LINE = 64 };
  const struct copier_dispatcher *dispatcher = round->dispatcher;
  uint64_t ahead = round->dma_ns + dispatcher->dma_cost.setup_ns;
  uint64_t rate = (uint64_t)dispatcher->cpu_cost.ns_per_mib +
                  dispatcher->dma_cost.ns_per_mib;
  size_t share = round->cpu_ns <= ahead
                     ? 0
                     : ((round->cpu_ns - ahead) << MIB_SHIFT) / rate;
  share -= share % LINE;
  if (share < dispatcher->dma->min_size)
    share = dispatcher->dma->min_size;
  return shorter(share, n);
}

/// Gives the end of \p subtask to the DMA unit, as far as that makes the round
/// shorter.
static void share(struct round *round, struct subtask *subtask) {
  const struct copier_dispatcher *dispatcher = round->dispatcher;
  size_t n = subtask->piece.n;
  if (n < dispatcher->dma->min_size)
    return;
  size_t dma_bytes = balanced(round, n);
  // What is left of a subtask has its setup still to pay.
  uint64_t cpu_ns = round->cpu_ns - time_of(&dispatcher->cpu_cost, n);
  if (dma_bytes != n)
    cpu_ns += time_of(&dispatcher->cpu_cost, n - dma_bytes);
  uint64_t dma_ns = round->dma_ns + time_of(&dispatcher->dma_cost, dma_bytes);
  uint64_t submit_ns = round->submit_ns + dispatcher->dma_cost.submit_ns;
  uint64_t longest =
      round->cpu_ns > round->dma_ns ? round->cpu_ns : round->dma_ns;
  if (submit_ns + (cpu_ns > dma_ns ? cpu_ns : dma_ns) >=
      round->submit_ns + longest)
    return;
  subtask->dma_bytes = dma_bytes;
  round->cpu_ns = cpu_ns;
  round->dma_ns = dma_ns;
  round->submit_ns = submit_ns;
  ++round->past;
}

/// Plans group after group, each from its end. What one leaves unbalanced the
/// next one makes up for.
static void schedule(struct round *round) {
  unsigned most = round->dispatcher->dma->max_batch;
  for (unsigned first = 0, past; first != round->used; first = past) {
    for (past = first; past != round->used && round->subtasks[past].group ==
                                                  round->subtasks[first].group;
         ++past)
      round->cpu_ns +=
          time_of(&round->dispatcher->cpu_cost, round->subtasks[past].piece.n);
    for (unsigned i = past; i-- != first && round->past < most;)
      share(round, &round->subtasks[i]);
  }
}

//===----------------------------------------------------------------------===//
// The models
//===----------------------------------------------------------------------===//

/// Fewer bytes, copied by the CPU, say nothing about throughput.
#define OBSERVED_BYTES 4096

/// What one observation counts for, and one round without any.
enum { NEW = 8, OLD = 256 };

/// Moves \p cost by one part in \p weight to the rate \p ns_per_mib.
static void move_rate(struct copier_cost *cost, uint64_t ns_per_mib,
                      unsigned weight) {
  uint64_t rate = cost->ns_per_mib;
  // A thread may be preempted in between: no single copy says very much.
  if (ns_per_mib > 2 * rate)
    ns_per_mib = 2 * rate;
  rate = (rate * (weight - 1) + ns_per_mib) / weight;
  if (rate > UINT32_MAX)
    rate = UINT32_MAX;
  cost->ns_per_mib = rate ? (uint32_t)rate : 1;
}

static void learn(struct copier_cost *cost, const struct observation *seen) {
  if (seen->kind == NOTHING || !seen->bytes)
    return;
  uint64_t setup = (uint64_t)seen->copies * cost->setup_ns;
  if (seen->ns <= setup)
    return;
  uint64_t ns_per_mib = ((seen->ns - setup) << MIB_SHIFT) / seen->bytes;
  if ((seen->kind == AT_MOST && ns_per_mib >= cost->ns_per_mib) ||
      (seen->kind == AT_LEAST && ns_per_mib <= cost->ns_per_mib))
    return;
  move_rate(cost, ns_per_mib, NEW);
}

/// Corrects the models by what was seen in \p round.
static void learn_from(const struct round *round) {
  struct copier_dispatcher *dispatcher = round->dispatcher;
  if (!dispatcher->clock || round->done.failed)
    return;
  learn(&dispatcher->cpu_cost, &round->cpu);
  learn(&dispatcher->dma_cost, &round->dma);
  // A unit that is not used cannot show that it has become better: what it
  // did badly is forgotten.
  if (round->dma.kind == NOTHING)
    move_rate(&dispatcher->dma_cost, dispatcher->dma->cost.ns_per_mib, OLD);
}

static uint64_t elapsed(const struct round *round) {
  const struct copier_dispatcher *dispatcher = round->dispatcher;
  return dispatcher->clock ? dispatcher->clock() - round->started : 0;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

static void copy_by_cpu(struct round *round, struct copier_piece piece) {
  round->dispatcher->cpu->copy((void *)piece.dst, (const void *)piece.src,
                               piece.n);
  round->done.cpu_bytes += piece.n;
}

/// Submits what is planned for the DMA unit; what it does not take is the
/// CPU's again.
static void start(struct round *round) {
  unsigned planned = 0;
  for (unsigned i = 0; i != round->used; ++i) {
    const struct subtask *subtask = &round->subtasks[i];
    size_t rest = subtask->piece.n - subtask->dma_bytes;
    if (subtask->dma_bytes)
      round->transfers[planned++].piece =
          (struct copier_piece){subtask->piece.dst + rest,
                                subtask->piece.src + rest, subtask->dma_bytes};
  }
  round->past = round->dispatcher->dma->start(round->transfers, planned);
  unsigned number = 0;
  for (unsigned i = 0; i != round->used; ++i)
    if (round->subtasks[i].dma_bytes && number++ >= round->past)
      round->subtasks[i].dma_bytes = 0;
}

/// Takes note of the transfers that have ended, oldest first. What has failed
/// is copied. \p kind is what the time says of the unit if it is now done.
static void confirm(struct round *round, int kind) {
  const struct copier_unit *dma = round->dispatcher->dma;
  if (round->first == round->past)
    return;
  while (round->first != round->past) {
    const struct copier_transfer *oldest = &round->transfers[round->first];
    enum copier_transfer_state state = dma->poll(oldest->handle);
    if (state == COPIER_TRANSFER_PENDING)
      return;
    ++round->first;
    if (state == COPIER_TRANSFER_DONE) {
      round->done.dma_bytes += oldest->piece.n;
    } else {
      round->done.failed += oldest->piece.n;
      copy_by_cpu(round, oldest->piece);
    }
  }
  round->dma = (struct observation){kind, round->past, round->done.dma_bytes,
                                    elapsed(round)};
}

/// Copies what the CPU has to copy, with a glance at the DMA unit in between.
static void copy_rest(struct round *round) {
  unsigned copies = 0;
  for (unsigned i = 0; i != round->used; ++i) {
    struct copier_piece piece = round->subtasks[i].piece;
    piece.n -= round->subtasks[i].dma_bytes;
    if (!piece.n)
      continue;
    copy_by_cpu(round, piece);
    ++copies;
    confirm(round, AT_MOST);
  }
  if (round->done.cpu_bytes >= OBSERVED_BYTES)
    round->cpu = (struct observation){EXACT, copies, round->done.cpu_bytes,
                                      elapsed(round)};
}

/// Copies the last transfer, if the DMA unit has not begun it.
static bool take_back(struct round *round) {
  const struct copier_unit *dma = round->dispatcher->dma;
  const struct copier_transfer *last = &round->transfers[round->past - 1];
  if (!dma->cancel || !dma->cancel(last->handle))
    return false;
  if (round->dma.kind == NOTHING) // The oldest is not done yet.
    round->dma = (struct observation){
        AT_LEAST, round->first + 1,
        round->done.dma_bytes + round->transfers[round->first].piece.n,
        elapsed(round)};
  --round->past;
  round->done.taken_back += last->piece.n;
  copy_by_cpu(round, last->piece);
  return true;
}

static void run(struct round *round) {
  struct copier_dispatcher *dispatcher = round->dispatcher;
  schedule(round);
  if (round->past)
    start(round);
  if (dispatcher->clock)
    round->started = dispatcher->clock();
  copy_rest(round);
  unsigned waits = 0;
  for (confirm(round, EXACT); round->first != round->past;
       confirm(round, EXACT))
    if (!take_back(round) && dispatcher->relax)
      dispatcher->relax(waits++);
  learn_from(round);
}

struct copier_dispatcher copier_dispatcher_of(const struct copier_unit *cpu,
                                              const struct copier_unit *dma) {
  struct copier_dispatcher dispatcher = {
      .cpu = cpu, .dma = dma, .cpu_cost = cpu->cost};
  if (dma)
    dispatcher.dma_cost = dma->cost;
  return dispatcher;
}

static void add(struct copier_dispatched *sum,
                const struct copier_dispatched *round) {
  sum->cpu_bytes += round->cpu_bytes;
  sum->dma_bytes += round->dma_bytes;
  sum->taken_back += round->taken_back;
  sum->failed += round->failed;
}

struct copier_dispatched copier_dispatch(struct copier_dispatcher *dispatcher,
                                         const struct copier_piece *pieces,
                                         unsigned count) {
  struct copier_dispatched sum = {0};
  if (!dispatcher->dma) {
    for (unsigned i = 0; i != count; ++i) {
      dispatcher->cpu->copy((void *)pieces[i].dst, (const void *)pieces[i].src,
                            pieces[i].n);
      sum.cpu_bytes += pieces[i].n;
    }
    return sum;
  }
  struct cursor cursor = {pieces, pieces + count, 0};
  while (cursor.piece != cursor.end) {
    struct round round;
    round.dispatcher = dispatcher;
    // The arrays are filled as far as they are used.
    round.done = (struct copier_dispatched){0};
    round.used = round.first = round.past = 0;
    round.submit_ns = round.cpu_ns = round.dma_ns = 0;
    round.cpu.kind = round.dma.kind = NOTHING;
    fill(&round, &cursor);
    run(&round);
    add(&sum, &round.done);
  }
  return sum;
}
