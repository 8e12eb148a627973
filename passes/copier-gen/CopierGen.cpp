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
#include "copier-gen/Entries.h"
#include "copier-gen/Options.h"
#include "copier-gen/Remarks.h"
#include "copier-gen/Rewrite.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace copier {

/// Leaves all copies of \p Plan.
static void leaveAll(ModulePlan &Plan, const std::string &Why) {
  Plan.Program = std::make_unique<ProgramScope>(std::vector<Function *>());
  for (FunctionPlan &Planned : Plan.Functions) {
    Planned.Pending = PendingPlan();
    Planned.AtOnce.clear();
    for (CopySite &Site : Planned.Sites)
      if (Site.isAsynchronous())
        Site.LeftReason = Why;
  }
}

/// Has the pass run only once over a function.
static void setAllDone(Module &M) {
  for (Function &F : M)
    if (!F.isDeclaration() && stampedMinSize(F))
      setDone(F);
}

/// Returns the functions that have changed.
static std::vector<Function *> carryOut(const ModulePlan &Plan,
                                        EntryPoints &Library,
                                        FunctionAnalysisManager &FAM) {
  std::vector<Function *> Changed;
  for (const FunctionPlan &Planned : Plan.Functions) {
    if (!Planned.changes())
      continue;
    rewriteFunction(Planned, Library,
                    FAM.getCachedResult<ScalarEvolutionAnalysis>(*Planned.F));
    Changed.push_back(Planned.F);
  }
  append_range(Changed, splitEntries(*Plan.Program, Library));
  return Changed;
}

PreservedAnalyses CopierGenPass::run(Module &M, ModuleAnalysisManager &MAM) {
  auto &FAM = MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
  ModulePlan Plan = planModule(M, FAM, /*Unstamped=*/false);
  setAllDone(M);
  EntryPoints Library(M);
  if (std::string Why = Library.whyUnusable(); !Why.empty())
    leaveAll(Plan, Why);
  for (const FunctionPlan &Planned : Plan.Functions)
    emitRemarks(Planned, *Plan.Program,
                FAM.getResult<OptimizationRemarkEmitterAnalysis>(*Planned.F));
  std::vector<Function *> Changed = carryOut(Plan, Library, FAM);
  if (Changed.empty())
    return PreservedAnalyses::all();
  dropMemoryAttributes(Changed);
  return PreservedAnalyses::none();
}

} // namespace copier
