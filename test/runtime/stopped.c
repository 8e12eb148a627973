//===- stopped.c - SIGSTOP and SIGCONT ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A process that copies all the time is stopped and continued at any moment.
// While it is stopped nothing moves; afterwards it goes on, with the right bytes.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_DMA=soft %run-backends --only=thread %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 300000, STOPS = 30 };

/// Of both processes.
struct shared {
  _Atomic unsigned rounds;
  _Atomic int is_wrong;
  _Atomic int stop;
};

static int copy_all_the_time(struct shared *shared) {
  static char a[SIZE], b[SIZE];
  for (unsigned i = 0; !shared->stop; ++i) {
    csync(a, SIZE);
    fill(a, SIZE, i);
    amemcpy(b, a, SIZE);
    if (i % 3 == 0)
      usleep(300); // For the service.
    csync(b, SIZE);
    if (!is_filled(b, SIZE, i))
      shared->is_wrong = 1;
    ++shared->rounds;
  }
  return 0;
}

int main(void) {
  struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(copy_all_the_time(shared));
  }
  int status;
  for (unsigned i = 0; i != STOPS; ++i) {
    unsigned before = shared->rounds;
    EXPECT_SOON(shared->rounds != before);
    usleep(i * 37);
    EXPECT(kill(pid, SIGSTOP) == 0);
    EXPECT(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
    before = shared->rounds;
    usleep(2000);
    EXPECT(shared->rounds == before);
    EXPECT(kill(pid, SIGCONT) == 0);
    EXPECT_SOON(shared->rounds != before);
  }
  shared->stop = 1;
  EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
  EXPECT(!shared->is_wrong);
  return finish();
}
