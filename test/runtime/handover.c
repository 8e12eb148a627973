//===- handover.c - A copy is completed by the thread that it is handed to ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread copies more messages than the queue has slots and publishes each
// with a release store; another acquires, csyncs and reads them.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 5000, MESSAGES = 2000 };
static char sources[MESSAGES][SIZE], destinations[MESSAGES][SIZE];
static _Atomic int published;

static void *receive(void *unused) {
  for (int i = 0; i != MESSAGES; ++i) {
    while (atomic_load_explicit(&published, memory_order_acquire) <= i)
      sched_yield();
    csync(destinations[i], SIZE);
    if (memcmp(destinations[i], sources[i], SIZE))
      printf("message %d is wrong\n", i);
  }
  return unused;
}

int main(void) {
  pthread_t receiver;
  if (pthread_create(&receiver, NULL, receive, NULL))
    return 2;
  for (int i = 0; i != MESSAGES; ++i) {
    memset(sources[i], i % 255 + 1, SIZE);
    amemcpy(destinations[i], sources[i], SIZE);
    atomic_store_explicit(&published, i + 1, memory_order_release);
  }
  pthread_join(receiver, NULL);
  puts("received");
}
