//===- threads.c - Buffers handed from thread to thread -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The receiver csyncs what the sender has begun to copy.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 5000, ROUNDS = 20 };
static char source[SIZE], box[SIZE];
static int is_full;
static unsigned long total;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void wait_until(int full) {
  while (is_full != full)
    pthread_cond_wait(&changed, &mutex);
}

static void *receive(void *unused) {
  for (int i = 0; i != ROUNDS; ++i) {
    pthread_mutex_lock(&mutex);
    wait_until(1);
    csync(box, SIZE); //! read-before-csync add whole
    for (int j = 0; j != SIZE; ++j)
      total += (unsigned char)box[j]; //@ add
    is_full = 0;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return unused;
}

static void *send(void *unused) {
  for (int i = 0; i != ROUNDS; ++i) {
    pthread_mutex_lock(&mutex);
    wait_until(0);
    memset(source, i, SIZE);
    amemcpy(box, source, SIZE);
    is_full = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, send, NULL);
  pthread_create(&threads[1], NULL, receive, NULL);
  for (int i = 0; i != 2; ++i)
    pthread_join(threads[i], NULL);
  printf("%lu\n", total);
}
