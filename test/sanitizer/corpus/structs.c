//===- structs.c - Structs that are copied and changed ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fields beside each other in eight bytes: only what is pending counts.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>

struct node {
  char tag, flag;
  short kind;
  int value;
  struct node *next;
};

static struct node *clone(const struct node *n) {
  struct node *copy = malloc(sizeof(*copy));
  amemcpy(copy, n, sizeof(*copy));
  csync(copy, sizeof(*copy)); //! write-before-csync link whole
  copy->next = NULL;          //@ link
  return copy;
}

int main(void) {
  struct node a = {'a', 1, 2, 3, NULL}, b = {'b', 4, 5, 6, &a};
  struct node *c = clone(&b);
  amemcpy(&c->kind, &a.kind, sizeof(c->kind));
  c->flag = 9; // A neighbour.
  int before = c->value;
  csync(&c->kind, sizeof(c->kind)); //! read-before-csync kind whole
  int kind = c->kind;               //@ kind
  amemcpy(&c->value, &a.value, sizeof(int));
  csync(&c->value, sizeof(int)); //! read-before-csync add whole
  c->value += 10;                //@ add
  struct node d;
  amemcpy(&d, c, sizeof(d));
  csync(&d, sizeof(d)); //! read-before-csync assign whole
  a = d;                //@ assign
  amemcpy(&d, &b, sizeof(d));
  csync(&b, sizeof(b)); //! source-write-before-csync set
  b.tag = 'z';          //@ set
  printf("%d %d %d %d %c %c\n", before, kind, c->value, a.value, d.tag, b.tag);
  free(c);
}
