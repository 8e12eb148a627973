//===- kernel.c - The backend with the kernel's service -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_BACKEND=kernel: forwards to the kernel's service what can be
// forwarded. There is no thread here that copies or looks on: lazy copies, and
// those that depend on them, are left to csync.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"
#include "backends/forward.h"
#include "process/options.h"
#include "process/pending.h"

static const char *start(const char *argument) {
  (void)argument;
  const char *problem = copier_forward_open();
  if (problem)
    return problem;
  copier_pending_harvest = copier_forward_harvest;
  copier_pending_ask_for = copier_forward_ask_for;
  return NULL;
}

static bool submit(struct copier_client *client,
                   const struct copier_task *tasks, unsigned count) {
  return copier_forward(
      client, tasks, count, copier_is_worth_waking(tasks, count),
      copier_option(COPIER_OPT_POLLING) == COPIER_POLLING_NAPI);
}

static void nothing(void) {}

const struct copier_backend copier_kernel_backend = {
    .name = "kernel",
    .configure = start,
    .min_size = 65536,
    .segment_shift = 14,
    .serves = true,
    .submit = submit,
    .awaken = copier_forward_wake,
    .before_fork = copier_forward_before_fork,
    .fork_parent = copier_forward_fork_parent,
    .after_fork = copier_forward_after_fork,
    .end_main_thread = nothing,
};
