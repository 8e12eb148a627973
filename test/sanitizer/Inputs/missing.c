//===- missing.c - A port without a single csync ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All kinds of places where one is missing: conditions of loops, bodies without
// braces, arguments, returns. What prints comes first, in case copies are late.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair {
  int first, second;
};

static struct pair pairs[10], others[10];
static char text[100], copy[100];

static int condition(const char *s) {
  int n = 0;
  while (*s && s[0] != 'z')
    ++n, ++s;
  return n;
}

static int bodies(int which) {
  if (which)
    others[1].first += 5;
  else
    others[2].second = 7;
  for (int i = 0; i != 10; ++i)
    which += others[i].first > 2 ? others[i].second : 1;
  return which;
}

static long chars(char *p) {
  long sum = 0;
  for (int i = 0; i != 10; ++i)
    sum = sum * 3 + *p++;
  return sum;
}

static int local(int way) {
  char buffer[64];
  amemcpy(buffer, text, sizeof(buffer));
  if (way)
    return 1;
  return 2;
}

int main(void) {
  strcpy(text, "a text of some length that ends with z");
  for (int i = 0; i != 10; ++i)
    pairs[i] = (struct pair){i, i * i};
  amemcpy(copy, text, sizeof(text));
  printf("%d\n", condition(copy));
  amemcpy(others, pairs, sizeof(pairs));
  printf("%d %d\n", bodies(1), bodies(0));
  amemcpy(copy, text, 50);
  printf("%ld\n", chars(copy));
  amemcpy(copy, text, 50);
  int same = memcmp(copy, text, 50) == 0 && strlen(copy) > 10;
  char *block = malloc(300);
  amemcpy(block, text, 80);
  char first = block[0];
  amemcpy(block + 100, text, 90);
  block = realloc(block, 1000);
  amemcpy(others, pairs, sizeof(pairs));
  struct pair moved = others[3];
  pairs[4] = moved;
  printf("%d %c %d %d\n", same, first, moved.second, local(1) + local(0));
  amemcpy(block, text, 80);
  free(block);
}
