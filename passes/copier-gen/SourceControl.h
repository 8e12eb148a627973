//===- SourceControl.h - What the source keeps synchronous ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The macros of copier.h by which a program has single copies and functions
// left as they are. They come as annotations, of a copy's size or of a
// function. A copy keeps its own wherever it is inlined; so copier-mark gives
// every copy of an annotated function one.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_SOURCE_CONTROL_H
#define COPIER_GEN_SOURCE_CONTROL_H

#include "llvm/IR/PassManager.h"

namespace llvm {
class Value;
} // namespace llvm

namespace copier {

/// Marks the functions that the source of \p M annotates, and their copies.
void markSynchronous(llvm::Module &M, llvm::FunctionAnalysisManager &FAM);

/// Whether all copies of \p F are to stay as they are.
bool isKeptSynchronous(const llvm::Function &F);

/// Whether a copy of \p Size bytes, a size that a copy is given, is to.
bool isKeptSynchronous(const llvm::Value &Size);

} // namespace copier

#endif // COPIER_GEN_SOURCE_CONTROL_H
