//===- cases.h - Test cases of the guest ----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All cases are in one static program, /init of the guest, which runs each in a
// process of its own (main.c, init.c). A case fails by fail(), is not for this
// module by skip(), and passes by returning. It leaves nothing behind: init
// kills what is left, and then asks for pins and references.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GUEST_CASES_H
#define COPIER_GUEST_CASES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct test_case {
  const char *name;
  void (*run)(void);
  int seconds;
};

/// TEST_CASE(name, seconds) { ... } defines a case and its time limit, which is
/// for a guest without KVM on a busy machine.
#define TEST_CASE(name, limit)                                                 \
  static void case_##name(void);                                               \
  static const struct test_case entry_##name = {#name, case_##name, limit};    \
  static const struct test_case *const pointer_##name                          \
      __attribute__((section("test_cases"), used)) = &entry_##name;            \
  static void case_##name(void)

enum { EXIT_SKIPPED = 77 };

/// fail(FORMAT, ...) says where and what, and ends the case.
#define fail(...)                                                              \
  (printf("%s:%d: ", __FILE_NAME__, __LINE__), printf(__VA_ARGS__),            \
   printf("\n"), fflush(stdout), _Exit(1))
#define expect(condition)                                                      \
  ((condition) ? (void)0 : fail("not true: %s", #condition))
#define expect_equal(left, right)                                              \
  do {                                                                         \
    long long left_ = (long long)(left), right_ = (long long)(right);          \
    if (left_ != right_)                                                       \
      fail("%s is %lld, not %lld (%s)", #left, left_, right_, #right);         \
  } while (0)

/// What a case needs is not there: the reason, which init passes on.
#define skip(...)                                                              \
  (printf("skipped: "), printf(__VA_ARGS__), printf("\n"), fflush(stdout),     \
   _Exit(EXIT_SKIPPED))

/// A repeatable sequence of numbers.
struct random {
  uint64_t state;
};
static inline uint64_t random_next(struct random *random) {
  random->state += 0x9E3779B97F4A7C15ULL;
  uint64_t mixed = random->state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}
/// Less than `bound`.
static inline uint64_t random_below(struct random *random, uint64_t bound) {
  return random_next(random) % bound;
}

/// What runs as process 1: jobs.c.
int init_main(void);

#endif // COPIER_GUEST_CASES_H
