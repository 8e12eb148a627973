//===- Remarks.cpp - -Rpass=copier and its relatives ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One remark a copy, one analysis a csync, and one for all guards of a
// function.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Remarks.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"

using namespace llvm;

static constexpr char PassName[] = "copier";

namespace copier {

static void emitSite(const CopySite &Site, OptimizationRemarkEmitter &Emitter) {
  if (Site.isAsynchronous())
    Emitter.emit([&] {
      return OptimizationRemark(PassName, "AsynchronousCopy", Site.Call)
             << ore::NV("Copy", Site.Name) << " made asynchronous";
    });
  else
    Emitter.emit([&] {
      return OptimizationRemarkMissed(PassName, "CopyLeft", Site.Call)
             << ore::NV("Copy", Site.Name) << " not made asynchronous: "
             << ore::NV("Reason", Site.LeftReason);
    });
}

static void emitSync(const FunctionPlan &Plan, const Sync &Needed, bool AtCopy,
                     OptimizationRemarkEmitter &Emitter) {
  Emitter.emit([&] {
    OptimizationRemarkAnalysis Remark(PassName, "Csync", Needed.Before);
    Remark << (Needed.All ? "csync_all" : "csync") << " inserted for "
           << ore::NV("Conflict", conflictText(Needed.Why));
    if (Needed.BeforeLoop)
      Remark << " in the loop";
    StringRef Prefix = " with the copy at line ";
    for (unsigned Site : Needed.Sites) {
      if (Site >= Plan.Sites.size()) {
        Remark << " with what other functions have left pending";
        break;
      }
      SourcePlace Place = sourcePlace(*Plan.Sites[Site].Call);
      Remark << Prefix << ore::NV("Line", Place.Line);
      Prefix = ", ";
    }
    if (AtCopy)
      Remark << ", at the copy: there is nothing to run beside it";
    return Remark;
  });
}

/// How far copies of the function reach, and what those of others cost here.
static void emitFunction(const FunctionPlan &Plan, const ProgramScope &Program,
                         OptimizationRemarkEmitter &Emitter) {
  const Function &F = *Plan.F;
  if (!Program.contains(F))
    return;
  const Instruction *Place = &F.getEntryBlock().front();
  if (Program.isLeaving(F))
    Emitter.emit([&] {
      return OptimizationRemarkAnalysis(PassName, "Leaves", Place)
             << ore::NV("Function", &F)
             << " may return with copies pending, to "
             << ore::NV("Callers",
                        count_if(F.users(),
                                 [&](const User *U) {
                                   const auto *Call = dyn_cast<CallBase>(U);
                                   return Call &&
                                          Program.guardedCallee(*Call) == &F;
                                 }))
             << " guarded calls";
    });
  if (size_t Guards = Plan.Pending.Guards.size())
    Emitter.emit([&] {
      auto InFront = count_if(Plan.Pending.Guards, [](const Guard &G) {
        return G.First != nullptr;
      });
      return OptimizationRemarkAnalysis(PassName, "Guards", Place)
             << ore::NV("Function", &F) << " has " << ore::NV("Guards", Guards)
             << " guards for copies of other functions, "
             << ore::NV("OfLoops", InFront) << " of them for a whole loop";
    });
}

void emitRemarks(const FunctionPlan &Plan, const ProgramScope &Program,
                 OptimizationRemarkEmitter &Emitter) {
  for (const CopySite &Site : Plan.Sites)
    emitSite(Site, Emitter);
  for (const Sync &Needed : Plan.Pending.Syncs)
    emitSync(Plan, Needed, /*AtCopy=*/false, Emitter);
  for (const Sync &Needed : Plan.AtOnce)
    emitSync(Plan, Needed, /*AtCopy=*/true, Emitter);
  emitFunction(Plan, Program, Emitter);
}

} // namespace copier
