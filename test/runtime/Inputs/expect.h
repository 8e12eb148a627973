//===- expect.h - What the tests of libcopier have in common ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks that count and name what failed, and bytes to copy. The output must be
// the same under every backend: a program prints what failed and finish().
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_TEST_EXPECT_H
#define COPIER_TEST_EXPECT_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failures;

#define EXPECT(CONDITION)                                                      \
  ((CONDITION)                                                                 \
       ? (void)0                                                               \
       : (void)(++failures, printf("line %d: %s\n", __LINE__, #CONDITION)))

/// The call must return -1 and set errno to ERROR.
#define EXPECT_ERROR(CALL, ERROR)                                              \
  EXPECT((errno = 0, (CALL) == -1 && errno == (ERROR)))

/// The last line of a test, and its status.
static inline int finish(void) {
  printf("%d failures\n", failures);
  return failures != 0;
}

/// Byte \p i of the data with number \p seed. No period is a power of two, so
/// that bytes at a wrong place show.
static inline char byte_of(size_t i, unsigned seed) {
  return (char)((i * 7 + i / 251 + seed * 31) % 251);
}

static inline void fill(char *p, size_t n, unsigned seed) {
  for (size_t i = 0; i != n; ++i)
    p[i] = byte_of(i, seed);
}

/// Is \p p, at \p offset of the data with number \p seed, as filled?
static inline int is_filled_at(const char *p, size_t offset, size_t n,
                               unsigned seed) {
  for (size_t i = 0; i != n; ++i)
    if (p[i] != byte_of(offset + i, seed))
      return 0;
  return 1;
}

static inline int is_filled(const char *p, size_t n, unsigned seed) {
  return is_filled_at(p, 0, n, seed);
}

/// Does the test run under \p backend?
static inline int backend_is(const char *backend) {
  const char *name = getenv("COPIER_BACKEND");
  return name && strcmp(name, backend) == 0;
}

/// Does somebody who is no thread of the test make its copies?
static inline int is_served(void) {
  return backend_is("thread") || backend_is("kernel");
}

/// Does a copy stay pending until a csync?
static inline int copies_wait(void) {
  return backend_is("adversary:never") || backend_is("adversary:reverse");
}

/// Is it for chance to say when a copy is made?
static inline int copies_are_random(void) {
  const char *name = getenv("COPIER_BACKEND");
  return name && strncmp(name, "adversary:random", 16) == 0;
}

static inline void sleep_ms(long ms) {
  nanosleep(
      &(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000},
      NULL);
}

/// Waits until CONDITION holds, for ten seconds at most. It is not evaluated
/// again once it has held.
#define EXPECT_SOON(CONDITION)                                                 \
  do {                                                                         \
    int held_ = 0;                                                             \
    for (int i_ = 0; i_ != 10000 && !(held_ = (CONDITION)); ++i_)              \
      sleep_ms(1);                                                             \
    if (!held_)                                                                \
      ++failures, printf("line %d: never %s\n", __LINE__, #CONDITION);         \
  } while (0)

#endif // COPIER_TEST_EXPECT_H
