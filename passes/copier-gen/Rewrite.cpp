//===- Rewrite.cpp - Carrying out a plan ----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy becomes
//
//   if (n >= __copier_min_size || __copier_pending)
//     __copier_amemcpy(dst, src, n, &site);
//   else
//     memcpy(dst, src, n);          // as it was
//
// because a plain copy must not pass one that is pending. A csync becomes
//
//   if (__copier_pending)
//     __copier_csync(dst, n);
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Rewrite.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace copier {

static void insertSync(const FunctionPlan &Plan, const Sync &Needed,
                       EntryPoints &Library) {
  IRBuilder<> B(Needed.Before);
  Instruction *Rare = SplitBlockAndInsertIfThen(
      Library.createIsPending(B), Needed.Before, /*Unreachable=*/false,
      MDBuilder(B.getContext()).createUnlikelyBranchWeights());
  B.SetInsertPoint(Rare);
  B.SetCurrentDebugLocation(Needed.Before->getDebugLoc());
  if (Needed.All) {
    Library.createSyncAll(B);
    return;
  }
  for (unsigned Site : Needed.Sites)
    Library.createSync(B, Plan.Sites[Site]);
}

static void rewriteCopy(const CopySite &Site, EntryPoints &Library) {
  CallBase *Plain = Site.Call;
  Plain->replaceAllUsesWith(Site.Destination); // What memcpy returns.
  IRBuilder<> B(Plain);
  Value *IsLarge = Library.createIsLarge(B, Site);
  Value *GoesAsync = B.CreateOr(IsLarge, Library.createIsPending(B));
  Instruction *AsyncEnd = nullptr;
  Instruction *PlainEnd = nullptr;
  SplitBlockAndInsertIfThenElse(
      GoesAsync, Plain, &AsyncEnd, &PlainEnd,
      MDBuilder(B.getContext()).createUnlikelyBranchWeights());
  B.SetInsertPoint(AsyncEnd);
  B.SetCurrentDebugLocation(Plain->getDebugLoc());
  Library.createCopy(B, Site);
  Plain->moveBefore(PlainEnd->getIterator());
}

void rewriteFunction(const FunctionPlan &Plan, EntryPoints &Library) {
  // First the csyncs: one may go right before a copy, which is then still
  // where the plan has it.
  for (const Sync &Needed : Plan.Syncs)
    insertSync(Plan, Needed, Library);
  for (const CopySite &Site : Plan.Sites)
    if (Site.isAsynchronous())
      rewriteCopy(Site, Library);
}

} // namespace copier
