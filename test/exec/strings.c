//===- strings.c - A growing text buffer: realloc, terminators, formatting ===//
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
#include <stdlib.h>
#include <string.h>

struct text {
  char *bytes;
  size_t length, capacity;
};

static void append(struct text *t, const char *what, size_t n) {
  if (t->length + n + 1 > t->capacity) {
    t->capacity = (t->length + n + 1) * 2;
    t->bytes = realloc(t->bytes, t->capacity);
  }
  memcpy(t->bytes + t->length, what, n);
  t->length += n;
  t->bytes[t->length] = '\0';
}

/// The copied bytes are freed right away.
static char *twice(const char *text) {
  size_t n = strlen(text);
  char *copy = malloc(n + 1);
  memcpy(copy, text, n + 1);
  char *result = malloc(2 * n + 1);
  memcpy(result, copy, n);
  memcpy(result + n, copy, n + 1);
  free(copy);
  return result;
}

int main(void) {
  struct text t = {0};
  char line[64];
  for (int i = 0; i != 200; ++i) {
    int n =
        snprintf(line, sizeof(line), "line %d, %s", i, i % 3 ? "odd" : "even");
    append(&t, line, (size_t)n);
    // The source is used again in the next round.
  }
  char *all = twice(t.bytes);
  printf("%zu %zu\n%s\n", t.length, strlen(all), all);
  memmove(all + 5, all, 100);
  printf("%.200s\n", all);
  free(all);
  free(t.bytes);
}
