//===- options.c - set_copier_opt and copier_get_opt ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>

static const struct {
  enum copier_opt opt;
  long first, least, most;
} options[] = {
    {COPIER_OPT_LAZY_PERIOD, 10000000, 0, 1l << 40},
    {COPIER_OPT_COPY_SLICE, 1 << 20, 4096, 1l << 40},
    {COPIER_OPT_POLLING, COPIER_POLLING_NAPI, COPIER_POLLING_NAPI,
     COPIER_POLLING_SCENARIO},
    {COPIER_OPT_MAX_THREADS, 0, 0, 16},
    {COPIER_OPT_LOW_LOAD, 20, 0, 100},
    {COPIER_OPT_HIGH_LOAD, 80, 0, 100},
};

/// Nothing is changed by a value that is refused.
static void refused(enum copier_opt opt, long value) {
  long before = copier_get_opt(opt);
  EXPECT_ERROR(set_copier_opt(opt, (unsigned long)value), EINVAL);
  EXPECT(copier_get_opt(opt) == before);
}

int main(void) {
  for (size_t i = 0; i != sizeof(options) / sizeof(*options); ++i) {
    enum copier_opt opt = options[i].opt;
    EXPECT(copier_get_opt(opt) == options[i].first);
    EXPECT(set_copier_opt(opt, (unsigned long)options[i].most) == 0);
    EXPECT(copier_get_opt(opt) == options[i].most);
    EXPECT(set_copier_opt(opt, (unsigned long)options[i].least) == 0);
    EXPECT(copier_get_opt(opt) == options[i].least);
    refused(opt, options[i].most + 1);
    refused(opt, options[i].least - 1); // -1 is more than most, too.
    EXPECT(set_copier_opt(opt, (unsigned long)options[i].first) == 0);
  }
  for (int unknown = 6; unknown != 9; ++unknown) {
    EXPECT_ERROR(set_copier_opt((enum copier_opt)unknown, 0), EINVAL);
    EXPECT_ERROR(copier_get_opt((enum copier_opt)unknown), EINVAL);
  }
  EXPECT_ERROR(copier_get_opt((enum copier_opt) - 1), EINVAL);
  return finish();
}
