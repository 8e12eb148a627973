//===- usage.c - What a program takes -----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage FILE PROGRAM ARGUMENTS...: runs it and writes its seconds of CPU and the KiB
// of its largest resident set to FILE. The kernel counts what a process had before it
// became the program, too; so this one is small.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  int child = fork();
  if (child == 0) {
    execv(argv[2], argv + 2);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) != child)
    return 2;
  FILE *file = fopen(argv[1], "w");
  if (!file)
    return 2;
  fprintf(file, "%f %ld\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
          usage.ru_maxrss);
  if (fclose(file))
    return 2;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
