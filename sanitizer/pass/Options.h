//===- Options.h - Which functions are checked --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// copsan-mark stamps functions as they come from clang, so that it is known in
// a link-time optimization which ones were compiled with -fsanitize=copier.
// Where no_sanitize("copier") is, copsan-attributes (a plugin for clang) has
// left an annotation.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_OPTIONS_H
#define COPSAN_OPTIONS_H

#include "llvm/IR/PassManager.h"

namespace copsan {

/// To be checked, and not yet done.
bool isToBeChecked(const llvm::Function &F);
void setDone(llvm::Function &F);

/// copsan-mark. Also takes in what clang's plugin has found (Places.h).
class MarkPass : public llvm::PassInfoMixin<MarkPass> {
public:
  llvm::PreservedAnalyses run(llvm::Module &M, llvm::ModuleAnalysisManager &);
  static bool isRequired() { return true; }
};

} // namespace copsan

#endif // COPSAN_OPTIONS_H
