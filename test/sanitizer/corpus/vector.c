//===- vector.c - A growable array --------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Growing copies to the new block; the old one is freed.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>

struct vector {
  long *items;
  size_t count, room;
};

static void grow(struct vector *v) {
  size_t room = v->room ? v->room * 2 : 4;
  long *items = malloc(room * sizeof(*items));
  size_t bytes = v->count * sizeof(*items);
  amemcpy(items, v->items, bytes);
  if (v->items) {
    csync(v->items, bytes); //! free-before-csync old whole
    free(v->items);         //@ old
  }
  v->items = items;
  v->room = room;
}

static void push(struct vector *v, long item) {
  if (v->count == v->room)
    grow(v);
  v->items[v->count++] = item;
}

static long sum(const struct vector *v) {
  long total = 0;
  for (size_t i = 0; i != v->count; ++i)
    total += v->items[i]; //@ sum
  return total;
}

int main(void) {
  struct vector v = {0}, copy = {0};
  for (long i = 0; i != 1000; ++i)
    push(&v, i * i);
  copy.items = malloc(v.count * sizeof(long));
  copy.count = v.count;
  amemcpy(copy.items, v.items, v.count * sizeof(long));
  long first = sum(&v); // Reading a source is no conflict.
  csync(copy.items, copy.count * sizeof(long)); //! read-before-csync sum whole
  printf("%ld %ld\n", first, sum(&copy));
  free(copy.items);
  free(v.items);
}
