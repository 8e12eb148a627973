//===- endless-csync.c - A csync of whatever comes ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// CopierGen does not know how long a string is, and csyncs from its beginning
// on, without an end: all of that is released, and nothing before it.
//
// RUN: %copsan -O1 %s -o %t
// RUN: %t all | FileCheck %s --check-prefix=ALL
// ALL: x 12
// RUN: not %t rest 2>&1 | FileCheck %s --check-prefix=REST
// REST: ERROR: CopierSanitizer: read-before-csync
// REST: is at offset 7 of the destination of a pending copy of 16 bytes
// REST-NOT: rest:
//
// RUN: %copsan -O2 -fcopier -fcopier-min-size=1 -fcopier-scope=program %s \
// RUN:   -o %t.generated
// RUN: %t.generated all | FileCheck %s --check-prefix=ALL
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char from[16] = "xxxxxxxxxxxxxxx", to[16];

/// As redis reads a number and its unit.
__attribute__((noinline)) static unsigned long number(const char *text) {
  char digits[32];
  size_t n = strspn(text, "0123456789");
  if (n >= sizeof(digits))
    return 0;
  memcpy(digits, text, n);
  digits[n] = '\0';
  return strtoul(digits, NULL, 10);
}

int main(int argc, char **argv) {
  if (argc < 2)
    return 2;
  int is_all = strcmp(argv[1], "all") == 0;
  amemcpy(to, from, sizeof(to));
  csync(to + (is_all ? 0 : 8), SIZE_MAX);
  putchar(to[8]);
  if (!is_all)
    printf("rest: %c\n", to[7]);
  printf(" %lu\n", number(is_all ? "12b" : "1b"));
  return 0;
}
