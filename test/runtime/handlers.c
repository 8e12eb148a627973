//===- handlers.c - Functions that run after a copy -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each KFUNC and UFUNC runs exactly once, and after its copy: of copies that
// are queued, made at once, empty, long, or more than libcopier has room for.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=5000 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>
#include <stdatomic.h>

enum { SIZE = 100000, MANY = 5000 };

/// A copy with a function.
struct copy {
  char *dst;
  char *src;
  size_t n;
  _Atomic int runs;
  _Atomic int was_complete;
  int turn; ///< How many functions ran before its own.
};

static _Atomic int turns;

static void note(void *argument) {
  struct copy *copy = argument;
  copy->turn = turns++;
  copy->was_complete = copy->n == 0 || !memcmp(copy->dst, copy->src, copy->n);
  ++copy->runs;
}

static int submit(struct copy *copy, int kind) {
  const struct copier_func func = {note, copy, kind};
  return _amemcpy(copy->dst, copy->src, copy->n, -1, &func, NULL, 0, 0);
}

static struct copy new_copy(size_t n, unsigned seed) {
  struct copy copy = {malloc(n + 1), malloc(n + 1), n, 0, 0, 0};
  memset(copy.dst, 0, n);
  fill(copy.src, n, seed);
  return copy;
}

static void delete_copy(struct copy *copy) {
  csync(copy->dst, copy->n);
  free(copy->dst);
  free(copy->src);
}

static const size_t sizes[] = {0, 1, 100, 4096, SIZE, 3000000};

static void kfunc_once_and_after_the_copy(void) {
  for (size_t i = 0; i != sizeof(sizes) / sizeof(*sizes); ++i) {
    struct copy copy = new_copy(sizes[i], 1);
    EXPECT(submit(&copy, COPIER_KFUNC) == 0);
    csync(copy.dst, copy.n);
    // The service may be in the middle of it.
    EXPECT_SOON(copy.runs == 1);
    csync_all();
    EXPECT(copy.runs == 1 && copy.was_complete);
    delete_copy(&copy);
  }
}

static void ufunc_only_when_posted(void) {
  for (size_t i = 0; i != sizeof(sizes) / sizeof(*sizes); ++i) {
    struct copy copy = new_copy(sizes[i], 2);
    EXPECT(submit(&copy, COPIER_UFUNC) == 0);
    csync(copy.dst, copy.n);
    EXPECT(copy.runs == 0);
    EXPECT_SOON(post_handlers() == 1);
    EXPECT(copy.runs == 1 && copy.was_complete);
    EXPECT(post_handlers() == 0);
    delete_copy(&copy);
  }
}

static void csync_all_runs_ufuncs(void) {
  struct copy copies[20];
  for (int i = 0; i != 20; ++i) {
    copies[i] = new_copy(SIZE / 10, 3);
    submit(&copies[i], COPIER_UFUNC);
  }
  csync_all();
  for (int i = 0; i != 20; ++i) {
    EXPECT_SOON((post_handlers(), copies[i].runs == 1));
    EXPECT(copies[i].was_complete);
    delete_copy(&copies[i]);
  }
}

/// The service or, where there is none, _amemcpy itself runs a KFUNC; a program
/// that never calls libcopier again need not wait for it. The kernel's service
/// cannot: then any later call does.
static void kfunc_needs_no_call(void) {
  struct copy copy = new_copy(SIZE, 4);
  submit(&copy, COPIER_KFUNC);
  if (backend_is("thread"))
    EXPECT_SOON(copy.runs == 1);
  else if (backend_is("kernel"))
    EXPECT_SOON((post_handlers(), copy.runs == 1));
  else if (!copies_are_random())
    EXPECT(copy.runs == !copies_wait());
  delete_copy(&copy);
}

static int order[2];
static int ordered;

static void note_order(void *argument) { order[ordered++] = *(int *)argument; }

/// In the order of completion, which is the program's choice where copies wait.
static void ufuncs_in_order_of_completion(void) {
  static int numbers[] = {0, 1};
  struct copy copies[2];
  for (int i = 0; i != 2; ++i) {
    copies[i] = new_copy(SIZE, 5);
    const struct copier_func func = {note_order, &numbers[i], COPIER_UFUNC};
    _amemcpy(copies[i].dst, copies[i].src, SIZE, -1, &func, NULL, 0, 0);
  }
  csync(copies[1].dst, SIZE);
  csync(copies[0].dst, SIZE);
  EXPECT_SOON((post_handlers(), ordered == 2));
  int first = copies_wait();
  if (is_served() || copies_are_random())
    first = order[0];
  EXPECT(order[0] == first && order[1] == !first);
  delete_copy(&copies[0]);
  delete_copy(&copies[1]);
}

/// More wait than there is room for: then they run when the next one comes.
static void thousands(int kind) {
  static struct copy copies[MANY];
  struct copy data = new_copy(MANY * 10, 6);
  for (int i = 0; i != MANY; ++i) {
    copies[i] =
        (struct copy){data.dst + i * 10, data.src + i * 10, 10, 0, 0, 0};
    EXPECT(submit(&copies[i], kind) == 0);
  }
  csync_all();
  int runs = 0, complete = 0;
  for (int i = 0; i != MANY; ++i) {
    EXPECT_SOON((post_handlers(), copies[i].runs != 0));
    runs += copies[i].runs;
    complete += copies[i].was_complete;
  }
  EXPECT(runs == MANY);
  EXPECT(complete == MANY);
  for (int i = 1; backend_is("inline") && i != MANY; ++i)
    EXPECT(copies[i].turn == copies[i - 1].turn + 1);
  delete_copy(&data);
}

