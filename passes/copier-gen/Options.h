//===- Options.h - What CopierGen is told, per function -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The options of a compilation travel as function attributes, so that they
// survive into a link-time optimization, where functions of several
// compilations meet: copier-mark stamps them, copier-gen reads them.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_OPTIONS_H
#define COPIER_GEN_OPTIONS_H

#include "llvm/IR/PassManager.h"
#include <cstdint>
#include <optional>

namespace copier {

/// Whether code for the module's target can use libcopier at all. A module
/// without a target, as in tests, counts as one that can.
bool isSupportedTarget(const llvm::Module &M);

/// The minimum size of an asynchronous copy that the command line asks for.
uint64_t requestedMinSize();

/// The minimum size that \p F is stamped with; none if F is to stay as it is.
std::optional<uint64_t> stampedMinSize(const llvm::Function &F);

/// How far a copy may stay pending: until control leaves the function that made
/// it, or into callers and callees that are compiled for that.
enum class Scope { Function, Program };

/// The scope that the command line asks for.
Scope requestedScope();

/// The scope that \p F is stamped with; Function if with none.
Scope stampedScope(const llvm::Function &F);

/// Whether copier-gen has been over \p F, and setting that.
bool isDone(const llvm::Function &F);
void setDone(llvm::Function &F);

/// copier-mark: stamps the functions that the module defines, and marks what
/// the source keeps synchronous.
class CopierMarkPass : public llvm::PassInfoMixin<CopierMarkPass> {
public:
  llvm::PreservedAnalyses run(llvm::Module &M,
                              llvm::ModuleAnalysisManager &MAM);
  static bool isRequired() { return true; }
};

} // namespace copier

#endif // COPIER_GEN_OPTIONS_H
