//===- tail-called-libcall.c - A call of libc that ends a function --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The place of the error is the caller of the libc function, also where that
// is the last thing that the caller does: libpng's png_free lost its frame.
//
// RUN: %copsan -O2 %s -o %t && not %t 2>&1 | FileCheck %s
// CHECK: #1 {{.*}} in main
// CHECK: SUMMARY: CopierSanitizer: free-before-csync {{.*}}tail-called-libcall.c:[[# @LINE + 7]] in release
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdlib.h>

__attribute__((noinline)) static void release(void *block) { free(block); }

static char source[100];

int main(void) {
  char *block = malloc(sizeof(source));
  amemcpy(block, source, sizeof(source));
  release(block);
  return 0;
}
