//===- polling.c - A service that works only when it is told to -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_POLLING_SCENARIO: submissions do not wake the service, copier_awaken
// does; csync needs nobody.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>

enum { SIZE = 300000 };
static char a[SIZE], b[SIZE];

static int is_pending(void) {
  return _csync((size_t)b, SIZE, -1, NULL, COPIER_TRY) != 0;
}

static void submit(unsigned seed) {
  csync_all();
  fill(a, SIZE, seed);
  EXPECT(_amemcpy(b, a, SIZE, -1, NULL, NULL, 0, 0) == 0);
}

/// A service that is just going to sleep may still see a submission: once in a
/// few attempts it does not.
static int stays_pending(unsigned seed) {
  int pending = 0;
  for (int i = 0; i != 20 && !pending; ++i) {
    sleep_ms(20);
    submit(seed);
    sleep_ms(100);
    pending = is_pending();
  }
  return pending;
}

int main(void) {
  int is_service = is_served();
  int is_queued = is_service || copies_wait();
  EXPECT(set_copier_opt(COPIER_OPT_POLLING, COPIER_POLLING_SCENARIO) == 0);
  EXPECT(copier_awaken(-1) == 0);
  for (unsigned i = 0; i != 3; ++i) {
    EXPECT(stays_pending(i) == is_queued || copies_are_random());
    EXPECT(copier_awaken(-1) == 0);
    if (is_service)
      EXPECT_SOON(!is_pending());
    csync(b, SIZE);
    EXPECT(is_filled(b, SIZE, i));
  }
  EXPECT(stays_pending(10) == is_queued || copies_are_random());
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 10));

  int fd = copier_create_queue(16);
  EXPECT(_amemcpy(a, b, SIZE, fd, NULL, NULL, 0, 0) == 0);
  EXPECT(copier_awaken(fd) == 0);
  if (is_service)
    EXPECT_SOON(_csync((size_t)a, SIZE, fd, NULL, COPIER_TRY) == 0);
  EXPECT(copier_destroy_queue(fd) == 0);

  // As it was: a submission is enough.
  EXPECT(set_copier_opt(COPIER_OPT_POLLING, COPIER_POLLING_NAPI) == 0);
  submit(11);
  if (is_service)
    EXPECT_SOON(!is_pending());
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 11));
  return finish();
}
