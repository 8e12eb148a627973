//===- jumps.c - Frames that are left by longjmp ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// And what is csynced before.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static jmp_buf top;
static char kept[256];

__attribute__((noinline)) static void leave(int code) {
  char text[256];
  memset(text, code, sizeof(text));
  amemcpy(kept, text, sizeof(text));
  csync(text, sizeof(text)); //! return-before-csync jump whole
  longjmp(top, code);        //@ jump
}

int main(void) {
  int code = setjmp(top);
  if (code == 0)
    leave(42);
  csync(kept, sizeof(kept));
  printf("%d %d\n", code, kept[0]);
}
