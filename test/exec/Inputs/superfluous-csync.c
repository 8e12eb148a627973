//===- superfluous-csync.c - A csync that nobody misses -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// That of copy_in_vain: nothing looks at what it copied.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <string.h>

static char source[10000], destination[10000], unused[10000];

__attribute__((noinline)) void copy(char *d, const char *s) {
  memcpy(d, s, 10000);
}

__attribute__((noinline)) void copy_in_vain(char *d, const char *s) {
  memcpy(d, s, 10000);
}

int main(void) {
  memset(source, 's', sizeof(source));
  copy_in_vain(unused, source);
  copy(destination, source);
  printf("%.10s\n", destination);
}
