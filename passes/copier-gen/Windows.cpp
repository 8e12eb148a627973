//===- Windows.cpp - What copies can run beside ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A walk from the copy over all paths, up to csyncs. Calls and loops take time,
// and so do many instructions; a few are nothing beside a copy that is large
// enough to be submitted.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Windows.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace copier {

/// As many instructions, on all paths together, are nothing: some 20 ns, where
/// a copy of 64 KB takes microseconds.
static constexpr unsigned MaxNothing = 64;

/// Filling or copying no more than this is an instruction like others.
static constexpr uint64_t MaxFewBytes = 4096;

static bool takesTime(const Instruction &I) {
  if (const auto *Intrinsic = dyn_cast<AnyMemIntrinsic>(&I)) {
    const auto *Size = dyn_cast<ConstantInt>(Intrinsic->getLength());
    return !Size || Size->getValue().ugt(MaxFewBytes);
  }
  return isa<CallBase>(I) && !isa<IntrinsicInst>(I);
}

namespace {

class WindowWalk {
public:
  WindowWalk(unsigned Number, const FunctionContext &Function,
             const PendingPlan &Plan)
      : Site(Number), Context(Function) {
    for (const Sync &Needed : Plan.Syncs)
      if (Needed.All || is_contained(Needed.Sites, Site))
        Ends[Needed.Before] = &Needed;
  }

  /// Whether there is a window; if not, First is what ends it, or null.
  bool run();
  const Sync *First = nullptr;

private:
  bool walk(const Instruction *I);
  bool leave(const Instruction &Terminator);

  const unsigned Site;
  const FunctionContext &Context;
  DenseMap<const Instruction *, const Sync *> Ends; ///< Looked up only.
  SmallPtrSet<const BasicBlock *, 8> Seen;
  SmallVector<const BasicBlock *, 8> Work;
  unsigned Instructions = 0;
};

} // namespace

/// Goes on to what follows the block; true if that takes time.
bool WindowWalk::leave(const Instruction &Terminator) {
  for (const BasicBlock *Next : successors(Terminator.getParent())) {
    if (Context.LI.isLoopHeader(Next))
      return true;
    if (Seen.insert(Next).second)
      Work.push_back(Next);
  }
  // Without a csync, the copy is still pending in the caller.
  return isa<ReturnInst>(Terminator);
}

/// From \p I on to the end of its block; true if that takes time.
bool WindowWalk::walk(const Instruction *I) {
  for (;; I = I->getNextNode()) {
    if (const Sync *End = Ends.lookup(I)) {
      if (!First)
        First = End;
      return false;
    }
    if (takesTime(*I) || ++Instructions > MaxNothing)
      return true;
    if (I->isTerminator())
      return leave(*I);
  }
}

bool WindowWalk::run() {
  if (walk(Context.Sites[Site].Call->getNextNode()))
    return true;
  while (!Work.empty())
    if (walk(&Work.pop_back_val()->front()))
      return true;
  return false;
}

const Sync *findEndOfNothing(unsigned Site, const FunctionContext &Context,
                             const PendingPlan &Pending) {
  // One that checks its size needs the branches in any case.
  if (Context.Sites[Site].Limit)
    return nullptr;
  WindowWalk Walk(Site, Context, Pending);
  // Where all paths end in unreachable code, there is no csync.
  return Walk.run() ? nullptr : Walk.First;
}

} // namespace copier
