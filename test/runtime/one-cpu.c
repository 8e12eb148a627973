//===- one-cpu.c - A process that may run on one CPU ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// It pins itself and starts again. Then `auto` is `inline`; `thread` works, and
// nobody who spins keeps the one that he waits for off the CPU for long.
//
// RUN: %clang -D_GNU_SOURCE -O2 %s %libcopier -o %t
// RUN: rm -f %t.json
// RUN: env COPIER_BACKEND=auto COPIER_STATS=%t.json %t | FileCheck %s
// RUN: FileCheck %s --input-file=%t.json --check-prefix=AUTO
// AUTO: "backend": "inline"
// RUN: env COPIER_STATS=%t.json %run-backends --only=inline,thread %t | FileCheck %s
// RUN: FileCheck %s --input-file=%t.json --check-prefix=THREAD
// THREAD: "backend": "thread"
// RUN: env COPIER_DMA=soft %run-backends --only=inline,thread %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

enum { SIZE = 1 << 20, ROUNDS = 100, THREADS = 3 };

static void *copy_and_csync(void *number) {
  unsigned seed = *(unsigned *)number;
  char *from = malloc(SIZE), *to = malloc(SIZE);
  fill(from, SIZE, seed);
  for (unsigned i = 0; i != ROUNDS; ++i) {
    size_t n = SIZE >> i % 8;
    memset(to, 0, n);
    amemcpy(to, from, n);
    // Some are left to the service for a while.
    if (i % 16 == 0)
      sched_yield();
    csync(to, n);
    if (!is_filled(to, n, seed)) {
      puts("wrong copy");
      exit(1);
    }
  }
  free(to);
  free(from);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc == 1) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    EXPECT(sched_setaffinity(0, sizeof(one), &one) == 0);
    execl(argv[0], argv[0], "pinned", NULL);
    return 2;
  }
  unsigned numbers[THREADS];
  pthread_t threads[THREADS];
  for (unsigned i = 0; i != THREADS; ++i) {
    numbers[i] = i;
    EXPECT(pthread_create(&threads[i], NULL, copy_and_csync, &numbers[i]) == 0);
  }
  for (unsigned i = 0; i != THREADS; ++i)
    pthread_join(threads[i], NULL);
  return finish();
}
