//===- chain.c - Chains and overlaps ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of copies need no csync; one csync takes along what it depends on.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

static char a[1000], b[1000], c[1000], d[1000];

int main(void) {
  memset(a, 'a', sizeof(a));
  memset(d, 'd', sizeof(d));
  amemcpy(b, a, sizeof(a));
  amemcpy(c, b, sizeof(a));
  csync(c, sizeof(c));  //! read-before-csync chained whole
  int chained = c[999]; //@ chained
  csync(b, sizeof(b));
  memset(a, 'x', sizeof(a));
  amemcpy(c, a, 600);
  amemcpy(c + 400, d, 600); // Two copies meet in the middle.
  csync(c + 400, 600);      //! read-before-csync tail
  int middle = c[500];      //@ tail
  csync(c, 400);            //! read-before-csync head
  int head = c[300];        //@ head
  amemcpy(b, a, 500);
  amemcpy(b, d, 500); // The second one wins.
  csync(b, 500);      //! read-before-csync winner
  int winner = b[7];  //@ winner
  amemmove(c + 10, c, 900);
  csync(c + 10, 900); //! read-before-csync moved
  int moved = c[10];  //@ moved
  printf("%c%c%c%c%c\n", chained, middle, head, winner, moved);
}
