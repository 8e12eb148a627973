//===- no-threads.c - Without threads every copy is made at once ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A process that may create none: what the backend `thread` copies is there
// without a csync, functions run, and nothing is pending or lost.
//
// RUN: %clang -D_GNU_SOURCE -O2 %S/Inputs/refuse.c -o %t.refuse
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: rm -f %t.json
// RUN: env COPIER_STATS=%t.json %run-backends --only=inline,thread %t.refuse threads -- %t | FileCheck %s
// CHECK: {{^}}0 failures
// RUN: FileCheck %s --input-file=%t.json --check-prefix=STATS
// STATS: "backend": "thread"
// STATS: "async_calls": 0,
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 3 << 20 };
static char a[SIZE], b[SIZE];
static int runs;

static void *nothing(void *unused) { return unused; }

static void count(void *counter) { ++*(int *)counter; }

static void copy_all_ways(void) {
  struct copier_func func = {.run = count, .argument = &runs};
  for (unsigned i = 1; i != 40; ++i) {
    fill(a, SIZE, i);
    size_t n = SIZE / i;
    amemcpy(b, a, n);
    EXPECT(is_filled(b, n, i));
    amemmove(a + 100, a, n - 100);
    EXPECT(is_filled(a + 100, n - 100, i));
    runs = 0;
    func.kind = i % 2 ? COPIER_UFUNC : COPIER_KFUNC;
    EXPECT(_amemcpy(a, b, n, -1, &func, NULL, 0, COPIER_LAZY) == 0);
    EXPECT(is_filled(a, n, i));
    post_handlers();
    EXPECT(runs == 1);
    EXPECT(_csync((size_t)a, SIZE, -1, NULL, COPIER_TRY) == 0);
    csync(a, SIZE);
    copier_abort(b, SIZE);
    EXPECT(is_filled(b, n, i));
  }
}

int main(void) {
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, nothing, NULL) == EAGAIN);
  copy_all_ways();
  EXPECT(set_copier_opt(COPIER_OPT_POLLING, COPIER_POLLING_SCENARIO) == 0);
  EXPECT(copier_awaken(-1) == 0);
  int fd = copier_create_queue(8);
  EXPECT(_amemcpy(b, a, SIZE, fd, NULL, NULL, 0, 0) == 0);
  EXPECT(memcmp(a, b, SIZE) == 0);
  EXPECT(copier_destroy_queue(fd) == 0);
  pid_t pid = fork();
  if (pid == 0) {
    copy_all_ways();
    _exit(failures != 0);
  }
  int status;
  EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
  return finish();
}
