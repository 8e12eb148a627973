//===- starved-service.c - A service that does not run stops no csync -----===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First it is of the class that runs when nothing else wants to, on a CPU that
// is always wanted: it may be in the middle of a copy then, so that csync waits
// for the moments that it gets. Then it is held asleep, as by a debugger, and
// does not run at all.
//
// RUN: %clang -D_GNU_SOURCE -O2 %s %libcopier -o %t
// RUN: env COPIER_BACKEND=thread COPIER_MIN_SIZE=1 COPIER_POLICY=offload %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"
#include "Inputs/service.h"

#include <copier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 1 << 20, ROUNDS = 40 };
static char a[SIZE], b[SIZE];
static _Atomic int stop;
static pid_t service;

static void note_service(pid_t thread) { service = thread; }

static void copy_some(void) {
  for (unsigned i = 0; i != ROUNDS; ++i) {
    csync(a, SIZE);
    fill(a, SIZE, i);
    amemcpy(b, a, SIZE);
    if (i % 8 == 0)
      sched_yield();
    csync(b, SIZE);
    EXPECT(is_filled(b, SIZE, i));
  }
}

/// Keeps the CPU busy to which the service is pinned.
static void *compute(void *cpu) {
  EXPECT(sched_setaffinity(0, sizeof(cpu_set_t), cpu) == 0);
  while (!stop)
    ;
  return NULL;
}

static void test_starved(void) {
  cpu_set_t one;
  pthread_t thread;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  const struct sched_param none = {0};
  EXPECT(sched_setaffinity(service, sizeof(one), &one) == 0);
  EXPECT(sched_setscheduler(service, SCHED_IDLE, &none) == 0);
  EXPECT(pthread_create(&thread, NULL, compute, &one) == 0);
  copy_some();
  stop = 1;
  pthread_join(thread, NULL);
}

/// Holds the service of the parent until a byte comes. Its status: 1 if that is
/// not permitted.
static int hold_service(int ready, int release) {
  char byte = 0;
  int status;
  if (ptrace(PTRACE_SEIZE, service, 0, 0) ||
      ptrace(PTRACE_INTERRUPT, service, 0, 0) ||
      waitpid(service, &status, __WALL) != service)
    return 1;
  int is_told = write(ready, &byte, 1) == 1 && read(release, &byte, 1) == 1;
  ptrace(PTRACE_DETACH, service, 0, 0);
  return is_told ? 0 : 2;
}

static void test_held(void) {
  int ready[2], release[2], status;
  char byte = 0;
  EXPECT(pipe(ready) == 0 && pipe(release) == 0);
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ready[0]);
    _exit(hold_service(ready[1], release[0]));
  }
  close(ready[1]);
  if (read(ready[0], &byte, 1) == 1) {
    copy_some();
    EXPECT(write(release[1], &byte, 1) == 1);
  }
  EXPECT(waitpid(pid, &status, 0) == pid);
  EXPECT(WIFEXITED(status) && WEXITSTATUS(status) != 2);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
    puts("not tested: no permission to hold a thread by ptrace");
}

int main(void) {
  alarm(300);
  copy_some();
  EXPECT(for_each_service(note_service) == 1);
  sleep_ms(200); // It sleeps now.
  test_held();
  copy_some();
  test_starved();
  return finish();
}
