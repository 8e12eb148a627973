//===- inline.c - The backend that copies at once, and the table of all ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_BACKEND=inline: every copy is a memcpy.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"

static bool refuse(const struct copier_task *task) {
  (void)task;
  return false;
}

static void nothing(void) {}

const struct copier_backend copier_inline_backend = {
    .name = "inline",
    .min_size = SIZE_MAX,
    .segment_shift = 14,
    .submit = refuse,
    .after_fork = nothing,
    .end_main_thread = nothing,
};

const struct copier_backend *const copier_backends[] = {
    &copier_inline_backend,
    &copier_thread_backend,
    &copier_adversary_never_backend,
    &copier_adversary_eager_backend,
    NULL,
};
