//===- jumps.c - setjmp, longjmp, exit handlers, computed goto, tail calls ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %{port}
//
//===----------------------------------------------------------------------===//

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf escape;
static char shared[256];

__attribute__((noinline)) static void leave(int how) {
  if (how)
    longjmp(escape, how);
}

/// Copies, and never comes back to its end.
__attribute__((noinline)) static void copy_and_leave(const char *text) {
  memcpy(shared, text, strlen(text) + 1);
  leave(2);
}

static int jump(void) {
  char local[256];
  memcpy(local, shared, sizeof(local));
  int how = setjmp(escape);
  if (how == 0)
    copy_and_leave("left by longjmp");
  memcpy(local, shared, sizeof(local));
  printf("%d %s\n", how, local);
  return how;
}

/// A small interpreter: 'c' copies, 'p' prints, 'x' ends.
static void interpret(const char *program) {
  static const void *const labels[] = {&&copy, &&print, &&end};
  char text[64] = "start";
  int position = 0;
next:
  goto *labels[program[position] == 'c' ? 0 : program[position] == 'p' ? 1 : 2];
copy:
  memcpy(text + position, program, strlen(program) + 1);
  ++position;
  goto next;
print:
  printf("%s\n", text);
  ++position;
  goto next;
end:
  return;
}

__attribute__((noinline)) static int last(char *to) { return puts(to); }

__attribute__((noinline)) static int tail(char *to, const char *from,
                                          size_t n) {
  memcpy(to, from, n);
  return last(to);
}

static void at_exit(void) { printf("at exit: %s\n", shared); }

int main(void) {
  char buffer[64];
  atexit(at_exit);
  jump();
  interpret("ccpcpcxxc");
  tail(buffer, "by a tail call", 15);
  memcpy(shared, "copied last", 12);
  exit(2 - jump());
}
