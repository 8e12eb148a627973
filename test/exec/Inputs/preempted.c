//===- preempted.c - A library, its replacement and its user --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A shared library, or what is loaded before it and takes its functions' place,
// or the program that uses it.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <string.h>

void fill(char *to, const char *from, unsigned long n);
unsigned use(const char *bytes, unsigned long n);
unsigned work(char *to, char *from, unsigned long n);

#if PART == 0
__attribute__((noinline)) void fill(char *to, const char *from,
                                    unsigned long n) {
  memcpy(to, from, n);
}
__attribute__((noinline)) unsigned use(const char *bytes, unsigned long n) {
  unsigned result = 0;
  for (unsigned long i = 0; i != n; ++i)
    result = result * 31 + (unsigned char)bytes[i];
  return result;
}
__attribute__((noinline)) unsigned work(char *to, char *from, unsigned long n) {
  fill(to, from, n);
  from[3]++;
  return use(to, n);
}
#elif PART == 1
// Without -fcopier: knows nothing of pending copies.
unsigned use(const char *bytes, unsigned long n) {
  unsigned result = 1;
  while (n--)
    result = result * 33 + (unsigned char)bytes[n];
  return result;
}
#else
int main(void) {
  static char from[500], to[500];
  for (int i = 0; i != 500; ++i)
    from[i] = (char)(i * 7);
  unsigned result = work(to, from, 500);
  printf("%u %u %d\n", result, use(to, 500), to[3]);
  return 0;
}
#endif
