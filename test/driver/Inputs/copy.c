// Copies what it is told on the command line, by a function of its own.
#include <stdio.h>
#include <string.h>

char *copy(char *d, const char *s, size_t n);

#ifndef ONLY_MAIN
char *copy(char *d, const char *s, size_t n) {
  memcpy(d, s, n);
  return d;
}
#endif

#ifndef ONLY_COPY
int main(int argc, char **argv) {
  static char buffer[100000], text[100000];
  memset(text, argc > 1 ? *argv[1] : 'x', sizeof(text) - 1);
  puts(copy(buffer, text, sizeof(buffer)) + 99990);
}
#endif
