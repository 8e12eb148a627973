//===- stdint.h - Integer types for the service core --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The kernel has no C headers: its own types, and the limits that they lack.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SHIM_STDINT_H
#define COPIER_SHIM_STDINT_H

#include <linux/limits.h>
#include <linux/types.h>

#define UINT32_MAX U32_MAX
#define UINT64_MAX U64_MAX

#endif // COPIER_SHIM_STDINT_H
