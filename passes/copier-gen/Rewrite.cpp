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
// because a plain copy must not pass one that is pending. One that checks its
// size (_FORTIFY_SOURCE) goes the first way only if that is within the limit;
// where it is not, the plain one ends the program, after a csync_all, since a
// handler of SIGABRT may look around. A csync becomes
//
//   if (__copier_pending)
//     __copier_csync(dst, n);
//
// and a guard is the same with __copier_guard, which looks whether what is
// pending is elsewhere before it calls csync. Where nothing could run between a
// copy and its csync, both are one call, no larger than that of memcpy, to
// __copier_memcpy(dst, src, n, &site), which looks at size and pending itself.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Rewrite.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

using namespace llvm;

namespace copier {

namespace {

/// A guard, and what is needed for it if it is one of a whole loop.
struct ExpandedGuard {
  const Guard *G;
  Value *First = nullptr; ///< Where it begins at first.
  Value *Trips = nullptr; ///< How often it advances at most.
};

/// What is to be done before one instruction.
struct Work {
  const Sync *Csync = nullptr;
  SmallVector<ExpandedGuard, 2> Guards;
};

} // namespace

Instruction *insertIfPending(Instruction *Place, EntryPoints &Library) {
  IRBuilder<> B(Place);
  return SplitBlockAndInsertIfThen(
      Library.createIsPending(B), Place, /*Unreachable=*/false,
      MDBuilder(B.getContext()).createUnlikelyBranchWeights());
}

static void insertCsync(IRBuilderBase &B, const FunctionPlan &Plan,
                        const Sync &Needed, EntryPoints &Library) {
  if (Needed.All) {
    Library.createSyncAll(B);
    return;
  }
  for (unsigned Site : Needed.Sites)
    Library.createSync(B, Plan.Sites[Site]);
}

/// All that a range touches on its way. Where the sum would leave the address
/// space, the pointer has not been used so often, and nobody knows how often.
static void insertLoopGuard(IRBuilderBase &B, const ExpandedGuard &Expanded,
                            EntryPoints &Library) {
  constexpr uint64_t MaxTrips = uint64_t(1) << 40;
  const Guard &G = *Expanded.G;
  Type *Int = B.getInt64Ty();
  uint64_t Step = static_cast<uint64_t>(std::abs(G.Step));
  Value *Trips = B.CreateZExt(Expanded.Trips, Int);
  Value *Way = B.CreateMul(Trips, B.getInt64(Step));
  Value *Begin = B.CreateAdd(B.CreatePtrToInt(Expanded.First, Int),
                             B.getInt64(static_cast<uint64_t>(G.Offset)));
  Value *Low = G.Step < 0 ? B.CreateSub(Begin, Way) : Begin;
  Value *Size = B.CreateAdd(Way, B.CreateZExt(G.Range.Size, Int));
  Value *Wraps =
      B.CreateOr(B.CreateICmpUGT(Trips, B.getInt64(MaxTrips)),
                 B.CreateOr(B.CreateICmpUGT(Low, Begin),
                            B.CreateICmpULT(B.CreateAdd(Low, Size), Low)));
  Value *Start = B.CreateSelect(Wraps, B.getInt64(0), Low);
  Library.createGuard(B, B.CreateIntToPtr(Start, B.getPtrTy()),
                      B.CreateSelect(Wraps, B.getInt64(UINT64_MAX), Size));
}

static void insertGuard(IRBuilderBase &B, const ExpandedGuard &Expanded,
                        EntryPoints &Library) {
  const Guard &G = *Expanded.G;
  if (G.First) {
    insertLoopGuard(B, Expanded, Library);
    return;
  }
  Value *Start = G.Range.Start;
  if (G.Offset)
    Start = B.CreatePtrAdd(Start, B.getInt64(static_cast<uint64_t>(G.Offset)));
  Library.createGuard(B, Start, G.Range.Size);
}

static void insert(Instruction *Before, const FunctionPlan &Plan,
                   const Work &Needed, EntryPoints &Library) {
  IRBuilder<> B(insertIfPending(Before, Library));
  B.SetCurrentDebugLocation(Before->getDebugLoc());
  if (Needed.Csync)
    insertCsync(B, Plan, *Needed.Csync, Library);
  if (!Needed.Csync || !Needed.Csync->All)
    for (const ExpandedGuard &Expanded : Needed.Guards)
      insertGuard(B, Expanded, Library);
}

/// Computes what guards of whole loops need, while the loops are as they were.
static ExpandedGuard expand(const Guard &G, SCEVExpander &Expander) {
  ExpandedGuard Result = {&G};
  if (!G.First)
    return Result;
  // No more than the program itself must this depend on what is poison where
  // the loop does not use the pointer.
  IRBuilder<> B(G.Before);
  Result.First = B.CreateFreeze(
      Expander.expandCodeFor(G.First, nullptr, G.Before->getIterator()));
  Result.Trips = B.CreateFreeze(
      Expander.expandCodeFor(G.Trips, nullptr, G.Before->getIterator()));
  return Result;
}

/// What is to be done where, by place.
static MapVector<Instruction *, Work> collectWork(const FunctionPlan &Plan,
                                                  ScalarEvolution *SE) {
  MapVector<Instruction *, Work> Places;
  for (const Sync &Needed : Plan.Pending.Syncs)
    Places[Needed.Before].Csync = &Needed;
  if (Plan.Pending.Guards.empty())
    return Places;
  SCEVExpander Expander(*SE, "copier", /*PreserveLCSSA=*/false);
  for (const Guard &G : Plan.Pending.Guards)
    Places[G.Before].Guards.push_back(expand(G, Expander));
  return Places;
}

/// The copy, or, where it would not pay to submit it, as it was.
static void createBoth(const CopySite &Site, EntryPoints &Library) {
  CallBase *Plain = Site.Call;
  IRBuilder<> B(Plain);
  Value *IsLarge = Library.createIsLarge(B, Site);
  Value *GoesAsync = B.CreateOr(IsLarge, Library.createIsPending(B));
  if (Site.Limit)
    GoesAsync = B.CreateAnd(GoesAsync, B.CreateICmpULE(Site.Size, Site.Limit));
  Instruction *AsyncEnd = nullptr;
  Instruction *PlainEnd = nullptr;
  SplitBlockAndInsertIfThenElse(
      GoesAsync, Plain, &AsyncEnd, &PlainEnd,
      MDBuilder(B.getContext()).createUnlikelyBranchWeights());
  B.SetInsertPoint(AsyncEnd);
  B.SetCurrentDebugLocation(Plain->getDebugLoc());
  Library.createCopy(B, Site);
  Plain->moveBefore(PlainEnd->getIterator());
  if (Site.Limit) {
    B.SetInsertPoint(insertIfPending(Plain, Library));
    B.SetCurrentDebugLocation(Plain->getDebugLoc());
    Library.createSyncAll(B);
  }
}

/// Returns what is to stand for the copy's result.
static Value *rewriteCopy(const CopySite &Site, EntryPoints &Library) {
  IRBuilder<> B(Site.Call);
  Value *Result = Site.Destination;
  if (Site.returnsEnd() && !Site.Call->use_empty())
    Result = B.CreatePtrAdd(Result, Site.Size);
  if (Site.AtOnce)
    Library.createCopyAtOnce(B, Site);
  else
    createBoth(Site, Library);
  return Result;
}

void rewriteFunction(const FunctionPlan &Plan, EntryPoints &Library,
                     ScalarEvolution *SE) {
  // First the csyncs: one may go right before a copy, which is then still
  // where the plan has it.
  for (const auto &[Before, Needed] : collectWork(Plan, SE))
    insert(Before, Plan, Needed, Library);
  SmallVector<std::pair<CallBase *, WeakTrackingVH>, 8> Results;
  for (const CopySite &Site : Plan.Sites)
    if (Site.isAsynchronous())
      Results.push_back({Site.Call, rewriteCopy(Site, Library)});
  // Not before: one copy's result may be another one's operand in the plan.
  for (auto &[Plain, Result] : Results)
    Plain->replaceAllUsesWith(Result);
  for (const CopySite &Site : Plan.Sites)
    if (Site.AtOnce)
      Site.Call->eraseFromParent();
}

} // namespace copier
