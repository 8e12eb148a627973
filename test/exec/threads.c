//===- threads.c - Hand-over between threads by mutex, atomics and join ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %{port} -pthread
//
//===----------------------------------------------------------------------===//

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 3000, ROUNDS = 200 };
static char mailbox[SIZE];
static int full;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void *produce(void *unused) {
  char mine[SIZE];
  for (int i = 0; i != ROUNDS; ++i) {
    memset(mine, 'a' + i % 26, SIZE);
    pthread_mutex_lock(&lock);
    while (full)
      pthread_cond_wait(&changed, &lock);
    memcpy(mailbox, mine, SIZE);
    full = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
  }
  return unused;
}

static unsigned long consume(void) {
  char mine[SIZE];
  unsigned long hash = 5381;
  for (int i = 0; i != ROUNDS; ++i) {
    pthread_mutex_lock(&lock);
    while (!full)
      pthread_cond_wait(&changed, &lock);
    memcpy(mine, mailbox, SIZE);
    full = 0;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    for (int at = 0; at != SIZE; ++at)
      hash = hash * 33 + (unsigned char)mine[at];
  }
  return hash;
}

static char published[ROUNDS][SIZE];
static _Atomic int ready;

static void *publish(void *source) {
  for (int i = 0; i != ROUNDS; ++i) {
    memcpy(published[i], source, SIZE);
    published[i][0] = (char)i;
    atomic_store_explicit(&ready, i + 1, memory_order_release);
  }
  return NULL;
}

static unsigned long subscribe(void) {
  unsigned long hash = 5381;
  for (int i = 0; i != ROUNDS; ++i) {
    while (atomic_load_explicit(&ready, memory_order_acquire) <= i)
      sched_yield();
    for (int at = 0; at != SIZE; ++at)
      hash = hash * 33 + (unsigned char)published[i][at];
  }
  return hash;
}

int main(void) {
  static char source[SIZE];
  pthread_t thread;
  if (pthread_create(&thread, NULL, produce, NULL))
    return 2;
  printf("%lu\n", consume());
  pthread_join(thread, NULL);
  memset(source, 'q', SIZE);
  if (pthread_create(&thread, NULL, publish, source))
    return 2;
  printf("%lu\n", subscribe());
  pthread_join(thread, NULL);
}
