//===- stream.c - Rows that are used segment by segment -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops over what has been copied, each with the csync of its own part.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 64, COLUMNS = 100 };
static int image[ROWS][COLUMNS], previous[ROWS][COLUMNS], out[ROWS][COLUMNS];

static void filter(void) {
  amemcpy(previous, image, sizeof(image));
  for (int y = 0; y != ROWS; ++y) {
    csync(previous[y], sizeof(previous[y])); //! read-before-csync filter whole
    for (int x = 0; x != COLUMNS; ++x)
      out[y][x] = previous[y][x] * 2 + y; //@ filter
  }
}

static long sum(void) {
  long total = 0;
  for (int y = ROWS - 1; y >= 0; --y)
    for (int x = COLUMNS - 1; x >= 0; --x)
      total += out[y][x];
  return total;
}

int main(void) {
  for (int y = 0; y != ROWS; ++y)
    for (int x = 0; x != COLUMNS; ++x)
      image[y][x] = x ^ y;
  filter();
  long total = sum();
  amemcpy(out, image, sizeof(out));
  csync(image, sizeof(image)); //! source-write-before-csync clear whole
  for (int y = 0; y != ROWS; ++y)
    for (int x = 0; x != COLUMNS; ++x)
      image[y][x] = 0; //@ clear
  printf("%ld %ld %d\n", total, sum(), image[3][3]);
}
