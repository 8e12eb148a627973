//===- fork-descriptors.c - fork while another thread counts copies -----===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread makes copies with a descriptor, and into bound memory, all the time.
// Whenever another one forks, the child's csyncs by descriptor and of bound
// memory end: nothing is counted that nobody in the child would ever make.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// CHECK: {{^}}300 children
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 2000, SEGMENT = 64 };
static char source[SIZE], counted[SIZE], bound[SIZE];
static struct copier_descr *descr, *bound_descr;
static _Atomic int stop;

static void *keep_copying(void *unused) {
  while (!stop) {
    _amemcpy(counted, source, SIZE, -1, NULL, descr, 0, 0);
    amemcpy(bound, source, SIZE);
    _csync(0, SIZE, -1, descr, 0);
    csync(bound, SIZE);
  }
  return unused;
}

static struct copier_descr *new_descr(void) {
  struct copier_descr *result = malloc(copier_descr_bytes(SIZE, SEGMENT));
  copier_descr_init(result, SIZE, SEGMENT);
  return result;
}

static int child(void) {
  alarm(20);
  _csync(0, SIZE, -1, descr, 0);
  csync_all();
  _amemcpy(counted, source, SIZE, -1, NULL, descr, 0, 0);
  amemcpy(bound, source, SIZE);
  _csync(0, SIZE, -1, descr, 0);
  csync(bound, SIZE);
  return memcmp(counted, source, SIZE) || memcmp(bound, source, SIZE);
}

int main(void) {
  memset(source, 'x', SIZE);
  descr = new_descr();
  bound_descr = new_descr();
  shm_descr_bind(bound, SIZE, bound_descr, SEGMENT);
  pthread_t thread;
  if (pthread_create(&thread, NULL, keep_copying, NULL))
    return 2;
  for (int i = 0; i != 300; ++i) {
    pid_t pid = fork();
    if (pid == 0)
      _exit(child());
    int status;
    waitpid(pid, &status, 0);
    if (status != 0) {
      printf("child %d: status %x\n", i, status);
      return 1;
    }
  }
  stop = 1;
  pthread_join(thread, NULL);
  puts("300 children");
}
