//===- model_test.c - The core against a model of memory ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random programs of copies, csyncs, writes and aborts on a few bytes, with a
// service at work in between and another thread that holds on to what it has
// claimed. The model makes every copy at once, as memcpy would; after a csync,
// memory must be what the model says. Between the two queues barriers tell the
// order: a program has one wherever two copies conflict.
//
// A failing program is made as short as it can be and printed. Its seed is an
// argument to run it again: model_test SEED.
//
//===----------------------------------------------------------------------===//

#include "fake_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 96, MAX_STEPS = 120, PROGRAMS = 12000 };

/// What a step does with its numbers, of which each step has four.
enum kind {
  COPY,    ///< To a, from b, c bytes; d: the queue, the segments, lazy or not.
  PARTS,   ///< The same, as three tasks that are submitted at once.
  BARRIER, ///< Where none is needed.
  CSYNC,   ///< Of c bytes at a, which are compared.
  WRITE,   ///< The same, and then they are written; d is the value.
  NOW,     ///< As COPY, but at once.
  ABORT,   ///< Of c bytes at a.
  SERVE,   ///< A round of c bytes; d: whether what is lazy is due.
  PROMOTE, ///< The service does what a csync of c bytes at a needs.
  SETTLE,  ///< Completes what can be without touching the byte at a.
  HOLD,    ///< Another thread claims a segment, if it has none; a says which.
  RELEASE, ///< It copies it.
  KINDS
};

static const char *const names[KINDS] = {
    "COPY",  "PARTS", "BARRIER", "CSYNC",  "WRITE", "NOW",
    "ABORT", "SERVE", "PROMOTE", "SETTLE", "HOLD",  "RELEASE",
};

/// How often each kind is chosen.
static const unsigned char weights[KINDS] = {40, 5, 3, 8, 6, 3,
                                             5,  6, 4, 3, 7, 5};

struct step {
  enum kind kind;
  unsigned a, b, c, d;
};

struct program {
  bool has_service_queue;
  unsigned limit;
  copier_ticket first;
  unsigned count;
  struct step steps[MAX_STEPS];
};

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

static struct {
  unsigned char value[BYTES];
  bool is_any[BYTES]; ///< After an abort: the byte may hold anything.
  /// What the byte was copied from last, and how often that had been written.
  struct {
    unsigned src;
    unsigned src_writes;
    bool is_lazy;
  } origin[BYTES];
  unsigned writes[BYTES];
  /// The tasks of each queue that are behind the last barrier.
  unsigned used[2];
  struct copier_task tasks[2][MAX_STEPS * 3];
} model;

static jmp_buf mistake;

static void check(bool is_right) {
  if (!is_right)
    longjmp(mistake, 1);
}

static void model_copy(unsigned dst, unsigned src, unsigned n, bool is_lazy) {
  memmove(model.value + dst, model.value + src, n);
  memmove(model.is_any + dst, model.is_any + src, n * sizeof(bool));
  for (unsigned i = 0; i != n; ++i) {
    ++model.writes[dst + i];
    model.origin[dst + i].src = src + i;
    model.origin[dst + i].src_writes = model.writes[src + i];
    model.origin[dst + i].is_lazy = is_lazy;
  }
}

static void model_write(unsigned begin, unsigned char value, unsigned n) {
  memset(model.value + begin, value, n);
  memset(model.is_any + begin, 0, n * sizeof(bool));
  for (unsigned i = begin; i != begin + n; ++i) {
    ++model.writes[i];
    model.origin[i].src = i;
  }
}

/// Compares bytes that are csynced, and those that they were copied from, as far
/// as those copies were not lazy and nobody has written there since.
static void model_compare(unsigned begin, unsigned n) {
  for (unsigned i = begin; i != begin + n; ++i)
    for (unsigned at = i; !model.is_any[at];) {
      check((unsigned char)fake.memory[at] == model.value[at]);
      unsigned src = model.origin[at].src;
      if (src == at || model.writes[src] != model.origin[at].src_writes ||
          model.origin[src].is_lazy)
        break;
      at = src;
    }
}

