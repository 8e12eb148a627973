//===- refused-calls.c - What a refused call leaves behind ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A call that names a queue and is refused, or has nothing to do, concerns
// nothing: neither the next call for the same address, nor what is pending.
//
// RUN: %copsan -O1 %s -o %t && %t
// Of another queue than the copy's: it stays pending.
// RUN: not %t destroy 2>&1 | FileCheck %s
// RUN: not %t try 2>&1 | FileCheck %s
// RUN: not %t other 2>&1 | FileCheck %s
// CHECK: ERROR: CopierSanitizer: read-before-csync
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <copier/entry_points.h>
#include <string.h>

#define NO_QUEUE 12345

static char a[1000], b[1000], c[1000];
static volatile char sink;

/// What is refused must be, or the test shows nothing.
static void expect(int result, int expected) {
  if (result != expected)
    __builtin_trap();
}

/// csync that was once of one queue is of all.
static void check_csync(int queue) {
  _amemcpy(b, a, sizeof(b), queue, NULL, NULL, 0, 0);
  expect(_csync((size_t)b, sizeof(b), NO_QUEUE, NULL, 0), -1);
  csync(b, sizeof(b));
  sink = b[999];
  _amemcpy(b, a, sizeof(b), queue, NULL, NULL, 0, 0);
  expect(_csync((size_t)b, sizeof(b), -1, NULL, ~0u), -1);
  csync(b, sizeof(b));
  sink = b[999];
  _amemcpy(b, a, sizeof(b), queue, NULL, NULL, 0, 0);
  expect(_csync((size_t)b, 0, -1, NULL, 0), 0);
  csync(b, sizeof(b));
  sink = b[999];
}

/// Copies of the default queue, that were once of another one.
static void check_amemcpy(int queue) {
  expect(_amemcpy(b, a, sizeof(b), NO_QUEUE, NULL, NULL, 0, 0), -1);
  amemcpy(b, a, sizeof(b));
  _csync((size_t)b, sizeof(b), -1, NULL, 0);
  sink = b[999];
  expect(_amemmove(b, a, 0, queue, NULL, NULL, 0, 0), 0);
  amemcpy(b, a, sizeof(b));
  _csync((size_t)b, sizeof(b), -1, NULL, 0);
  sink = b[999];
}

/// Copies that are not lazy: a csync of the copy from it completes them.
static void check_lazy(void) {
  __copier_amemcpy_hinted(b, a, 0, NULL, COPIER_HINT_LAZY, 0);
  amemcpy(b, a, sizeof(b));
  amemcpy(c, b, sizeof(c));
  csync(c, sizeof(c));
  sink = b[999];
  expect(_amemcpy(b, b, 10, -1, NULL, NULL, 0, COPIER_LAZY), 0);
  amemcpy(b, a, sizeof(b));
  amemcpy(c, b, sizeof(c));
  csync(c, sizeof(c));
  sink = b[999];
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  int queue = copier_create_queue(16);
  check_csync(queue);
  check_amemcpy(queue);
  check_lazy();
  amemcpy(b, a, sizeof(b));
  if (strcmp(what, "destroy") == 0)
    expect(copier_destroy_queue(-1), -1);
  else if (strcmp(what, "try") == 0)
    expect(_csync((size_t)b, sizeof(b), queue, NULL, COPIER_TRY), 0);
  else if (strcmp(what, "other") == 0)
    expect(_csync((size_t)b, sizeof(b), queue, NULL, 0), 0);
  else
    csync(b, sizeof(b));
  sink = b[999];
  return 0;
}
