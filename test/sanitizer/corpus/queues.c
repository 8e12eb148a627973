//===- queues.c - Copies that no queue orders ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What another thread has put into another queue wants a csync before it is
// copied on, or over.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char a[1000], b[1000], c[1000], d[1000];
static int queue;

static void *produce(void *unused) {
  _amemcpy(b, a, sizeof(b), queue, NULL, NULL, 0, 0);
  pthread_exit(unused); // Completes it.
}

/// Its copies stay pending while it waits.
static pthread_barrier_t submitted, done;
static void *submit(void *unused) {
  _amemcpy(b, a, sizeof(b), queue, NULL, NULL, 0, 0);
  pthread_barrier_wait(&submitted);
  pthread_barrier_wait(&done);
  return unused;
}

int main(void) {
  pthread_t thread;
  memset(a, 'a', sizeof(a));
  memset(d, 'd', sizeof(d));
  queue = copier_create_queue(16);
  pthread_create(&thread, NULL, produce, NULL);
  pthread_join(thread, NULL);
  amemcpy(c, b, sizeof(c));
  csync(c, sizeof(c)); //! read-before-csync joined
  int joined = c[999]; //@ joined
  pthread_barrier_init(&submitted, NULL, 2);
  pthread_barrier_init(&done, NULL, 2);
  pthread_create(&thread, NULL, submit, NULL);
  pthread_barrier_wait(&submitted);
  csync(b + 100, 400);            //! read-before-csync on whole
  amemcpy(c + 100, b + 100, 400); //@ on
  csync(b + 500, 100);            //! write-before-csync over whole
  amemcpy(b + 500, d, 100);       //@ over
  csync(a + 600, 100);            //! source-write-before-csync source whole
  amemcpy(a + 600, d, 100);       //@ source
  // A thread's own copies are in order, whatever their queues.
  _amemcpy(c + 600, d + 600, 100, queue, NULL, NULL, 0, 0);
  amemcpy(c + 700, c + 600, 100);
  csync(c + 700, 100);
  _csync((size_t)b, 100, queue, NULL, 0); //! read-before-csync queue whole
  int own = b[99];                        //@ queue
  csync_all();
  pthread_barrier_wait(&done);
  pthread_join(thread, NULL);
  _amemcpy(c, d, 100, queue, NULL, NULL, 0, 0);
  _csync((size_t)c, 100, -1, NULL, 0); // Not of that queue.
  copier_destroy_queue(queue);         //! read-before-csync destroyed
  int destroyed = c[99];               //@ destroyed
  printf("%c%c%c%c\n", joined, own, destroyed, c[799]);
}
