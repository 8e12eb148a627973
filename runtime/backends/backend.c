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

struct copier_config copier_config = {
    .backend = &copier_inline_backend,
    .name = "inline",
    .min_size = SIZE_MAX,
    .segment_shift = 14,
};

const struct copier_backend *const copier_backends[] = {
    &copier_inline_backend,
    &copier_thread_backend,
    &copier_adversary_never_backend,
    &copier_adversary_eager_backend,
    &copier_adversary_reverse_backend,
    &copier_adversary_random_backend,
    NULL,
};
