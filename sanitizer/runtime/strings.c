//===- strings.c - What this library does not ask libc for --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program may bring its own memset or strlen along, which would be called in
// the midst of a hook: instrumented, or not made for that. So the linker puts
// these in the place of all that this library, the compiler's additions and
// the unwinder call (--wrap in CMakeLists.txt, which lists them).
//
// Short rather than fast: what is long here comes with an error.
//
//===----------------------------------------------------------------------===//

#include <stddef.h>
#include <stdint.h>

void *__wrap_memcpy(void *dst, const void *src, size_t n);
void *__wrap_memmove(void *dst, const void *src, size_t n);
void *__wrap_memset(void *dst, int c, size_t n);
size_t __wrap_strlen(const char *s);
size_t __wrap_strnlen(const char *s, size_t max);
int __wrap_strcmp(const char *a, const char *b);
int __wrap_strncmp(const char *a, const char *b, size_t max);
char *__wrap_strchr(const char *s, int c);
char *__wrap_strrchr(const char *s, int c);
size_t __wrap_strspn(const char *s, const char *set);
size_t __wrap_strcspn(const char *s, const char *set);
char *__wrap_strstr(const char *s, const char *word);

void *__wrap_memcpy(void *dst, const void *src, size_t n) {
  void *to = dst;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(n) : : "memory");
  return dst;
}

void *__wrap_memmove(void *dst, const void *src, size_t n) {
  if ((uintptr_t)dst - (uintptr_t)src >= n)
    return __wrap_memcpy(dst, src, n);
  while (n--)
    ((char *)dst)[n] = ((const char *)src)[n];
  return dst;
}

void *__wrap_memset(void *dst, int c, size_t n) {
  void *to = dst;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
  return dst;
}

size_t __wrap_strlen(const char *s) { return __wrap_strnlen(s, SIZE_MAX); }

size_t __wrap_strnlen(const char *s, size_t max) {
  size_t n = 0;
  while (n != max && s[n])
    ++n;
  return n;
}

int __wrap_strcmp(const char *a, const char *b) {
  return __wrap_strncmp(a, b, SIZE_MAX);
}

int __wrap_strncmp(const char *a, const char *b, size_t max) {
  for (; max; --max, ++a, ++b)
    if (*a != *b || !*a)
      return (unsigned char)*a - (unsigned char)*b;
  return 0;
}

char *__wrap_strchr(const char *s, int c) {
  for (; *s != (char)c; ++s)
    if (!*s)
      return NULL;
  return (char *)s;
}

char *__wrap_strrchr(const char *s, int c) {
  char *last = NULL;
  for (; (s = __wrap_strchr(s, c)); ++s) {
    last = (char *)s;
    if (!*s)
      break;
  }
  return last;
}

size_t __wrap_strspn(const char *s, const char *set) {
  size_t n = 0;
  while (s[n] && __wrap_strchr(set, s[n]))
    ++n;
  return n;
}

size_t __wrap_strcspn(const char *s, const char *set) {
  size_t n = 0;
  while (s[n] && !__wrap_strchr(set, s[n]))
    ++n;
  return n;
}

char *__wrap_strstr(const char *s, const char *word) {
  size_t n = __wrap_strlen(word);
  for (; __wrap_strncmp(s, word, n) != 0; ++s)
    if (!*s)
      return NULL;
  return (char *)s;
}
