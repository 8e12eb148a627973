//===- config.h - The environment variables of libcopier ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Read once, at start. docs/runtime.md describes them for users.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLIENT_CONFIG_H
#define COPIER_CLIENT_CONFIG_H

#include "backends/backend.h"

struct copier_config {
  const struct copier_backend *backend;
  size_t min_size;        ///< Bytes; smaller copies are not submitted.
  unsigned segment_shift; ///< Of the smallest segment.
};

/// Copies at once until copier_config_read has run.
extern struct copier_config copier_config;

/// Reads the environment. A value that is not understood ends the process with
/// one line on stderr and status 2.
void copier_config_read(void);

#endif // COPIER_CLIENT_CONFIG_H
