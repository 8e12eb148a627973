//===- thread-exit.c - What is pending when a thread ends is completed --===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The thread copies to and from its thread-local memory, which is gone
// afterwards; also from the destructor of a key that runs after libcopier's.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 100000 };
static char from_thread[SIZE], from_destructor[SIZE], expected[SIZE];
static pthread_key_t key;
static _Thread_local char local[SIZE], other[SIZE];

static void copy_late(void *source) {
  static int rounds;
  amemcpy(from_destructor, source, SIZE);
  // Once more: now certainly after libcopier's own destructor.
  if (rounds++ == 0)
    pthread_setspecific(key, source);
}

static void *run(void *unused) {
  memset(local, 'x', SIZE);
  amemcpy(from_thread, local, SIZE);
  amemcpy(other, expected, SIZE);
  pthread_setspecific(key, expected);
  return unused;
}

int main(void) {
  memset(expected, 'x', SIZE);
  if (pthread_key_create(&key, copy_late))
    return 2;
  for (int i = 0; i != 50; ++i) {
    pthread_t thread;
    memset(from_thread, 0, SIZE);
    memset(from_destructor, 0, SIZE);
    if (pthread_create(&thread, NULL, run, NULL))
      return 2;
    pthread_join(thread, NULL);
    if (memcmp(from_thread, expected, SIZE) ||
        memcmp(from_destructor, expected, SIZE))
      return 1;
  }
  puts("complete");
}
