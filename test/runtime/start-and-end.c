//===- start-and-end.c - Copies before main, and after it -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// amemcpy and csync in constructors, atexit handlers and destructors, of the
// program and of a shared object; linked with either library.
//
// RUN: %clang -O2 -fPIC -shared -DLIBRARY %s %libcopier -o %t.so
// RUN: %clang -O2 %s %libcopier %t.so -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: %clang -O2 -I%prefix/include %s %prefix/lib/libcopier.a -o %t.static
// RUN: %run-backends %t.static | FileCheck %s --check-prefix=ALONE
// Nothing can be preloaded there, so there is no kernel service.
// RUN: %clang -O2 -static -I%prefix/include %s %prefix/lib/libcopier.a -o %t.full
// RUN: %run-backends --only=inline,thread,adversary:never,adversary:reverse %t.full | FileCheck %s --check-prefix=ALONE
// CHECK: library before main: right
// CHECK-NEXT: before main: right
// CHECK-NEXT: main: right
// CHECK-NEXT: atexit: right
// CHECK-NEXT: after main: right
// CHECK-NEXT: library after main: right
// ALONE-NOT: library
// ALONE: before main: right
// ALONE-NEXT: main: right
// ALONE-NEXT: atexit: right
// ALONE-NEXT: after main: right
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <unistd.h>

#ifdef LIBRARY
#define PLACE "library "
void in_library(void) {}
#else
#define PLACE ""
#endif

enum { SIZE = 100000 };
static char source[SIZE], destination[SIZE], left[SIZE];

/// Writes at once: stdio may be closed.
static void check(const char *when) {
  fill(source, SIZE, 1);
  memset(destination, 0, SIZE);
  amemcpy(destination, source, SIZE);
  amemcpy(left, destination, SIZE);
  csync(destination, SIZE);
  char line[100];
  int length = snprintf(line, sizeof(line), PLACE "%s: %s\n", when,
                        is_filled(destination, SIZE, 1) ? "right" : "wrong");
  if (write(STDOUT_FILENO, line, (size_t)length) != length)
    _exit(9);
  csync(source, SIZE);
}

__attribute__((constructor)) static void before(void) { check("before main"); }
__attribute__((destructor)) static void after(void) { check("after main"); }

#ifndef LIBRARY
extern void in_library(void) __attribute__((weak));

static void at_exit(void) { check("atexit"); }

int main(void) {
  if (in_library)
    in_library();
  atexit(at_exit);
  check("main");
  return 0;
}
#endif
