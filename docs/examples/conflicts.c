// One function for each reason to wait for a copy. Compiled with -fcopier and
// -fcopier-min-size=1, each gets exactly one csync (with a larger minimum, copy
// and csync are one call, since nothing is between them); without it, the
// program prints something else under COPIER_BACKEND=adversary:never.
// (test/exec/each-csync-matters.test)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 10000 };
static char source[SIZE], destination[SIZE];

static void show(const char *what, const char *bytes) {
  unsigned hash = 5381;
  for (int i = 0; i != SIZE; ++i)
    hash = hash * 33 + (unsigned char)bytes[i];
  printf("%s: %u\n", what, hash);
}

__attribute__((noinline)) unsigned reads(char *restrict d,
                                         const char *restrict s) {
  memcpy(d, s, SIZE);
  return (unsigned char)d[5]; // csync(d, SIZE) before this read
}

__attribute__((noinline)) void writes(char *restrict d,
                                      const char *restrict s) {
  memcpy(d, s, SIZE);
  d[5] = 'w'; // before this write: or the copy would undo it
}

__attribute__((noinline)) void overwrites(char *restrict d, char *restrict s) {
  memcpy(d, s, SIZE);
  s[5] = 'o'; // before this write: or the copy would take it along
}

__attribute__((noinline)) void frees(char *restrict d, const char *restrict s) {
  char *temporary = strdup(s);
  memcpy(d, temporary, SIZE);
  free(temporary); // before the bytes go back to malloc
}

__attribute__((noinline)) void calls(char *restrict d, const char *restrict s) {
  memcpy(d, s, SIZE);
  puts(d); // csync_all: who knows what puts does
}

__attribute__((noinline)) void returns(char *restrict d,
                                       const char *restrict s) {
  memcpy(d, s, SIZE);
} // csync_all: the caller knows of no copy

int main(void) {
  memset(source, 's', SIZE - 1);
  printf("reads: %u\n", reads(destination, source));
  memset(destination, 0, SIZE);
  writes(destination, source);
  show("writes", destination);
  memset(destination, 0, SIZE);
  overwrites(destination, source);
  show("overwrites", destination);
  memset(destination, 0, SIZE);
  frees(destination, source);
  show("frees", destination);
  memset(destination, 0, SIZE);
  calls(destination, source);
  memset(destination, 0, SIZE);
  returns(destination, source);
  show("returns", destination);
}
