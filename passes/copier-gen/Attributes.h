//===- Attributes.h - Unlearning what was inferred ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function that copies asynchronously waits for other threads and touches
// memory that nobody passed to it. What was inferred or declared about it and
// its callers while it only called memcpy is no longer true.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_ATTRIBUTES_H
#define COPIER_GEN_ATTRIBUTES_H

#include "llvm/ADT/ArrayRef.h"

namespace llvm {
class Function;
} // namespace llvm

namespace copier {

/// Removes from \p Changed, from all functions of the module that may reach
/// them by direct calls, and from those calls, every attribute that says what
/// memory is touched, kept or synchronized.
void dropMemoryAttributes(llvm::ArrayRef<llvm::Function *> Changed);

} // namespace copier

#endif // COPIER_GEN_ATTRIBUTES_H
