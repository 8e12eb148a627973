//===- exit.c - What is pending at the end of a process is completed ----===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy into a shared file mapping shows whether it was done. By return from
// main, exit, quick_exit, and pthread_exit of the last thread.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t %t.file return
// RUN: %run-backends %t %t.file exit
// RUN: %run-backends %t %t.file quick_exit
// RUN: %run-backends %t %t.file pthread_exit
// RUN: %run-backends %t %t.file atexit
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };
static char source[SIZE];
static char *mapped;

static void copy(void) { amemcpy(mapped, source, SIZE); }

static int end_by(const char *how) {
  if (strcmp(how, "atexit") == 0) {
    atexit(copy);
    return 0;
  }
  copy();
  if (strcmp(how, "exit") == 0)
    exit(0);
  if (strcmp(how, "quick_exit") == 0)
    quick_exit(0);
  if (strcmp(how, "pthread_exit") == 0)
    pthread_exit(NULL);
  return 0;
}

int main(int argc, char **argv) {
  int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0666);
  if (argc != 3 || fd < 0 || ftruncate(fd, SIZE))
    return 2;
  mapped = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  memset(source, 'x', SIZE);
  pid_t pid = fork();
  if (pid == 0)
    return end_by(argv[2]);
  int status;
  waitpid(pid, &status, 0);
  int same = memcmp(mapped, source, SIZE) == 0;
  printf("status %d, %s\n", status, same ? "complete" : "not complete");
  return status != 0 || !same;
}
