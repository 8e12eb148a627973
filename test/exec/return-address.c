//===- return-address.c - A function that asks who has called it --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// It leaves a copy pending, and is called by its address, from two places: they
// must not look like one, the function's other entry.
//
// RUN: %clang -O2 %s -o %t.ref
// RUN: %copier-clang -O2 -fcopier -fcopier-min-size=1 -fcopier-scope=program %s -o %t
// RUN: %run-backends --ref=%t.ref %t | FileCheck %s
// CHECK: two places
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <string.h>

enum { SIZE = 1000 };
static char from[SIZE], to[SIZE];

__attribute__((noinline)) static void *copy_and_tell(char *dst, char *src) {
  memcpy(dst, src, SIZE);
  return __builtin_return_address(0);
}

static void *(*volatile by_address)(char *, char *) = copy_and_tell;

int main(void) {
  memset(from, 'x', SIZE);
  void *first = by_address(to, from);
  void *second = by_address(to, from);
  copy_and_tell(from, to);
  printf("%s %c\n", first == second ? "one place" : "two places", to[SIZE - 1]);
  return 0;
}
