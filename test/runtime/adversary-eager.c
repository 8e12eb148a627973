//===- adversary-eager.c - What relies on a copy being late ---------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy that is submitted too early, before its source is complete or while
// its destination still matters: unnoticed where copies are made late.
//
// RUN: %clang -O1 %s %libcopier -o %t
// RUN: env COPIER_BACKEND=adversary:eager not %t source
// RUN: env COPIER_BACKEND=adversary:eager not %t destination
// RUN: %run-backends %t source csync
// RUN: %run-backends %t destination csync
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

static char source[5000] = "old", destination[5000] = "kept";

int main(int argc, char **argv) {
  int is_source = !strcmp(argv[1], "source");
  int is_right = argc > 2;
  char kept[5];
  if (is_right) {
    strcpy(is_source ? source : kept, is_source ? "new" : destination);
    amemcpy(destination, source, sizeof(source));
  } else {
    amemcpy(destination, source, sizeof(source));
    strcpy(is_source ? source : kept, is_source ? "new" : destination);
  }
  csync(destination, sizeof(destination));
  int right = is_source ? !strcmp(destination, "new") : !strcmp(kept, "kept");
  puts(right ? "right" : "wrong");
  return !right;
}
