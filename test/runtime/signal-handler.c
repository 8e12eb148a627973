//===- signal-handler.c - csync in a signal handler ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A timer interrupts copies and csyncs at any point; its handler csyncs what is
// being copied. It must neither hang nor find wrong bytes.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

enum { SIZE = 200000, ROUNDS = 300 };
static char source[SIZE], destination[SIZE];
static volatile sig_atomic_t submitted, ticks, wrong;

static void on_tick(int number) {
  (void)number;
  ++ticks;
  csync(destination, SIZE);
  if (submitted && memcmp(source, destination, SIZE))
    wrong = 1;
  csync_all();
}

int main(void) {
  signal(SIGALRM, on_tick);
  struct itimerval every = {{0, 500}, {0, 500}};
  setitimer(ITIMER_REAL, &every, NULL);
  int rounds = 0;
  for (; rounds < ROUNDS || ticks < 20; ++rounds) {
    csync_all();
    submitted = 0;
    memset(source, rounds, SIZE);
    amemcpy(destination, source, SIZE);
    submitted = 1;
    csync(destination + SIZE / 2, SIZE / 4);
    csync(destination, SIZE);
    if (memcmp(source, destination, SIZE))
      wrong = 1;
  }
  puts(wrong ? "wrong" : "right");
  return wrong;
}
