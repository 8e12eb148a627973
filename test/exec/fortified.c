//===- fortified.c - Copies that check their size ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The builtins stand for what _FORTIFY_SOURCE makes of the copying functions, at
// every level. A copy beyond its limit aborts; the handler sees all earlier ones.
//
// RUN: %{port}
// RUN: %{port} -D_FORTIFY_SOURCE=3 -Wno-#warnings
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { Size = 600 };

static char first[Size], second[Size], text[4 * Size];
static sigjmp_buf escape;

static void escape_from_abort(int number) { siglongjmp(escape, number); }

/// The copy into `first` is pending when the next one fails, or does not.
__attribute__((noinline)) static char *copy_two(size_t n, size_t m) {
  __builtin___memcpy_chk(first, text + 1, n, Size);
  return __builtin___mempcpy_chk(second, text + 2, m, Size);
}

__attribute__((noinline)) static void move(char *place, size_t n, size_t room) {
  __builtin___memmove_chk(place + 3, place, n, room - 3);
  place[0] = '!';
}

/// Everything fits, exactly.
static void copy_within(void) {
  char *end = copy_two(Size, Size);
  printf("%td %.20s %.20s\n", end - second, first, second);
  move(first, Size - 3, Size);
  printf("%.20s %.5s\n", first, first + Size - 5);
  end = mempcpy(mempcpy(second, text, 7), text + 9, 7);
  *end = 0;
  printf("%s\n", second);
}

__attribute__((noinline)) static void copy_beyond(size_t n) {
  memset(first, '-', Size);
  if (sigsetjmp(escape, 1) == 0)
    copy_two(n, Size + 1);
  else
    printf("caught: %.20s %.20s\n", first, second);
}

/// What a child that copies too much dies of.
static void die(void) {
  pid_t child = fork();
  if (child == 0) {
    freopen("/dev/null", "w", stderr);
    signal(SIGABRT, SIG_DFL);
    move(second, Size - 2, Size);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("%d %d\n", WIFSIGNALED(status), WTERMSIG(status) == SIGABRT);
}

int main(int argc, char **argv) {
  (void)argv;
  for (int i = 0; i != (int)sizeof(text); ++i)
    text[i] = (char)('a' + i * argc % 26);
  copy_within();
  fflush(stdout);
  die();
  signal(SIGABRT, escape_from_abort);
  freopen("/dev/null", "w", stderr); // glibc says why it aborts.
  copy_beyond(Size);
}