/// Do the tasks have an order that matters?
static bool is_conflict(const struct copier_task *a,
                        const struct copier_task *b) {
  struct copier_range a_dst = copier_range_of(a->dst, a->size);
  struct copier_range b_dst = copier_range_of(b->dst, b->size);
  return copier_ranges_meet(a_dst, b_dst) ||
         copier_ranges_meet(a_dst, copier_range_of(b->src, b->size)) ||
         copier_ranges_meet(b_dst, copier_range_of(a->src, a->size));
}

//===----------------------------------------------------------------------===//
// The other thread
//===----------------------------------------------------------------------===//

static struct copier_claims other_claims;
static struct copier_batch other_batch;
static struct copier_worker other_worker;

static struct copier_claims *claims_of_other(void) { return &other_claims; }

static void release(void) {
  fake.on_relax = NULL;
  if (other_batch.segments)
    copier_batch_copy(&other_batch, &other_worker);
}

static void hold(unsigned which) {
  static struct copier_order order;
  copier_order_of(&fake.client, /*polling=*/false, &order);
  struct copier_task task;
  struct copier_part blocker;
  if (!order.places || other_batch.segments)
    return;
  unsigned place = which % order.places;
  struct copier_place at = copier_order_at(&order, place);
  unsigned index = which / 7 % COPIER_MAX_SEGMENTS;
  if (!copier_order_read(&order, place, &task))
    return;
  index %= (unsigned)__builtin_popcount(copier_task_segments(&task));
  copier_segments one = (copier_segments)1 << index;
  if (!(copier_queue_unclaimed(at.queue, at.ticket) & one) ||
      !copier_ready_segments(&order, place, &task, one))
    return;
  if (copier_batch_add(&other_batch, &order, place, &task, index, &other_worker,
                       &blocker) == COPIER_COPIED)
    fake.on_relax = release;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// As when a copy is made at once: \p written is then to be written, \p read to
/// be read.
static void complete(struct copier_range written, struct copier_range read) {
  struct copier_plan plan;
  unsigned times = 0;
  do {
    check(++times < COPIER_QUEUE_SLOTS);
    if (copier_plan_sync(&fake.client, written, read, &plan))
      copier_complete(&plan, &fake_csyncer);
  } while (plan.is_partial);
  check(!copier_plan_sync(&fake.client, written, read, &plan));
  copier_queue_acknowledge(&fake.queue);
  copier_queue_acknowledge(&fake.service_queue);
}

static struct copier_range range_at(unsigned begin, unsigned n) {
  return copier_range_of(fake_at(begin), n);
}

static void copy_now(const struct step *step) {
  complete(range_at(step->a, step->c), range_at(step->b, step->c));
  memmove(fake.memory + step->a, fake.memory + step->b, step->c);
  model_copy(step->a, step->b, step->c, /*is_lazy=*/false);
  model_compare(step->a, step->c);
}

static void push_barrier(void) {
  model.used[0] = model.used[1] = 0;
  if (!fake.client.service_queue)
    return;
  struct copier_task barrier = {
      .src = copier_queue_tickets(&fake.queue).past,
      .flags = COPIER_TASK_BARRIER,
  };
  struct copier_submission submission;
  if (copier_queue_push(&fake.service_queue, &barrier, 1, &submission))
    return;
  complete(range_at(0, BYTES), COPIER_NO_RANGE);
  check(copier_queue_push(&fake.service_queue, &barrier, 1, &submission));
}

/// Submits the \p count \p tasks; false if there is no room.
static bool push(bool to_service, const struct copier_task *tasks,
                 unsigned count) {
  bool conflict = false;
  for (unsigned i = 0; i != count; ++i)
    for (unsigned k = 0; k != model.used[!to_service]; ++k)
      conflict |= is_conflict(&tasks[i], &model.tasks[!to_service][k]);
  if (conflict)
    push_barrier();
  struct copier_submission submission;
  if (!copier_queue_push(to_service ? &fake.service_queue : &fake.queue, tasks,
                         count, &submission))
    return false;
  for (unsigned i = 0; i != count; ++i)
    model.tasks[to_service][model.used[to_service]++] = tasks[i];
  return true;
}

static void copy(const struct step *step, unsigned count) {
  bool to_service = fake.client.service_queue && step->d % 3 == 0;
  struct copier_task tasks[3];
  unsigned part = (step->c + count - 1) / count;
  unsigned used = 0;
  for (unsigned at = 0; at < step->c; at += part, ++used) {
    unsigned n = step->c - at < part ? step->c - at : part;
    tasks[used] = fake_task(step->a + at, step->b + at, n);
    tasks[used].segment_shift = copier_segment_shift(n, step->d / 3 % 4);
    tasks[used].flags = step->d / 12 % 4 == 0 ? COPIER_TASK_LAZY : 0;
  }
  if (push(to_service, tasks, used))
    model_copy(step->a, step->b, step->c, tasks[0].flags == COPIER_TASK_LAZY);
  else
    copy_now(step);
}

/// What unfinished segments of \p queue write in the range may hold anything.
static void model_abort(struct copier_queue *queue, unsigned begin,
                        unsigned n) {
  struct copier_tickets all = copier_queue_tickets(queue);
  for (; all.first != all.past; ++all.first) {
    struct copier_task task;
    if (!copier_queue_read(queue, all.first, &task))
      continue;
    copier_segments left = copier_queue_unfinished(queue, all.first);
    for (unsigned i = begin; i != begin + n; ++i)
      if (left & copier_segments_writing(&task, range_at(i, 1)))
        model.is_any[i] = true;
  }
}

static void abort_range(unsigned begin, unsigned n) {
  model_abort(&fake.queue, begin, n);
  model_abort(&fake.service_queue, begin, n);
  fake_abort(begin, n);
  struct copier_plan plan;
  check(!copier_plan_sync(&fake.client, COPIER_NO_RANGE, range_at(begin, n),
                          &plan));
}

static void take(const struct step *step) {
  switch (step->kind) {
  case COPY:
    return copy(step, 1);
  case PARTS:
    return copy(step, 3);
  case BARRIER:
    return push_barrier();
  case CSYNC:
    complete(range_at(step->a, step->c), COPIER_NO_RANGE);
    return model_compare(step->a, step->c);
  case WRITE:
    complete(range_at(step->a, step->c), COPIER_NO_RANGE);
    model_compare(step->a, step->c);
    memset(fake.memory + step->a, (int)step->d, step->c);
    return model_write(step->a, (unsigned char)step->d, step->c);
  case NOW:
    return copy_now(step);
  case ABORT:
    return abort_range(step->a, step->c);
  case SERVE:
    fake.is_due = step->d % 2;
    copier_serve(&fake.client, step->c, &fake_service);
    return;
  case PROMOTE:
    copier_serve_range(&fake.client, range_at(step->a, step->c), &fake_service);
    return;
  case SETTLE:
    fake.bad = fake_at(step->a);
    fake_settle();
    fake.bad = 0;
    return;
  case HOLD:
    return hold(step->a + step->d);
  case RELEASE:
    return release();
  case KINDS:
    return;
  }
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

static uint64_t random_state;

/// Less than \p n. (xorshift64*)
static unsigned random_below(unsigned n) {
  random_state ^= random_state >> 12;
  random_state ^= random_state << 25;
  random_state ^= random_state >> 27;
  return (unsigned)(random_state * 0x2545F4914F6CDD1D >> 33) % n;
}

static enum kind random_kind(void) {
  unsigned sum = 0;
  for (unsigned i = 0; i != KINDS; ++i)
    sum += weights[i];
  unsigned chosen = random_below(sum);
  unsigned kind = 0;
  while (chosen >= weights[kind])
    chosen -= weights[kind++];
  return (enum kind)kind;
}

/// Two ranges of the same size that do not meet.
static struct step random_step(void) {
  unsigned n = 1 + random_below(random_below(3) ? 12 : 40);
  unsigned low = random_below(BYTES - 2 * n + 1);
  unsigned high = low + n + random_below(BYTES - low - 2 * n + 1);
  bool upwards = random_below(2);
  return (struct step){
      .kind = random_kind(),
      .a = upwards ? high : low,
      .b = upwards ? low : high,
      .c = n,
      .d = random_below(240),
  };
}

static void make_program(uint64_t seed, struct program *program) {
  random_state = (seed + 1) * 0x9E3779B97F4A7C15;
  program->has_service_queue = random_below(2);
  program->limit = random_below(3) ? COPIER_QUEUE_SLOTS : 3 + random_below(8);
  // Around the end of a round of slots, of the word's ticket, and elsewhere.
  static const copier_ticket firsts[] = {0, 240, UINT32_MAX - 20ULL, 1 << 20};
  program->first = firsts[random_below(4)];
  program->count = 5 + random_below(MAX_STEPS - 5 + 1);
  for (unsigned i = 0; i != program->count; ++i)
    program->steps[i] = random_step();
}

static void begin_queue(struct copier_queue *queue,
                        const struct program *program) {
  queue->limit = program->limit;
  *queue->word = program->first << 32;
  queue->tail = queue->near = program->first;
}

static void begin(const struct program *program) {
  fake_set_up(NULL);
  begin_queue(&fake.queue, program);
  begin_queue(&fake.service_queue, program);
  if (!program->has_service_queue)
    fake.client.service_queue = NULL;
  fake.mistake = &mistake;
  memset(model.writes, 0, sizeof(model.writes));
  model.used[0] = model.used[1] = 0;
  for (unsigned i = 0; i != BYTES; ++i) {
    model_write(i, (unsigned char)(i * 37 + 1), 1);
    fake.memory[i] = (char)model.value[i];
  }
  memset(&other_claims, 0, sizeof(other_claims));
  copier_batch_init(&other_batch);
  other_worker = fake_service;
  other_worker.claims = claims_of_other;
}

/// Completes everything, and then nothing may be left.
static void end(void) {
  complete(range_at(0, BYTES), COPIER_NO_RANGE);
  release();
  model_compare(0, BYTES);
  copier_queue_acknowledge(&fake.queue);
  copier_queue_acknowledge(&fake.service_queue);
  check(copier_queue_pending(&fake.queue) == 0);
  check(copier_queue_pending(&fake.service_queue) == 0);
  for (unsigned i = BYTES; i != FAKE_BYTES; ++i)
    check(fake.memory[i] == 'a' + (char)(i / REGION));
}

/// Runs \p program; false if there was a mistake.
static bool run(const struct program *program) {
  begin(program);
  if (setjmp(mistake))
    return false;
  for (unsigned i = 0; i != program->count; ++i) {
    take(&program->steps[i]);
    check(fake.claims.used == 0);
  }
  end();
  return true;
}

/// Leaves out of \p program, which fails, what it fails without.
static void shorten(struct program *program) {
  static struct program shorter;
  for (unsigned length = program->count / 2 + 1; length; length /= 2)
    for (unsigned at = 0; at + length <= program->count;) {
      shorter = *program;
      shorter.count -= length;
      memmove(&shorter.steps[at], &shorter.steps[at + length],
              (shorter.count - at) * sizeof(*shorter.steps));
      if (run(&shorter))
        ++at;
      else
        *program = shorter;
    }
}

static void print(const struct program *program) {
  print_error("%s, limit %u, first ticket %llu:\n",
              program->has_service_queue ? "two queues" : "one queue",
              program->limit, (unsigned long long)program->first);
  for (unsigned i = 0; i != program->count; ++i) {
    const struct step *step = &program->steps[i];
    print_error("  %-8s a=%u b=%u c=%u d=%u\n", names[step->kind], step->a,
                step->b, step->c, step->d);
  }
}

static void test_program(uint64_t seed) {
  static struct program program;
  make_program(seed, &program);
  if (run(&program))
    return;
  shorten(&program);
  print_error("the program of seed %llu fails; shortened, with ",
              (unsigned long long)seed);
  print(&program);
  fake.mistake = NULL;
  fail();
}

static uint64_t only_seed = UINT64_MAX;

static void memory_is_as_the_model_says(void **state) {
  (void)state;
  if (only_seed != UINT64_MAX)
    return test_program(only_seed);
  for (uint64_t seed = 0; seed != PROGRAMS; ++seed)
    test_program(seed);
}

int main(int argc, char **argv) {
  if (argc > 1)
    only_seed = strtoull(argv[1], NULL, 10);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_is_as_the_model_says),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
