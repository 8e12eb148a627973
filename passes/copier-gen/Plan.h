//===- Plan.h - What is to become of a function ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan: which copies become asynchronous and where csyncs go. It is made
// and printed from the unchanged function; Rewrite.h carries it out.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_PLAN_H
#define COPIER_GEN_PLAN_H

#include "copier-gen/Pending.h"
#include "llvm/IR/PassManager.h"

namespace copier {

struct FunctionPlan {
  llvm::Function *F = nullptr;
  std::vector<CopySite> Sites; ///< All copies, those that are left included.
  std::vector<Sync> Syncs;

  bool hasAsynchronousCopies() const {
    return llvm::any_of(
        Sites, [](const CopySite &Site) { return Site.isAsynchronous(); });
  }
};

/// Plans \p F, whose constant-size copies below \p MinSize stay. Changes
/// nothing.
FunctionPlan planFunction(llvm::Function &F, uint64_t MinSize,
                          llvm::FunctionAnalysisManager &FAM);

/// print<copier-pending>: prints the plan of every function that copies.
class CopierPendingPrinterPass
    : public llvm::PassInfoMixin<CopierPendingPrinterPass> {
public:
  explicit CopierPendingPrinterPass(llvm::raw_ostream &Stream) : OS(Stream) {}
  llvm::PreservedAnalyses run(llvm::Function &F,
                              llvm::FunctionAnalysisManager &FAM);
  static bool isRequired() { return true; }

private:
  llvm::raw_ostream &OS;
};

} // namespace copier

#endif // COPIER_GEN_PLAN_H
