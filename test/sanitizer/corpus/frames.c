//===- frames.c - Locals that are copied --------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The end of a local is a conflict: at a return, and of a scope.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

static char pool[4096];

__attribute__((noinline)) static void fill(char *to, const char *from) {
  char text[64];
  memset(text, 0, sizeof(text));
  strncpy(text, from, sizeof(text) - 1);
  amemcpy(to, text, sizeof(text));
  csync(text, sizeof(text)); //! return-before-csync left whole
} //@ left

__attribute__((noinline)) static int choose(const char *from, int way) {
  char text[64];
  amemcpy(text, from, sizeof(text));
  if (way == 1) {
    csync(text, sizeof(text)); //! return-before-csync one whole
    return 1;                  //@ one
  }
  if (way == 2) {
    csync(text, sizeof(text)); //! read-before-csync two
    return text[1];            //@ two
  }
  csync(text, sizeof(text)); //! return-before-csync three whole
  return 3;                  //@ three
}

__attribute__((noinline)) static int variable(size_t n) {
  char text[n];
  amemcpy(text, pool, n);
  csync(text, n);     //! read-before-csync vla
  return text[n / 2]; //@ vla
}

int main(void) {
  fill(pool, "some text");
  int letters = pool[0] + pool[1]; // Came with its source.
  for (int way = 1; way <= 3; ++way)
    letters += choose(pool, way);
  printf("%d %d\n", letters, variable(10));
}
