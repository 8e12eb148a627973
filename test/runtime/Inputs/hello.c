//===- hello.c - Copies one string and prints it ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests of the environment; both the copy and the csync are called once.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>

int main(void) {
  char text[8];
  amemcpy(text, "hello", 6);
  csync(text, 6);
  puts(text);
}
