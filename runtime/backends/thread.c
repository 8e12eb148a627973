//===- thread.c - The backend with service threads
//-------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_BACKEND=thread: submits to the service of this process.
//
//===----------------------------------------------------------------------===//

#include "backends/backend.h"
#include "backends/service.h"
#include "process/clients.h"
#include "process/options.h"

static bool submit(struct copier_client *client,
                   const struct copier_task *tasks, unsigned count) {
  if (!copier_service_is_there())
    return false;
  if (copier_service_is_asleep() && !copier_is_worth_waking(tasks, count))
    return false;
  if (!copier_client_push(client, tasks, count, NULL))
    return false;
  if (copier_option(COPIER_OPT_POLLING) == COPIER_POLLING_NAPI)
    copier_service_wake();
  return true;
}

static void awaken(void) {
  if (copier_service_is_there())
    copier_service_wake();
}

const struct copier_backend copier_thread_backend = {
    .name = "thread",
    .min_size = 65536,
    .segment_shift = 14,
    .serves = true,
    .takes_note = true,
    .submit = submit,
    .awaken = awaken,
    .after_fork = copier_service_after_fork,
    .end_main_thread = copier_service_end_main_thread,
};
