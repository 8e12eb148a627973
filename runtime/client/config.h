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

/// Reads the environment. A value that is not understood ends the process with
/// one line on stderr and status 2.
void copier_config_read(void);

/// Tells compiled code which copies must come to libcopier.
void copier_config_publish(void);

#endif // COPIER_CLIENT_CONFIG_H
