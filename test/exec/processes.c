//===- processes.c - fork, exec, signals, and memory that processes share ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every copy here is seen by another process, or by a signal handler, right after
// it was made, or its memory is unmapped.
//
// RUN: %{port}
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

enum { SIZE = 5000 };

extern char **environ;
static unsigned char source[SIZE], *shared;

NOINLINE static unsigned sum(const unsigned char *bytes, size_t n) {
  unsigned result = 5381;
  for (size_t i = 0; i != n; ++i)
    result = result * 33 + bytes[i];
  return result;
}

static void wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/// The child has its own copy of what was pending, and ends by _exit.
NOINLINE static void by_fork(size_t n) {
  unsigned char mine[SIZE];
  memcpy(mine, source, n);
  pid_t child = fork();
  if (child == 0) {
    memcpy(shared, mine, n);
    _exit(7);
  }
  memset(source, 1, n);
  wait_for(child);
  printf("fork %u %u\n", sum(mine, n), sum(shared, n));
}

/// The copy is in memory that exec leaves behind for the parent.
NOINLINE static void by_exec(size_t n) {
  pid_t child = fork();
  if (child == 0) {
    memcpy(shared, source + 1, n);
    execl("/bin/true", "true", (char *)NULL);
    _exit(9);
  }
  wait_for(child);
  printf("exec %u\n", sum(shared, n));
}

/// The new program's argument and environment are copies.
NOINLINE static void by_spawn(size_t n) {
  char command[64], *arguments[] = {"sh", "-c", command, NULL};
  memcpy(command, "exit $((40 + 2))", n);
  pid_t child = 0;
  if (posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0)
    wait_for(child);
}

/// Through a pipe, in pieces: the buffer is filled anew after each.
NOINLINE static void by_pipe(size_t n) {
  int ends[2];
  unsigned char head[16], body[SIZE], got[SIZE + 16];
  if (pipe(ends) != 0)
    return;
  for (int i = 0; i != 3; ++i) {
    memcpy(head, source + i, sizeof(head));
    memcpy(body, source, n);
    struct iovec parts[] = {{head, sizeof(head)}, {body, n}};
    if (writev(ends[1], parts, 2) != (ssize_t)(n + sizeof(head)) ||
        read(ends[0], got, sizeof(got)) != (ssize_t)(n + sizeof(head)))
      printf("short\n");
    source[i] ^= 0x55;
    printf("pipe %u\n", sum(got, n + sizeof(head)));
  }
  close(ends[0]);
  close(ends[1]);
}

static volatile sig_atomic_t seen;

static void on_signal(int number) { seen = (int)sum(shared, 100) + number; }

NOINLINE static void by_signal(size_t n) {
  memcpy(shared, source + 2, n);
  raise(SIGUSR1);
  memset(shared, 0, n);
  printf("signal %d\n", (int)seen);
}

/// What is mapped at the same place next has nothing of the old copy.
NOINLINE static void by_unmapping(size_t n) {
  unsigned char *first = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(first, source, n);
  munmap(first, SIZE);
  unsigned char *second = mmap(first, SIZE, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  printf("unmapped %u\n", sum(second, n));
  memcpy(second, source, n);
  second = mremap(second, SIZE, 4 * SIZE, MREMAP_MAYMOVE);
  printf("moved %u\n", sum(second, n));
  munmap(second, 4 * SIZE);
}

int main(int argc, char **argv) {
  (void)argv;
  size_t n = (size_t)(SIZE - 10 * argc);
  setvbuf(stdout, NULL, _IONBF, 0);
  shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                -1, 0);
  for (int i = 0; i != SIZE; ++i)
    source[i] = (unsigned char)(i * 7);
  signal(SIGUSR1, on_signal);
  by_fork(n);
  by_exec(n);
  by_spawn((size_t)(16 + argc));
  by_pipe(n / 2);
  by_signal(n);
  by_unmapping(n);
  memcpy(shared, source, n);
  printf("last %u\n", sum(shared, n));
}
