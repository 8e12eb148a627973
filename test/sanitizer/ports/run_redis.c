//===- run_redis.c - What runs the port of redis's parts ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What SET, APPEND, RPUSH and LPOP do to memory, without a server. Values come from
// one buffer that is filled again at once.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listpack.h"
#include "quicklist.h"
#include "sds.h"
#include "zmalloc.h"

enum { LARGE = 20000 };

/// Redis's own report bugs of redis.
void _serverAssert(const char *estr, const char *file, int line) {
  fprintf(stderr, "%s:%d: %s\n", file, line, estr);
  abort();
}

void _serverPanic(const char *file, int line, const char *msg, ...) {
  _serverAssert(msg, file, line);
}

static char value[LARGE];

static void fill(unsigned seed, size_t n) {
  memset(value, (int)('a' + seed % 26), n); //@ plain
}

static unsigned add(unsigned sum, const char *text, size_t n) {
  for (size_t i = 0; i != n; ++i)
    sum = sum * 31 + (unsigned char)text[i]; //@ appended //@ replaced
  return sum;
}

static void use_strings(void) {
  sds text = sdsnew("  ");
  unsigned sum = 0;
  for (unsigned i = 0; i != 40; ++i) {
    fill(i, 300 + i);
    text = sdscatlen(text, value, 300 + i);
    sum = add(sum, text, sdslen(text));
  }
  text = sdstrim(text, " ab");
  sum = add(sum, text, sdslen(text));
  fill(7, 1000);
  text = sdscpylen(text, value, 1000);
  sum = add(sum, text, sdslen(text));
  sdsfree(text);
  printf("strings: %x\n", sum);
}

static void use_lists(void) {
  quicklist *list = quicklistNew(-2, 0);
  unsigned sum = 0;
  quicklistisSetPackedThreshold(8000);
  for (unsigned i = 0; i != 60; ++i) {
    size_t n = i % 10 == 9 ? LARGE : 200 + i;
    fill(i, n);
    quicklistPush(list, value, n, i % 3 ? QUICKLIST_TAIL : QUICKLIST_HEAD);
  }
  for (;;) {
    unsigned char *data;
    size_t n;
    long long number;
    if (!quicklistPop(list, QUICKLIST_HEAD, &data, &n, &number))
      break;
    sum = add(sum, (char *)data, n);
    zfree(data);
  }
  quicklistRelease(list);
  printf("lists: %x\n", sum);
}

static void merge_lists(void) {
  unsigned char *first = lpNew(0), *second = lpNew(0);
  for (unsigned i = 0; i != 20; ++i) {
    fill(i, 100);
    first = lpAppend(first, (unsigned char *)value, 100);
    if (i % 2)
      second = lpPrepend(second, (unsigned char *)value, 60);
  }
  unsigned char *both = lpMerge(&first, &second);
  unsigned sum = add(0, (char *)both, lpBytes(both));
  printf("merged: %x\n", sum);
  lpFree(both);
}

int main(void) {
  use_strings();
  use_lists();
  merge_lists();
  return 0;
}
