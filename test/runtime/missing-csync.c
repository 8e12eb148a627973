//===- missing-csync.c - Each missing csync is found by adversary:never ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The three conflicts, each without its csync: the result is wrong every time.
// With it, beside, all is well.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: env COPIER_BACKEND=adversary:never not %t read | FileCheck %s
// RUN: env COPIER_BACKEND=adversary:never not %t write | FileCheck %s
// RUN: env COPIER_BACKEND=adversary not --crash %t source 2>&1 | FileCheck %s --check-prefix=SOURCE
// RUN: env COPIER_BACKEND=inline %t read
// RUN: %run-backends %t read csync
// RUN: %run-backends %t write csync
// RUN: %run-backends %t source csync
// CHECK: wrong
// SOURCE: the source of a pending copy was written without a csync before
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

static char source[50000], destination[50000];

int main(int argc, char **argv) {
  const char *conflict = argv[1];
  size_t covered = argc > 2 ? sizeof(source) : 0;
  memset(source, 's', sizeof(source));
  amemcpy(destination, source, sizeof(source));
  if (strcmp(conflict, "read") == 0) {
    csync(destination, covered);
    if (destination[100] == 's')
      return puts("right") < 0;
  } else {
    int write = strcmp(conflict, "write") == 0;
    csync(write ? destination : source, covered);
    (write ? destination : source)[100] = 'n';
    csync_all();
    if (destination[100] == (write ? 'n' : 's'))
      return puts("right") < 0;
  }
  puts("wrong");
  return 1;
}
