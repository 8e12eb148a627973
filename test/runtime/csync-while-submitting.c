//===- csync-while-submitting.c - A csync need not wait for later copies ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread csyncs by descriptor, and bound memory, all the time. Another submits
// copies there and does not csync them before the first one has come round: a
// copy is counted before it is submitted, and who has seen the count must not
// wait for others to make that copy.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// CHECK: {{^}}all came round
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 4096, SEGMENT = 64, ROUNDS = 150 };
static char source[SIZE], counted[SIZE], bound[SIZE];
static struct copier_descr *descr;
static _Atomic unsigned times;
static _Atomic int stop;

static void *keep_syncing(void *unused) {
  while (!stop) {
    _csync(0, SIZE, -1, descr, 0);
    csync(bound, SIZE);
    ++times;
  }
  return unused;
}

static struct copier_descr *new_descr(void) {
  struct copier_descr *result = malloc(copier_descr_bytes(SIZE, SEGMENT));
  copier_descr_init(result, SIZE, SEGMENT);
  return result;
}

int main(void) {
  alarm(60);
  memset(source, 'x', SIZE);
  descr = new_descr();
  shm_descr_bind(bound, SIZE, new_descr(), SEGMENT);
  // Nobody but a csync copies.
  set_copier_opt(COPIER_OPT_POLLING, COPIER_POLLING_SCENARIO);
  pthread_t thread;
  if (pthread_create(&thread, NULL, keep_syncing, NULL))
    return 2;
  for (int i = 0; i != ROUNDS; ++i) {
    _amemcpy(counted, source, SIZE, -1, NULL, descr, 0, 0);
    amemcpy(bound, source, SIZE);
    for (unsigned before = times; times - before < 2;)
      sched_yield();
  }
  stop = 1;
  pthread_join(thread, NULL);
  csync_all();
  puts(memcmp(counted, source, SIZE) || memcmp(bound, source, SIZE)
           ? "wrong bytes"
           : "all came round");
}
