//===- random-copies.c - Random copies and csyncs against a model -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every thread copies at random within its own buffer, so that copies overlap
// and chain in every way, and looks at bytes only after a csync. A second buffer
// to which the same was done with memmove says what must be there. The seed is
// an argument; all threads share the one queue.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t 1
// RUN: %run-backends %t 2
// RUN: env COPIER_SEGMENT=64 %run-backends %t 3
// RUN: env COPIER_SEGMENT=4096 %run-backends %t 4
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1 << 16, STEPS = 4000, THREADS = 3 };

struct world {
  uint64_t random;
  unsigned char real[SIZE];
  unsigned char model[SIZE];
};

static size_t below(struct world *w, size_t limit) {
  w->random = w->random * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(w->random >> 33) % limit;
}

/// Mostly short ranges, now and then a long one.
static size_t some_size(struct world *w) {
  size_t limit = below(w, 8) ? 600 : SIZE / 3;
  return below(w, limit);
}

static void check(struct world *w, size_t at, size_t n, int step) {
  if (memcmp(w->real + at, w->model + at, n) == 0)
    return;
  printf("step %d: wrong bytes in [%zu, %zu)\n", step, at, at + n);
  exit(1);
}

static void copy(struct world *w, int move) {
  size_t n = some_size(w);
  size_t dst = below(w, SIZE - n);
  size_t src = below(w, SIZE - n);
  if (!move && dst < src + n && src < dst + n)
    return;
  if (move)
    amemmove(w->real + dst, w->real + src, n);
  else
    amemcpy(w->real + dst, w->real + src, n);
  memmove(w->model + dst, w->model + src, n);
}

static void step(struct world *w, int number) {
  size_t n = some_size(w);
  size_t at = below(w, SIZE - n);
  switch (below(w, 8)) {
  case 0: // Read.
    csync(w->real + at, n);
    check(w, at, n, number);
    break;
  case 1: // Write.
    csync(w->real + at, n);
    memset(w->real + at, number, n);
    memset(w->model + at, number, n);
    break;
  case 2:
    copy(w, 1);
    break;
  default:
    copy(w, 0);
  }
  if (number % 997 == 0) {
    csync_all();
    check(w, 0, SIZE, number);
  }
}

static void *run(void *world) {
  struct world *w = world;
  for (size_t i = 0; i != SIZE; ++i)
    w->real[i] = w->model[i] = (unsigned char)below(w, 256);
  for (int i = 0; i != STEPS; ++i)
    step(w, i);
  csync_all();
  check(w, 0, SIZE, STEPS);
  return NULL;
}

int main(int argc, char **argv) {
  static struct world worlds[THREADS];
  pthread_t threads[THREADS];
  for (int i = 0; i != THREADS; ++i) {
    worlds[i].random = (uint64_t)(argc > 1 ? atoi(argv[1]) : 0) * 100 + i;
    if (pthread_create(&threads[i], NULL, run, &worlds[i]))
      return 2;
  }
  for (int i = 0; i != THREADS; ++i)
    pthread_join(threads[i], NULL);
  puts("all as the model says");
}
