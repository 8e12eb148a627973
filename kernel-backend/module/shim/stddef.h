//===- stddef.h - For the service core ----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The kernel has no C headers: its own instead.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SHIM_STDDEF_H
#define COPIER_SHIM_STDDEF_H

#include <linux/stddef.h>
#include <linux/types.h>

#endif // COPIER_SHIM_STDDEF_H