/// The delegation of the paper's Fig. 4: nobody waits before the free.
static void free_the_source(int kind) {
  enum { ROUNDS = 200 };
  static char dst[ROUNDS][SIZE / 4];
  for (unsigned i = 0; i != ROUNDS; ++i) {
    char *src = malloc(sizeof(*dst));
    fill(src, sizeof(*dst), i);
    const struct copier_func func = {free, src, kind};
    EXPECT(_amemcpy(dst[i], src, sizeof(*dst), -1, &func, NULL, 0, 0) == 0);
  }
  for (unsigned i = 0; i != ROUNDS; ++i) {
    csync(dst[i], sizeof(*dst));
    EXPECT(is_filled(dst[i], sizeof(*dst), i));
  }
  csync_all();
}

static char third[SIZE];

static void copy_on(void *argument) {
  struct copy *copy = argument;
  ++copy->runs;
  amemcpy(third, copy->dst, SIZE);
  csync(third, 10);
}

static void ufunc_may_copy(void) {
  struct copy copy = new_copy(SIZE, 7);
  const struct copier_func func = {copy_on, &copy, COPIER_UFUNC};
  _amemcpy(copy.dst, copy.src, SIZE, -1, &func, NULL, 0, 0);
  csync_all();
  EXPECT_SOON((post_handlers(), copy.runs == 1));
  csync(third, SIZE);
  EXPECT(is_filled(third, SIZE, 7));
  delete_copy(&copy);
}

static struct copy shared[400];

static void *post(void *unused) {
  for (int i = 0; i != 1000; ++i)
    post_handlers();
  return unused;
}

static void threads_post_at_the_same_time(void) {
  struct copy data = new_copy(400 * 100, 8);
  pthread_t threads[2];
  for (int i = 0; i != 2; ++i)
    pthread_create(&threads[i], NULL, post, NULL);
  for (int i = 0; i != 400; ++i) {
    shared[i] =
        (struct copy){data.dst + i * 100, data.src + i * 100, 100, 0, 0, 0};
    submit(&shared[i], COPIER_UFUNC);
    if (i % 10 == 9)
      csync(data.dst, data.n);
  }
  for (int i = 0; i != 2; ++i)
    pthread_join(threads[i], NULL);
  csync_all();
  int runs = 0, complete = 0;
  for (int i = 0; i != 400; ++i) {
    EXPECT_SOON((post_handlers(), shared[i].runs != 0));
    runs += shared[i].runs;
    complete += shared[i].was_complete;
  }
  EXPECT(runs == 400);
  EXPECT(complete == 400);
  delete_copy(&data);
}

static void moved_too(void) {
  struct copy copy = new_copy(SIZE, 9);
  int runs = 0;
  for (int distance = 1; distance < SIZE / 2; distance = distance * 5 + 1) {
    const struct copier_func func = {note, &copy, COPIER_UFUNC};
    EXPECT(_amemmove(copy.src + distance, copy.src, SIZE / 2, -1, &func, NULL,
                     0, 0) == 0);
    csync(copy.src, SIZE);
    ++runs;
    EXPECT_SOON((post_handlers(), copy.runs == runs));
  }
  delete_copy(&copy);
}

static char moved[SIZE];
static _Atomic int moved_runs, moved_whole; // A KFUNC is the service's.

enum { DISTANCE = 40000 };

static void note_move(void *source) {
  moved_whole = memcmp(moved + DISTANCE, source, SIZE - DISTANCE) == 0;
  ++moved_runs;
}

/// A move is split into pieces of which the last, shorter one, may be complete
/// before the others: that is not the end of the copy.
static void after_all_pieces_of_a_move(void) {
  char *expected = malloc(SIZE);
  fill(expected, SIZE, 9);
  for (int kind = COPIER_UFUNC; kind <= COPIER_KFUNC; ++kind) {
    memcpy(moved, expected, SIZE);
    moved_runs = 0;
    const struct copier_func func = {note_move, expected, kind};
    _amemmove(moved + DISTANCE, moved, SIZE - DISTANCE, -1, &func, NULL, 0, 0);
    csync(moved + DISTANCE, SIZE - 2 * (size_t)DISTANCE); // The last piece.
    post_handlers();
    csync_all();
    EXPECT_SOON((post_handlers(), moved_runs == 1));
    EXPECT(moved_whole);
  }
  free(expected);
}

static void refused(void) {
  char from[10] = "", to[10] = "";
  const struct copier_func none = {NULL, NULL, COPIER_UFUNC};
  const struct copier_func unknown = {free, NULL, 2};
  const struct copier_func negative = {free, NULL, -1};
  EXPECT_ERROR(_amemcpy(to, from, 10, -1, &none, NULL, 0, 0), EINVAL);
  EXPECT_ERROR(_amemcpy(to, from, 10, -1, &unknown, NULL, 0, 0), EINVAL);
  EXPECT_ERROR(_amemmove(to, from, 10, -1, &negative, NULL, 0, 0), EINVAL);
  EXPECT(post_handlers() == 0);
}

int main(void) {
  kfunc_once_and_after_the_copy();
  ufunc_only_when_posted();
  csync_all_runs_ufuncs();
  kfunc_needs_no_call();
  ufuncs_in_order_of_completion();
  thousands(COPIER_KFUNC);
  thousands(COPIER_UFUNC);
  free_the_source(COPIER_KFUNC);
  free_the_source(COPIER_UFUNC);
  ufunc_may_copy();
  threads_post_at_the_same_time();
  moved_too();
  after_all_pieces_of_a_move();
  refused();
  return finish();
}
