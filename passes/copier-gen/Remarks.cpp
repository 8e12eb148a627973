//===- Remarks.cpp - -Rpass=copier and its relatives ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One remark a copy, one analysis a csync.
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

static void emitSync(const FunctionPlan &Plan, const Sync &Needed,
                     OptimizationRemarkEmitter &Emitter) {
  Emitter.emit([&] {
    OptimizationRemarkAnalysis Remark(PassName, "Csync", Needed.Before);
    Remark << (Needed.All ? "csync_all" : "csync") << " inserted for "
           << ore::NV("Conflict", conflictText(Needed.Why));
    if (Needed.BeforeLoop)
      Remark << " in the loop";
    StringRef Prefix = " with the copy at line ";
    for (unsigned Site : Needed.Sites) {
      SourcePlace Place = sourcePlace(*Plan.Sites[Site].Call);
      Remark << Prefix << ore::NV("Line", Place.Line);
      Prefix = ", ";
    }
    return Remark;
  });
}

void emitRemarks(const FunctionPlan &Plan, OptimizationRemarkEmitter &Emitter) {
  for (const CopySite &Site : Plan.Sites)
    emitSite(Site, Emitter);
  for (const Sync &Needed : Plan.Syncs)
    emitSync(Plan, Needed, Emitter);
}

} // namespace copier
