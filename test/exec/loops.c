//===- loops.c - Copies that a later iteration reads or overwrites ------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %{port}
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <string.h>

enum { ROWS = 40, ROW = 100 };
static unsigned char rows[ROWS + 1][ROW];

/// Every row is the last one, changed: as in image filters.
static void filter(int step) {
  for (int r = 0; r != ROWS; ++r) {
    memcpy(rows[r + 1], rows[r], ROW);
    for (int i = 0; i < ROW; i += step)
      rows[r + 1][i] =
          (unsigned char)(rows[r + 1][i] * 3 + rows[r][(i + 1) % ROW]);
  }
}

/// The loop reads at i what the copy of the last iteration put there.
static unsigned long shift(unsigned char *d, const unsigned char *s, int n) {
  unsigned long hash = 5381;
  for (int i = 0; i != n; ++i) {
    hash = hash * 33 + d[i];
    memcpy(d + i + 1, s + i, 7);
  }
  return hash;
}

/// A ring: the destination wraps around.
static unsigned long ring(void) {
  static unsigned char buffer[64];
  unsigned char piece[24];
  unsigned long hash = 5381;
  int at = 0;
  for (int i = 0; i != 100; ++i) {
    memset(piece, i, sizeof(piece));
    int first = at + 24 > 64 ? 64 - at : 24;
    memcpy(buffer + at, piece, (size_t)first);
    memcpy(buffer, piece + first, (size_t)(24 - first));
    at = (at + 24) % 64;
    if (i % 7 == 0)
      hash = hash * 33 + buffer[(at + 60) % 64];
  }
  return hash;
}

/// Leaves the loop in the middle, or not at all.
static int search(const unsigned char *s, int n, unsigned char what) {
  unsigned char window[16];
  for (int i = 0; i + 16 < n; i += 16) {
    memcpy(window, s + i, 16);
    if (memchr(window, what, 16))
      return i;
    if (window[3] == 255)
      continue;
  }
  return -1;
}

int main(void) {
  for (int i = 0; i != ROW; ++i)
    rows[0][i] = (unsigned char)(i * 7);
  filter(1);
  filter(5);
  unsigned long hash = 0;
  for (int r = 0; r <= ROWS; ++r)
    for (int i = 0; i != ROW; ++i)
      hash = hash * 31 + rows[r][i];
  printf("%lu %lu %lu\n", hash, shift(rows[3], rows[20], 300), ring());
  printf("%d %d\n", search(rows[5], 2000, 200), search(rows[1], 500, 3));
}
