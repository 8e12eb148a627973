//===- inline.c - The backend that copies at once -------------------------===//
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

static bool refuse(struct copier_client *client,
                   const struct copier_task *tasks, unsigned count) {
  (void)client;
  (void)tasks;
  (void)count;
  return false;
}

static void nothing(void) {}

const struct copier_backend copier_inline_backend = {
    .name = "inline",
    .min_size = SIZE_MAX,
    .segment_shift = 14,
    .submit = refuse,
    .awaken = nothing,
    .after_fork = nothing,
    .end_main_thread = nothing,
};
