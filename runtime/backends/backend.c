//===- backend.c - The table of backends, and which one is in use ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See backend.h.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"
#include "process/options.h"
#include "process/policy.h"

/// What a copy must have, in units of the least that is submitted, to be worth
/// waking the service: a system call, and the time until it runs.
#define WORTH_WAKING 2

struct copier_config copier_config = {
    .backend = &copier_inline_backend,
    .name = "inline",
    .min_size = SIZE_MAX,
    .segment_shift = 14,
};

const struct copier_backend *const copier_backends[] = {
    &copier_inline_backend,           &copier_thread_backend,
    &copier_kernel_backend,           &copier_adversary_never_backend,
    &copier_adversary_eager_backend,  &copier_adversary_reverse_backend,
    &copier_adversary_random_backend, NULL,
};

bool copier_is_worth_waking(const struct copier_task *tasks, unsigned count) {
  return count > 1 || tasks->size >= WORTH_WAKING * copier_config.min_size ||
         (tasks->flags & COPIER_TASK_LAZY) ||
         copier_policy == COPIER_MODE_OFFLOAD ||
         copier_option(COPIER_OPT_POLLING) != COPIER_POLLING_NAPI;
}
