//===- CopierGen.cpp - The pass that makes copies asynchronous ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Required, so that it also runs on functions without optimization.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/CopierGen.h"
#include "copier-gen/Attributes.h"
#include "copier-gen/Options.h"
#include "copier-gen/Remarks.h"
#include "copier-gen/Rewrite.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace copier {

/// Plans the functions that are to be, and marks them done.
static std::vector<FunctionPlan> planModule(Module &M,
                                            FunctionAnalysisManager &FAM) {
  std::vector<FunctionPlan> Plans;
  for (Function &F : M) {
    std::optional<uint64_t> MinSize = stampedMinSize(F);
    if (F.isDeclaration() || !MinSize || isDone(F))
      continue;
    setDone(F);
    FunctionPlan Plan = planFunction(F, *MinSize, FAM);
    if (!Plan.Sites.empty())
      Plans.push_back(std::move(Plan));
  }
  return Plans;
}

/// Leaves all copies of \p Plans.
static void leaveAll(std::vector<FunctionPlan> &Plans, const std::string &Why) {
  for (FunctionPlan &Plan : Plans) {
    Plan.Syncs.clear();
    for (CopySite &Site : Plan.Sites)
      if (Site.isAsynchronous())
        Site.LeftReason = Why;
  }
}

PreservedAnalyses CopierGenPass::run(Module &M, ModuleAnalysisManager &MAM) {
  auto &FAM = MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
  std::vector<FunctionPlan> Plans = planModule(M, FAM);
  EntryPoints Library(M);
  if (std::string Why = Library.whyUnusable(); !Why.empty())
    leaveAll(Plans, Why);
  for (const FunctionPlan &Plan : Plans)
    emitRemarks(Plan,
                FAM.getResult<OptimizationRemarkEmitterAnalysis>(*Plan.F));

  std::vector<Function *> Changed;
  for (const FunctionPlan &Plan : Plans)
    if (Plan.hasAsynchronousCopies()) {
      rewriteFunction(Plan, Library);
      Changed.push_back(Plan.F);
    }
  if (Changed.empty())
    return PreservedAnalyses::all();
  dropMemoryAttributes(Changed);
  return PreservedAnalyses::none();
}

} // namespace copier
