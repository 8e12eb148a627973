//===- fork.c - fork, with copies pending on both sides -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The child finds everything complete that was pending when it was forked, by
// this or another thread, and copies on by itself.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_DMA=soft %run-backends --only=thread %t | FileCheck %s
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 300000 };
static char source[SIZE], first[SIZE], second[SIZE], busy[SIZE];
static _Atomic int stop;

/// Copies all the time, so that some copy is under way at the fork.
static void *keep_copying(void *unused) {
  while (!stop) {
    amemcpy(busy, source, SIZE);
    csync(busy, SIZE);
  }
  return unused;
}

static int child(void) {
  // No csync: the fork was one.
  if (memcmp(first, source, SIZE) != 0)
    return 1;
  amemcpy(second, first, SIZE);
  csync(second, SIZE);
  return memcmp(second, source, SIZE) == 0 ? 0 : 2;
}

int main(void) {
  pthread_t thread;
  memset(source, 'x', SIZE);
  if (pthread_create(&thread, NULL, keep_copying, NULL))
    return 2;
  for (int i = 0; i != 20; ++i) {
    memset(first, 0, SIZE);
    amemcpy(first, source, SIZE);
    pid_t pid = fork();
    if (pid == 0)
      _exit(child());
    int status;
    waitpid(pid, &status, 0);
    if (status != 0) {
      printf("child %d: status %x\n", i, status);
      return 1;
    }
    if (memcmp(first, source, SIZE) != 0)
      return 3;
  }
  stop = 1;
  pthread_join(thread, NULL);
  // CHECK: 20 children
  puts("20 children");
}
