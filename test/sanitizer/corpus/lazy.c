//===- lazy.c - What a csync takes along, and what stays ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of a chain of ordinary copies, the csync of the end completes what lies in
// between; a lazy copy there stays pending until it is csynced itself.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

static char a[1000], b[1000], c[1000], d[1000];

static void copy_lazily(void *dst, const void *src, size_t n) {
  _amemcpy(dst, src, n, -1, NULL, NULL, 0, COPIER_LAZY);
}

int main(void) {
  memset(a, 'a', sizeof(a));
  amemcpy(b, a, sizeof(a));
  amemcpy(c, b, sizeof(a));
  amemcpy(d, c, sizeof(a));
  csync(d, sizeof(d));  //! read-before-csync ordinary
  int between = b[700]; //@ ordinary
  memset(a, 'x', 1000);
  copy_lazily(b, a, 1000);
  amemcpy(c, b, 1000);
  csync(c, 1000);
  int end = c[999];
  csync(b, 1000);      //! read-before-csync lazy whole
  int middle = b[999]; //@ lazy
  copy_lazily(b, a, 1000);
  amemcpy(c, b, 1000);
  csync(c, 1000);
  csync(a, 1000);       //! source-write-before-csync overwritten whole
  memset(a, 'y', 1000); //@ overwritten
  amemcpy(b, a, 1000);
  copy_lazily(c, b, 1000);
  amemcpy(d, c, 1000);
  csync(d, 1000);
  csync(b, 1000);       //! read-before-csync behind whole
  int behind = b[999];  //@ behind
  memset(c, 'z', 1000); // Came with its source.
  // An older lazy copy into the same bytes is over when the newer one is.
  copy_lazily(b, a, 1000);
  amemcpy(b, c, 500);
  csync(c, 500);      //! read-before-csync newer
  int newer = b[499]; //@ newer
  csync_all();
  printf("%c%c%c%c%c\n", between, end, middle, behind, newer);
}
