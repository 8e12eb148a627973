//===- own-string-functions.c - A libc partly of the program --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As GCC's memops-asm: functions that the program defines for itself, and that
// it does not expect to be called while it copies, are not called by the
// runtime, nor by the unwinder on its behalf. Its memcpy may be, by libcopier.
//
// RUN: %copsan -O1 -fno-builtin -rdynamic %s -o %t
// RUN: env COPSAN_OPTIONS=verify_interceptors=0 %t
// RUN: env COPSAN_OPTIONS=verify_interceptors=0 not %t error 2>&1 | FileCheck %s
// RUN: env COPSAN_OPTIONS=verify_interceptors=0:notes=1 not %t error 2>&1 | FileCheck %s
// CHECK: ERROR: CopierSanitizer: read-before-csync
// CHECK: SUMMARY: CopierSanitizer: read-before-csync {{.*}}own-string-functions.c:{{[0-9]+}} in main
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stddef.h>
#include <unistd.h>

static _Bool is_copying;

/// There is no way back from here: not even stdio is asked.
static void expect_own_call(const char *what, size_t n) {
  if (!is_copying)
    return;
  write(2, what, n);
  _exit(3);
}

#define EXPECT_OWN_CALL(NAME)                                                  \
  expect_own_call(#NAME " called\n", sizeof(#NAME " called"))

void *memset(void *dst, int c, size_t n) {
  EXPECT_OWN_CALL(memset);
  for (size_t i = 0; i != n; ++i)
    ((char *)dst)[i] = (char)c;
  return dst;
}

size_t strlen(const char *s) {
  EXPECT_OWN_CALL(strlen);
  size_t n = 0;
  while (s[n])
    ++n;
  return n;
}

int strcmp(const char *a, const char *b) {
  EXPECT_OWN_CALL(strcmp);
  for (; *a && *a == *b; ++a)
    ++b;
  return *a - *b;
}

int strncmp(const char *a, const char *b, size_t max) {
  EXPECT_OWN_CALL(strncmp);
  size_t i = 0;
  while (i + 1 < max && a[i] && a[i] == b[i])
    ++i;
  return max ? a[i] - b[i] : 0;
}

char *strchr(const char *s, int c) {
  EXPECT_OWN_CALL(strchr);
  for (; *s != (char)c; ++s)
    if (!*s)
      return NULL;
  return (char *)s;
}

/// Instrumented, and called while copies are pending.
void *memcpy(void *dst, const void *src, size_t n) {
  for (size_t i = 0; i != n; ++i)
    ((char *)dst)[i] = ((const char *)src)[i];
  return dst;
}

static char a[1000], b[1000];

int main(int argc, char **argv) {
  (void)argv;
  is_copying = 1;
  amemcpy(b, a, sizeof(b));
  csync(b, 500);
  int sum = b[0];
  if (argc > 1)
    sum += b[999];
  csync(b, sizeof(b));
  write(-1, b, sizeof(b));
  amemcpy(b, a, 10);
  csync_all();
  is_copying = 0;
  return sum;
}
