//===- known-stacks.c - A stack that only begins like one before ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stacks are kept and found again by where they begin. These begin in the same
// place, and differ further out.
//
// RUN: %copsan -O1 -fno-optimize-sibling-calls %s -o %t
// RUN: not %t 0 2>&1 | FileCheck %s --check-prefixes=CHECK,FIRST
// RUN: not %t 1 2>&1 | FileCheck %s --check-prefixes=CHECK,SECOND
// RUN: not %t 2 2>&1 | FileCheck %s --check-prefixes=CHECK,DEEP
// CHECK: submitted by thread T0 here:
// CHECK-NEXT: in submit {{.*}}known-stacks.c
// FIRST-NEXT: in first {{.*}}known-stacks.c
// SECOND-NEXT: in second {{.*}}known-stacks.c
// DEEP-NEXT: in deep {{.*}}known-stacks.c
// DEEP-NEXT: in deep {{.*}}known-stacks.c
// CHECK-NEXT: in call {{.*}}known-stacks.c
// CHECK-NEXT: in main {{.*}}known-stacks.c
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdlib.h>
#include <string.h>

static char a[100], b[100];

__attribute__((noinline)) static void submit(void) { amemcpy(b, a, sizeof(b)); }

__attribute__((noinline)) static void first(void) { submit(); }
__attribute__((noinline)) static void second(void) { submit(); }

/// A frame is as large as it is told.
__attribute__((noinline)) static void deep(int depth, int size) {
  volatile char room[size];
  room[0] = 1;
  if (depth)
    deep(depth - 1, 16);
  else
    submit();
}

__attribute__((noinline)) static void call(int way) {
  if (way == 0)
    first();
  else if (way == 1)
    second();
  else
    deep(way - 1, 16 * way);
}

int main(int argc, char **argv) {
  int last = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 0; i != 40; ++i) {
    call(i % 4);
    csync_all();
  }
  call(last);
  return b[5];
}
