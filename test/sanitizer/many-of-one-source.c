//===- many-of-one-source.c - More copies than a shadow counts ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// 70000 copies of the same bytes are pending: the shadow counts to 65535. When
// they are csynced, these may be written, and the next copy of them counts.
//
// RUN: %copsan -O1 %s -o %t
// RUN: not %t 2>&1 | FileCheck %s
// CHECK: written
// CHECK-NOT: written again
// CHECK: ERROR: CopierSanitizer: source-write-before-csync
// CHECK: SUMMARY: CopierSanitizer: source-write-before-csync {{.*}}many-of-one-source.c:[[#@LINE+23]] in main
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>

#define COPIES 70000

static volatile char from[2];
static char to[COPIES + 1][2];

static void copy(int i) { amemcpy(to[i], (const void *)from, sizeof(from)); }

int main(void) {
  for (int i = 0; i != COPIES; ++i)
    copy(i);
  for (int i = 0; i != COPIES; i += 2)
    csync(to[i], sizeof(to[i]));
  csync((const void *)from, sizeof(from));
  from[0] = 1;
  fprintf(stderr, "written\n");
  copy(COPIES);
  from[0] = 2;
  fprintf(stderr, "written again\n");
  return 0;
}
