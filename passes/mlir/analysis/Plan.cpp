//===- Plan.cpp - All csyncs that a function needs ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where csyncs go, other than right in front of the conflict: before a loop
// that has nothing to do with the copy, and nowhere if one is there already.
//
//===----------------------------------------------------------------------===//

#include "analysis/Plan.h"
#include "analysis/Work.h"
#include "dialect/Copier.h"
#include "mlir/IR/AsmState.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;

namespace copier {

SmallVector<Need> planCsyncs(FunctionModel &Model) {
  SmallVector<Need> Result;
  PendingCopies Pending(Model);
  Model.function()->walk<WalkOrder::PreOrder>([&](Operation *Op) {
    if (Op != Model.function())
      Result.append(Model.needs(Op, Pending.before(Op)));
  });
  return Result;
}

/// Whether the operation is executed in every iteration of the loop around it,
/// with nothing before it that the copy could run beside.
static bool beginsIteration(Operation *Op) {
  if (!Op->getParentRegion()->hasOneBlock())
    return false;
  for (Operation &Before : *Op->getBlock()) {
    if (&Before == Op)
      return true;
    if (isWork(&Before))
      return false;
  }
  llvm_unreachable("an operation is in its block");
}

Operation *placeOf(const Need &N, FunctionModel &Model) {
  Operation *Place = N.Before;
  if (N.Site || N.Why == Conflict::Return || N.Why == Conflict::ScopeEnd)
    return Place;
  while (auto Loop = dyn_cast<LoopLikeOpInterface>(Place->getParentOp())) {
    bool Own = llvm::any_of(N.Sites, [&](unsigned Number) {
      return Loop->isAncestor(Model.sites()[Number].Op);
    });
    if (Own || !beginsIteration(Place) ||
        (N.Memory && !Loop.isDefinedOutsideOfLoop(N.Memory)))
      break;
    Place = Loop;
  }
  return Place;
}

bool isSatisfied(const Need &N, Operation *Place, FunctionModel &Model) {
  if (N.Site)
    return false;
  for (Operation *Before = Place->getPrevNode(); Before;
       Before = Before->getPrevNode()) {
    if (isa<CsyncAllOp>(Before))
      return true;
    auto Csync = dyn_cast<CsyncOp>(Before);
    if (Csync && Csync.isWhole() && N.Memory &&
        covers(Csync.getMemref(), N.Memory))
      return true;
    if (Model.submits(Before))
      return false;
  }
  Operation *Parent = Place->getParentOp();
  // What comes before a region's entry is what comes before its operation, or
  // another execution of it.
  if (Parent == Model.function() || !Place->getBlock()->isEntryBlock() ||
      Model.submits(Parent))
    return false;
  return isSatisfied(N, Parent, Model);
}

static void printNeed(const Need &N, FunctionModel &Model, AsmState &Names,
                      llvm::raw_ostream &OS) {
  OS << (N.isAll() ? "  csync_all" : "  csync of ");
  if (!N.isAll())
    (N.Memory ? N.Memory : Model.sites()[*N.Site].Target)
        .printAsOperand(OS, Names);
  Operation *Place = placeOf(N, Model);
  OS << (Place == N.Before ? " before '" : " before the loop around '")
     << N.Before->getName() << "' [" << conflictText(N.Why) << "] :";
  for (unsigned Site : N.Sites)
    OS << " site #" << Site;
  OS << '\n';
}

static void printInterface(const Interface &I, llvm::raw_ostream &OS) {
  OS << (I.IsResult ? "result " : "argument ") << I.Number;
}

void printPlan(FunctionModel &Model, const Summary &Known,
               llvm::raw_ostream &OS) {
  OS << "pending copies in '" << Model.function().getName() << "':\n";
  AsmState Names(Model.function());
  for (auto [Number, Site] : llvm::enumerate(Model.sites())) {
    OS << "  site #" << Number << ": ";
    Site.Source.printAsOperand(OS, Names);
    OS << " -> ";
    Site.Target.printAsOperand(OS, Names);
    OS << '\n';
  }
  for (const Need &N : planCsyncs(Model))
    printNeed(N, Model, Names, OS);
  for (const ExitCopy &Copy : Known.Pending) {
    OS << "  leaves pending: ";
    printInterface(Copy.Source, OS);
    OS << " -> ";
    printInterface(Copy.Target, OS);
    OS << '\n';
  }
  if (Known.Unknown)
    OS << "  may do anything\n";
}

} // namespace copier
