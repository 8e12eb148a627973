//===- Rewrite.h - Carrying out a plan ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Changes the function as planned. Nothing is decided here.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_REWRITE_H
#define COPIER_GEN_REWRITE_H

#include "copier-gen/EntryPoints.h"
#include "copier-gen/Plan.h"

namespace copier {

/// Carries out \p Plan, which has asynchronous copies; its pointers dangle
/// afterwards. All analyses of the function are invalid then.
void rewriteFunction(const FunctionPlan &Plan, EntryPoints &Library);

} // namespace copier

#endif // COPIER_GEN_REWRITE_H
