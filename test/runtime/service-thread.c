//===- service-thread.c - What a service thread is to the program ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// It has a name, takes no signal that the program may want, and is not waked
// by one. (What libc keeps for itself, to cancel threads and to change their
// user, no thread blocks.)
//
// RUN: %clang -D_GNU_SOURCE -O2 %s %libcopier -o %t
// RUN: %run-backends --only=inline,thread %t | FileCheck %s
// RUN: env COPIER_DMA=soft %run-backends --only=inline,thread %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"
#include "Inputs/service.h"

#include <copier.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };
static char a[SIZE], b[SIZE];
static volatile sig_atomic_t taken;

static void note(int number) {
  (void)number;
  ++taken;
}

/// The signals that a thread blocks, as bits.
static uint64_t blocked_by(pid_t thread) {
  char path[64], line[256];
  uint64_t set = 0;
  snprintf(path, sizeof(path), "/proc/self/task/%d/status", thread);
  FILE *file = fopen(path, "r");
  while (file && fgets(line, sizeof(line), file))
    if (strncmp(line, "SigBlk:", 7) == 0)
      set = strtoull(line + 7, NULL, 16);
  if (file)
    fclose(file);
  return set;
}

static void expect_all_blocked(pid_t thread) {
  sigset_t all;
  sigfillset(&all); // All that libc gives away.
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  uint64_t blocked = blocked_by(thread);
  for (int i = 1; i <= SIGRTMAX; ++i)
    if (sigismember(&all, i) == 1 && !(blocked >> (i - 1) & 1)) {
      printf("thread %d does not block signal %d\n", thread, i);
      ++failures;
    }
}

static void copy(unsigned seed) {
  csync(a, SIZE);
  fill(a, SIZE, seed);
  amemcpy(b, a, SIZE);
  sleep_ms(20);
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, seed));
}

int main(void) {
  for (unsigned i = 0; i != 3; ++i)
    copy(i);
  int is_service = backend_is("thread");
  EXPECT(for_each_service(expect_all_blocked) == is_service);

  // With every other thread out of the way, a signal waits.
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  signal(SIGUSR1, note);
  pthread_sigmask(SIG_BLOCK, &usr1, NULL);
  kill(getpid(), SIGUSR1);
  copy(4);
  EXPECT(taken == 0);
  pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
  EXPECT(taken == 1);

  // libc reaches it: a change of user is one of all threads.
  EXPECT(setuid(getuid()) == 0);
  copy(5);
  EXPECT(for_each_service(NULL) == is_service);
  return finish();
}
