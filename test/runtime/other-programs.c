//===- other-programs.c - exec, posix_spawn, vfork and _exit --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies are pending, and another thread copies, while a program is spawned: the
// new one finds nothing of libcopier, and here everything goes on. What was
// csynced is complete for others after exec and _exit.
//
// RUN: %clang -D_GNU_SOURCE -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 300000, ROUNDS = 10 };
static char a[SIZE], b[SIZE], busy[SIZE];
static _Atomic int stop;
extern char **environ;

static void *keep_copying(void *unused) {
  while (!stop) {
    amemcpy(busy, a, SIZE);
    csync(busy, SIZE);
  }
  return unused;
}

static int is_pending(const char *p) {
  return _csync((size_t)p, SIZE, -1, NULL, COPIER_TRY) != 0;
}

/// The new program: the descriptors it was given, and it can copy itself.
static int be_spawned(void) {
  for (int fd = 3; fd != 512; ++fd) // Above, libcopier has its own.
    EXPECT(fcntl(fd, F_GETFD) < 0);
  fill(a, SIZE, 1);
  amemcpy(b, a, SIZE);
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 1));
  return failures;
}

static void expect_end(pid_t pid, int expected) {
  int status = -1;
  EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid && status == expected << 8);
}

static pid_t by_spawn(char **arguments) {
  pid_t pid = -1;
  EXPECT(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) ==
         0);
  return pid;
}

static pid_t by_vfork(char **arguments) {
  pid_t pid = vfork();
  if (pid == 0) {
    execv("/proc/self/exe", arguments);
    _exit(127);
  }
  return pid;
}

/// A child that shares the memory until it ends.
static pid_t by_vfork_alone(char **arguments) {
  (void)arguments;
  pid_t pid = vfork();
  if (pid == 0)
    _exit(0);
  return pid;
}

static void test_spawn(pid_t (*spawn)(char **)) {
  char *arguments[] = {"spawned", "spawned", NULL};
  for (unsigned i = 0; i != ROUNDS; ++i) {
    amemcpy(b, a, SIZE);
    pid_t pid = spawn(arguments);
    // It was no csync.
    EXPECT(is_pending(b) || !backend_is("adversary:never"));
    csync(b, SIZE);
    EXPECT(is_filled(b, SIZE, 7));
    expect_end(pid, 0);
  }
}

/// A child copies into \p shared and ends by _exit, or by exec of a program
/// that only ends.
static void test_end(char *shared, int by_exec) {
  memset(shared, 0, SIZE);
  pid_t pid = fork();
  if (pid == 0) {
    amemcpy(shared, a, SIZE);
    csync(shared, SIZE);
    if (by_exec)
      execl("/bin/true", "true", NULL);
    _exit(by_exec);
  }
  expect_end(pid, 0);
  EXPECT(is_filled(shared, SIZE, 7));
}

/// An exec that fails changes nothing.
static void test_no_exec(void) {
  memset(b, 0, SIZE);
  amemcpy(b, a, SIZE);
  EXPECT_ERROR(execl("/no/such/program", "program", NULL), ENOENT);
  EXPECT(is_pending(b) || !backend_is("adversary:never"));
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 7));
}

int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1)
    return be_spawned();
  char *shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_t thread;
  fill(a, SIZE, 7);
  EXPECT(copier_create_queue(4) >= 0); // A descriptor that nobody inherits.
  EXPECT(pthread_create(&thread, NULL, keep_copying, NULL) == 0);
  test_spawn(by_spawn);
  test_spawn(by_vfork);
  test_spawn(by_vfork_alone);
  test_end(shared, 0);
  test_end(shared, 1);
  test_no_exec();
  stop = 1;
  pthread_join(thread, NULL);
  return finish();
}
