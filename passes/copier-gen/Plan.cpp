//===- Plan.cpp - What is to become of a function -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Puts sites, conflicts and dataflow together, and prints the result.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Plan.h"
#include "copier-gen/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace copier {

FunctionPlan planFunction(Function &F, uint64_t MinSize,
                          FunctionAnalysisManager &FAM) {
  const auto &TLI = FAM.getResult<TargetLibraryAnalysis>(F);
  FunctionPlan Plan;
  Plan.F = &F;
  Plan.Sites = findCopySites(F, MinSize, TLI);
  if (!Plan.hasAsynchronousCopies())
    return Plan;
  ConflictAnalysis Conflicts(F.getDataLayout(), Plan.Sites,
                             FAM.getResult<AAManager>(F), TLI);
  Plan.Syncs = findSyncs(F, Plan.Sites, Conflicts,
                         FAM.getResult<DominatorTreeAnalysis>(F),
                         FAM.getResult<LoopAnalysis>(F));
  return Plan;
}

static void printSite(raw_ostream &OS, unsigned Index, const CopySite &Site) {
  OS << "  site #" << Index << ' ' << Site.Name << " dst=";
  Site.Destination->printAsOperand(OS, /*PrintType=*/false);
  OS << " src=";
  Site.Source->printAsOperand(OS, /*PrintType=*/false);
  OS << " n=";
  Site.Size->printAsOperand(OS, /*PrintType=*/false);
  SourcePlace Place = sourcePlace(*Site.Call);
  if (Place.Line)
    OS << " at " << Place.File << ':' << Place.Line << ':' << Place.Column;
  if (Site.isAsynchronous())
    OS << " asynchronous\n";
  else
    OS << " left: " << Site.LeftReason << '\n';
}

/// On one line, and without metadata, whose numbers mean nothing here.
static std::string instructionText(const Instruction &I) {
  std::string Text;
  raw_string_ostream(Text) << I;
  SmallVector<StringRef, 16> Words;
  SplitString(StringRef(Text).substr(0, Text.find(", !")), Words);
  return join(Words, " ");
}

static void printSync(raw_ostream &OS, const FunctionPlan &Plan,
                      const Sync &Needed) {
  OS << (Needed.All ? "  csync_all" : "  csync") << " before '"
     << instructionText(*Needed.Before) << "' : site";
  for (unsigned Site : Needed.Sites)
    OS << " #" << Site;
  OS << " [" << conflictText(Needed.Why)
     << (Needed.BeforeLoop ? " in the loop]" : "]") << '\n';
}

PreservedAnalyses CopierPendingPrinterPass::run(Function &F,
                                                FunctionAnalysisManager &FAM) {
  uint64_t MinSize = stampedMinSize(F).value_or(requestedMinSize());
  FunctionPlan Plan = planFunction(F, MinSize, FAM);
  if (Plan.Sites.empty())
    return PreservedAnalyses::all();
  OS << "copier-pending for '" << F.getName() << "':\n";
  for (auto [Index, Site] : enumerate(Plan.Sites))
    printSite(OS, Index, Site);
  for (const Sync &Needed : Plan.Syncs)
    printSync(OS, Plan, Needed);
  return PreservedAnalyses::all();
}

} // namespace copier
