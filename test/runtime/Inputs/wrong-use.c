//===- wrong-use.c - Mistakes that checkers of memory must find ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: wrong-use no-csync|too-long|never-written
//
// To show that a run of libcopier under such a checker can fail.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };

int main(int argc, char **argv) {
  const char *mistake = argc == 2 ? argv[1] : "";
  char *from = calloc(1, SIZE + 1);
  char *written = malloc(SIZE);
  char *to = malloc(SIZE);
  volatile char *last = to + SIZE - 1;
  memset(written, 'x', SIZE);
  amemcpy(to, strcmp(mistake, "never-written") ? written : malloc(SIZE), SIZE);
  // Looks until the service has copied.
  for (int i = 0; strcmp(mistake, "no-csync") == 0 && *last != 'x'; ++i) {
    if (i == 10000)
      return puts("never copied"), 1;
    usleep(1000);
  }
  csync(to, SIZE);
  if (strcmp(mistake, "too-long") == 0) {
    amemcpy(to, from, SIZE + 1);
    csync(to, SIZE + 1);
  }
  puts(to[SIZE / 3] ? "something" : "nothing");
}
