//===- copies-of-nothing.c - What compilers make of pointers to nothing ---===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy of no bytes may be from and to NULL, and a compiler must not conclude
// from it that the pointers are something else.
//
// RUN: gcc -O2 %s %libcopier -o %t && %run-backends %t | FileCheck %s
// RUN: g++ -x c++ -O2 %s %libcopier -o %t && %run-backends %t | FileCheck %s
// RUN: %clang -O2 %s %libcopier -o %t && %run-backends %t | FileCheck %s
// RUN: %clang -O1 -fsanitize=undefined -fno-sanitize-recover=all %s %libcopier -o %t && %run-backends %t | FileCheck %s
// CHECK: nothing nothing nothing nothing{{$}}
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>

#define CASE __attribute__((noinline)) static

CASE const char *copy(char *p, const char *q, size_t n) {
  amemcpy(p, q, n);
  return p || q ? "something" : "nothing";
}

CASE const char *move(char *p, const char *q, size_t n) {
  amemmove(p, q, n);
  return p || q ? "something" : "nothing";
}

CASE const char *sync(const char *p, size_t n) {
  csync(p, n);
  return p ? "something" : "nothing";
}

CASE const char *drop(const char *p, size_t n) {
  copier_abort(p, n);
  return p ? "something" : "nothing";
}

int main(int argc, char **argv) {
  char *p = argc > 1 ? argv[1] : NULL;
  size_t n = (size_t)argc - 1;
  printf("%s %s %s %s\n", copy(p, p, n), move(p, p, n), sync(p, n), drop(p, n));
  return 0;
}
