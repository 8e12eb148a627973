//===- CopierGen.h - The pass that makes copies asynchronous --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plan, print, rewrite: plans all functions of a module while every analysis is
// valid, then changes them.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_COPIER_GEN_H
#define COPIER_GEN_COPIER_GEN_H

#include "llvm/IR/PassManager.h"

namespace copier {

/// copier-gen: runs last, once, on the functions that copier-mark has stamped.
class CopierGenPass : public llvm::PassInfoMixin<CopierGenPass> {
public:
  llvm::PreservedAnalyses run(llvm::Module &M,
                              llvm::ModuleAnalysisManager &MAM);
  static bool isRequired() { return true; }
};

} // namespace copier

#endif // COPIER_GEN_COPIER_GEN_H
