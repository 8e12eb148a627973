//===- Print.cpp - print<copier-pending> ----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints plans, so that the analysis itself can be tested.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Options.h"
#include "copier-gen/Plan.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace copier {

static void printSite(raw_ostream &OS, unsigned Index, const CopySite &Site) {
  OS << "  site #" << Index << ' ' << Site.Name << " dst=";
  Site.Destination->printAsOperand(OS, /*PrintType=*/false);
  OS << " src=";
  Site.Source->printAsOperand(OS, /*PrintType=*/false);
  OS << " n=";
  Site.Size->printAsOperand(OS, /*PrintType=*/false);
  if (Site.Limit) {
    OS << " limit=";
    Site.Limit->printAsOperand(OS, /*PrintType=*/false);
  }
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
     << instructionText(*Needed.Before) << "' :";
  StringRef Prefix = " site #";
  for (unsigned Site : Needed.Sites) {
    size_t Foreign = Site - Plan.Sites.size();
    if (Site < Plan.Sites.size())
      OS << Prefix << Site;
    else
      OS << (Foreign == 0 ? " callers'" : " callees'");
    Prefix = " #";
  }
  OS << " [" << conflictText(Needed.Why)
     << (Needed.BeforeLoop ? " in the loop]" : "]");
}

static void printGuard(raw_ostream &OS, const Guard &G) {
  OS << "  guard before '" << instructionText(*G.Before) << "' : ";
  if (G.First)
    OS << '(' << *G.First << ')';
  else
    G.Range.Start->printAsOperand(OS, /*PrintType=*/false);
  if (G.Offset)
    OS << (G.Offset < 0 ? " - " : " + ") << std::abs(G.Offset);
  OS << ", ";
  G.Range.Size->printAsOperand(OS, /*PrintType=*/false);
  if (G.First)
    OS << " [step " << G.Step << ", at most " << *G.Trips << " times]";
  OS << '\n';
}

static void printState(raw_ostream &OS, const Function &F,
                       const ProgramScope &Program) {
  if (!Program.contains(F))
    return;
  if (Program.isEntered(F))
    OS << "  entered with copies pending\n";
  if (Program.isLeaving(F))
    OS << "  leaves copies pending\n";
  if (Program.needsTwoEntries(F))
    OS << "  two entries\n";
}

PreservedAnalyses CopierPendingPrinterPass::run(Module &M,
                                                ModuleAnalysisManager &MAM) {
  auto &FAM = MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
  ModulePlan Plan = planModule(M, FAM, /*Unstamped=*/true);
  for (const FunctionPlan &Planned : Plan.Functions) {
    OS << "copier-pending for '" << Planned.F->getName() << "':\n";
    printState(OS, *Planned.F, *Plan.Program);
    for (auto [Index, Site] : enumerate(Planned.Sites))
      printSite(OS, Index, Site);
    for (const Sync &Needed : Planned.Pending.Syncs) {
      printSync(OS, Planned, Needed);
      OS << '\n';
    }
    for (const Sync &Needed : Planned.AtOnce) {
      printSync(OS, Planned, Needed);
      OS << " at the copy\n";
    }
    for (const Guard &G : Planned.Pending.Guards)
      printGuard(OS, G);
  }
  return PreservedAnalyses::all();
}

} // namespace copier
