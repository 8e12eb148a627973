//===- program.c - A program that uses libcopier --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Uses all of copier.h that is inline, from two translation units.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C"
#endif
    int finish_copy(const char *dst, size_t n);

enum { SIZE = 100000 };
static char from[SIZE], to[SIZE];

int main(void) {
  struct copier_descr *descr =
      (struct copier_descr *)malloc(copier_descr_bytes(SIZE, 4096));
  if (!descr || copier_descr_init(descr, SIZE, 4096) != 0)
    return 1;
  memset(from, 'f', SIZE);
  amemcpy(to, from, SIZE);
  csync(to, 1);
  printf("%c %d\n", to[0], finish_copy(to, SIZE));
  if (_amemcpy(to, from, SIZE, -1, NULL, descr, 0, COPIER_LAZY) != 0 ||
      _csync(0, SIZE, -1, descr, 0) != 0)
    return 1;
  free(descr);
  csync_all();
  void (*by_address)(const void *, size_t) = csync;
  by_address(from, SIZE);
  puts("done");
  return 0;
}
