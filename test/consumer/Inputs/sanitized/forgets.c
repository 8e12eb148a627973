//===- forgets.c - A program that lacks a csync ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <sanitizer/copsan_interface.h>
#include <stdio.h>

static char source[100], destination[100];

int main(void) {
  amemcpy(destination, source, sizeof(source));
  printf("%zu bytes are pending\n", __copsan_pending_bytes());
  fflush(stdout);
  return destination[99];
}
