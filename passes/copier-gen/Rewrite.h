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

namespace llvm {
class ScalarEvolution;
} // namespace llvm

namespace copier {

/// Carries out \p Plan, which changes its function; its pointers dangle
/// afterwards. All analyses of the function are invalid then; \p SE must be
/// valid until then.
void rewriteFunction(const FunctionPlan &Plan, EntryPoints &Library,
                     llvm::ScalarEvolution *SE);

/// Before \p Place: if (__copier_pending), what is inserted where this points.
llvm::Instruction *insertIfPending(llvm::Instruction *Place,
                                   EntryPoints &Library);

} // namespace copier

#endif // COPIER_GEN_REWRITE_H
