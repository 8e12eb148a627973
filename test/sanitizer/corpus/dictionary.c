//===- dictionary.c - Strings with a length, in a hash table ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A small dictionary: what a set copies, a get reads.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
  size_t length;
  char bytes[];
};
struct entry {
  struct text *key, *value;
};
enum { SLOTS = 64 };
static struct entry table[SLOTS];

static struct text *new_text(const char *bytes, size_t length) {
  struct text *text = malloc(sizeof(*text) + length);
  text->length = length;
  amemcpy(text->bytes, bytes, length);
  return text;
}

static unsigned hash(const char *bytes, size_t n) {
  unsigned h = 2166136261u;
  for (size_t i = 0; i != n; ++i)
    h = (h ^ (unsigned char)bytes[i]) * 16777619u;
  return h;
}

static struct entry *find(const char *key, size_t n) {
  for (unsigned i = hash(key, n);; ++i) {
    struct entry *entry = &table[i % SLOTS];
    if (!entry->key)
      return entry;
    csync(entry->key->bytes, entry->key->length); //! read-before-csync key
    if (entry->key->length == n && !memcmp(entry->key->bytes, key, n)) //@ key
      return entry;
  }
}

static void set(const char *key, const char *value, size_t n) {
  struct entry *entry = find(key, strlen(key));
  if (!entry->key)
    entry->key = new_text(key, strlen(key));
  if (entry->value) {
    csync(entry->value->bytes, entry->value->length); //! free-before-csync old
    free(entry->value);                               //@ old
  }
  entry->value = new_text(value, n);
}

static unsigned get(const char *key) {
  struct entry *entry = find(key, strlen(key));
  struct text *value = entry->value;
  csync(value->bytes, value->length); //! read-before-csync value whole
  return (unsigned)value->length + value->bytes[value->length - 1]; //@ value
}

int main(void) {
  static char values[40][3000];
  unsigned total = 0;
  char key[40][8];
  for (int i = 0; i != 40; ++i) {
    snprintf(key[i], sizeof(key[i]), "k%d", i % 30);
    memset(values[i], 'a' + i % 26, sizeof(values[i]));
    set(key[i], values[i], 100 + (size_t)i * 50);
  }
  for (int i = 0; i != 40; ++i)
    total += get(key[i]);
  csync_all();
  printf("%u\n", total);
}
