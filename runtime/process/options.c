//===- options.c - Parameters that a program sets
//--------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One table: range, default, value.
//
//===----------------------------------------------------------------------===//

#include "process/options.h"

#include <errno.h>
#include <stdatomic.h>

#define HUGE_VALUE (1ul << 40)

static struct {
  unsigned long least;
  unsigned long most;
  _Atomic unsigned long value;
} options[] = {
    [COPIER_OPT_LAZY_PERIOD] = {0, HUGE_VALUE, 10000000},
    [COPIER_OPT_COPY_SLICE] = {4096, HUGE_VALUE, 1 << 20},
    [COPIER_OPT_POLLING] = {COPIER_POLLING_NAPI, COPIER_POLLING_SCENARIO,
                            COPIER_POLLING_NAPI},
    [COPIER_OPT_MAX_THREADS] = {0, 16, 0},
    [COPIER_OPT_LOW_LOAD] = {0, 100, 20},
    [COPIER_OPT_HIGH_LOAD] = {0, 100, 80},
};

#define OPTIONS (sizeof(options) / sizeof(*options))

unsigned long copier_option(enum copier_opt opt) {
  return atomic_load_explicit(&options[opt].value, memory_order_relaxed);
}

int set_copier_opt(enum copier_opt opt, unsigned long value) {
  if ((unsigned)opt >= OPTIONS || value < options[opt].least ||
      value > options[opt].most) {
    errno = EINVAL;
    return -1;
  }
  atomic_store_explicit(&options[opt].value, value, memory_order_relaxed);
  return 0;
}

long copier_get_opt(enum copier_opt opt) {
  if ((unsigned)opt < OPTIONS)
    return (long)copier_option(opt);
  errno = EINVAL;
  return -1;
}
