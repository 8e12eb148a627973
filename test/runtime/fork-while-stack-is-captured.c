//===- fork-while-stack-is-captured.c - A backtrace that takes a lock -----===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The adversary captures the stack of every copy. AddressSanitizer's backtrace
// takes a lock for it; if another thread forks meanwhile, the child finds it
// taken for ever. Here backtrace is as unkind all the time, and says so.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends --only=adversary:never,adversary:reverse,adversary:random:3 %t | FileCheck %s
// CHECK: a lock was taken
// CHECK-NEXT: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 4096, CHILDREN = 40, TAKEN = 3 };
static char source[SIZE], mine[SIZE], others[SIZE];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int captured, stop;

/// Instead of libc's, in libcopier, too. The child of a fork is told by its
/// status that it would have waited for ever.
int backtrace(void **frames, int size) {
  for (int i = 0; pthread_mutex_trylock(&lock) != 0; ++i) {
    if (i == 300)
      _exit(TAKEN);
    sleep_ms(1);
  }
  ++captured;
  usleep(200);
  pthread_mutex_unlock(&lock);
  if (size > 0)
    frames[0] = (void *)backtrace;
  return size > 0;
}

static void *keep_copying(void *unused) {
  while (!stop) {
    amemcpy(others, source, SIZE);
    csync(others, SIZE);
  }
  return unused;
}

static int child(void) {
  amemcpy(mine, source, SIZE);
  csync(mine, SIZE);
  return !is_filled(mine, SIZE, 1);
}

int main(void) {
  pthread_t thread;
  fill(source, SIZE, 1);
  if (pthread_create(&thread, NULL, keep_copying, NULL))
    return 2;
  for (int i = 0; i != CHILDREN; ++i) {
    pid_t pid = fork();
    if (pid == 0)
      _exit(child());
    int status = -1;
    EXPECT(waitpid(pid, &status, 0) == pid);
    EXPECT(status == 0);
  }
  stop = 1;
  pthread_join(thread, NULL);
  if (captured)
    puts("a lock was taken");
  return finish();
}
