//===- dma.c - A program whose copies go through two copy units ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chains, small copies side by side and random overlaps, checked against a model.
// They are given time, so that the service copies them and not csync. Under
// COPIER_DMA=soft the engine has had a part, as the statistics say; without it,
// none. The main thread ends first: a process whose other threads are libcopier's
// is at its end. (With an argument, it returns.)
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: env COPIER_DMA=soft COPIER_STATS=%t.json %run-backends --only=thread %t
// RUN: FileCheck %s --input-file=%t.json --check-prefix=SOFT
// SOFT: "cpu_bytes": {{[1-9][0-9]*}}, "dma_bytes": {{[1-9][0-9]*}}}
// RUN: env COPIER_DMA=soft COPIER_SEGMENT=64 COPIER_STATS=%t.json %run-backends --only=thread %t
// RUN: FileCheck %s --input-file=%t.json --check-prefix=SOFT
// RUN: env COPIER_DMA=none COPIER_STATS=%t.json %run-backends --only=thread %t
// RUN: FileCheck %s --input-file=%t.json --check-prefix=NONE
// NONE: "cpu_bytes": {{[1-9][0-9]*}}, "dma_bytes": 0}
//
// RUN: env COPIER_UNIT=libc COPIER_DMA=soft:cancel %run-backends %t
// RUN: env COPIER_UNIT=sse2 COPIER_DMA=soft %run-backends %t
// RUN: env COPIER_UNIT=auto COPIER_DMA=soft %run-backends %t
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PART = 300000, SIZE = 3 * PART, ROUNDS = 60, PAUSE_US = 1500 };
static unsigned char real[SIZE], model[SIZE];
static uint64_t random_state = 1;

static size_t below(size_t limit) {
  random_state = random_state * 6364136223846793005u + 1442695040888963407u;
  return (size_t)(random_state >> 33) % limit;
}

static void copy(size_t dst, size_t src, size_t n) {
  amemmove(real + dst, real + src, n);
  memmove(model + dst, model + src, n);
}

/// Three parts, from one to the next.
static void chain(void) {
  copy(PART, 0, PART);
  copy(2 * PART + 1, PART + 1, PART - 1);
}

static void small_ones(void) {
  for (size_t i = 0; i != 8; ++i)
    copy(PART + i * 7000, i * 6000, 3000 + i);
}

static void random_ones(void) {
  for (int i = 0; i != 6; ++i) {
    size_t n = 1 + below(60000);
    copy(below(SIZE - n), below(SIZE - n), n);
  }
}

static void check(int round) {
  csync(real, SIZE);
  if (memcmp(real, model, SIZE) == 0)
    return;
  printf("wrong bytes in round %d\n", round);
  exit(1);
}

int main(int argc, char **argv) {
  (void)argv;
  for (int round = 0; round != ROUNDS; ++round) {
    for (size_t i = 0; i != PART; ++i)
      real[i] = model[i] = (unsigned char)below(256);
    if (round % 3 == 0)
      chain();
    else if (round % 3 == 1)
      small_ones();
    else
      random_ones();
    usleep(PAUSE_US);
    check(round);
  }
  puts("as the model says");
  if (argc > 1)
    return 0;
  pthread_exit(NULL);
}
