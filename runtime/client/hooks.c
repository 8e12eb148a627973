//===- hooks.c - Setting the hooks of a sanitizer -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Who looks on must see everything: while hooks are set, no copy is too short
// to come here, and something always counts as pending elsewhere, so that no
// csync is without a call.
//
//===----------------------------------------------------------------------===//

#include "client/config.h"
#include "process/clients.h"
#include "process/seam.h"

#include <errno.h>

int __copier_set_hooks(const struct copier_hooks *hooks) {
  if (hooks && hooks->size < sizeof(*hooks)) {
    errno = EINVAL;
    return -1;
  }
  bool had_hooks = copier_seam_hooks != NULL;
  __atomic_store_n(&copier_seam_hooks, hooks, __ATOMIC_RELEASE);
  copier_config_publish();
  if (hooks && !had_hooks)
    copier_pending_elsewhere_add(1);
  else if (!hooks && had_hooks)
    copier_pending_elsewhere_remove(1);
  return 0;
}
