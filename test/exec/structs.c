//===- structs.c - Structures by value, in arrays, returned and swapped ===//
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

struct big {
  int values[300];
  struct {
    char name[20];
    double weight;
  } tail;
};

static struct big make(int seed) {
  struct big b;
  memset(&b, 0, sizeof(b));
  for (int i = 0; i != 300; ++i)
    b.values[i] = seed * i;
  snprintf(b.tail.name, sizeof(b.tail.name), "big %d", seed);
  b.tail.weight = seed / 3.0;
  return b;
}

__attribute__((noinline)) static long sum(struct big b) {
  long result = 0;
  for (int i = 0; i != 300; ++i)
    result += b.values[i];
  b.values[0] = 99; // a copy of the caller's
  return result + b.values[0];
}

__attribute__((noinline)) static void swap(struct big *a, struct big *b) {
  struct big t = *a;
  *a = *b;
  *b = t;
}

__attribute__((noinline)) static void rotate(struct big *all, int n) {
  struct big first = all[0];
  for (int i = 0; i + 1 != n; ++i)
    all[i] = all[i + 1];
  all[n - 1] = first;
}

int main(void) {
  struct big all[5];
  for (int i = 0; i != 5; ++i)
    all[i] = make(i + 1);
  swap(&all[0], &all[3]);
  swap(&all[2], &all[2]);
  rotate(all, 5);
  for (int i = 0; i != 5; ++i)
    printf("%s %ld %f\n", all[i].tail.name, sum(all[i]), all[i].tail.weight);
}
