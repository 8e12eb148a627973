//===- Pending.cpp - Where copies may be pending --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A forward may-analysis over the blocks in reverse post-order, run until
// nothing changes. Then csyncs that every iteration of a loop would come across
// for the sake of a copy outside move in front of the loop, one loop at a time,
// and the analysis runs again with them.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Pending.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Dominators.h"

using namespace llvm;

namespace copier {

namespace {

/// More csyncs than this at one place are one csync_all.
constexpr unsigned MaxPrecise = 4;

/// What may be pending at one point, by index of the site.
struct State {
  BitVector Pending;
  /// Of these, executions before the latest one may be pending as well, so that
  /// the operands of the copy do not tell its ranges.
  BitVector Stale;

  explicit State(unsigned Sites) : Pending(Sites), Stale(Sites) {}

  /// Adds what may be pending in \p Other; true if that was news.
  bool merge(const State &Other) {
    BitVector News = Other.Pending;
    News.reset(Pending);
    BitVector StaleNews = Other.Stale;
    StaleNews.reset(Stale);
    Pending |= Other.Pending;
    Stale |= Other.Stale;
    return News.any() || StaleNews.any();
  }
};

class PendingAnalysis {
public:
  PendingAnalysis(Function &F, ArrayRef<CopySite> Sites,
                  ConflictAnalysis &Conflicts, const DominatorTree &DT,
                  const LoopInfo &LI)
      : Sites(Sites), Conflicts(Conflicts), DT(DT), LI(LI), Order(&F) {
    for (auto [Index, Site] : enumerate(Sites))
      if (Site.isAsynchronous())
        IndexOf[Site.Call] = Index;
  }

  std::vector<Sync> run();

private:
  void iterate();
  void walk(BasicBlock &Block, State &Now, std::vector<Sync> *Result);
  void visit(Instruction &I, State &Now, std::vector<Sync> *Result);
  std::optional<Sync> conflictBefore(Instruction &I, const State &Now);
  bool isOnlyLatest(unsigned Site, const Instruction &I, const State &Now);
  void choose(Sync &Needed, const State &Now);
  Instruction *inFrontOfLoop(const Sync &Needed);
  bool hoist(ArrayRef<Sync> Syncs);

  ArrayRef<CopySite> Sites;
  ConflictAnalysis &Conflicts;
  const DominatorTree &DT;
  const LoopInfo &LI;
  ReversePostOrderTraversal<Function *> Order;
  DenseMap<const Instruction *, unsigned> IndexOf;
  DenseMap<const BasicBlock *, State> AtEntry;
  /// Sites that are synced before a terminator for the sake of the loop that
  /// follows, and why the first one is.
  struct Hoisted {
    BitVector Sites;
    Conflict Why;
  };
  DenseMap<const Instruction *, Hoisted> InFrontOfLoops;
};

} // namespace

/// Is nothing of \p Site pending at \p I but its latest execution, and have its
/// operands the values that they had there? Where the copy dominates, they
/// cannot have been computed anew without copying again.
bool PendingAnalysis::isOnlyLatest(unsigned Site, const Instruction &I,
                                   const State &Now) {
  return !Now.Stale.test(Site) && DT.dominates(Sites[Site].Call, &I);
}

/// Decides between csync and csync_all.
void PendingAnalysis::choose(Sync &Needed, const State &Now) {
  Needed.All = Needed.All || Needed.Sites.size() > MaxPrecise ||
               any_of(Needed.Sites, [&](unsigned Site) {
                 return !isOnlyLatest(Site, *Needed.Before, Now);
               });
}

/// What must be complete before \p I, if anything.
std::optional<Sync> PendingAnalysis::conflictBefore(Instruction &I,
                                                    const State &Now) {
  Sync Needed;
  Needed.Before = &I;
  if (std::optional<Conflict> Why = Conflicts.withAll(I)) {
    Needed.All = true;
    Needed.Why = *Why;
    append_range(Needed.Sites, Now.Pending.set_bits());
    return Needed;
  }
  for (unsigned Site : Now.Pending.set_bits())
    if (std::optional<Conflict> Why =
            Conflicts.withSite(I, Site, isOnlyLatest(Site, I, Now))) {
      if (Needed.Sites.empty())
        Needed.Why = *Why;
      Needed.Sites.push_back(Site);
    }
  auto Front = InFrontOfLoops.find(&I);
  if (Front != InFrontOfLoops.end())
    for (unsigned Site : Front->second.Sites.set_bits())
      if (Now.Pending.test(Site) && !is_contained(Needed.Sites, Site)) {
        if (Needed.Sites.empty())
          Needed.Why = Front->second.Why;
        Needed.BeforeLoop = true;
        Needed.Sites.push_back(Site);
      }
  if (Needed.Sites.empty())
    return std::nullopt;
  choose(Needed, Now);
  return Needed;
}

void PendingAnalysis::visit(Instruction &I, State &Now,
                            std::vector<Sync> *Result) {
  if (Now.Pending.any())
    if (std::optional<Sync> Needed = conflictBefore(I, Now)) {
      if (Needed->All) {
        Now.Pending.reset();
        Now.Stale.reset();
      }
      for (unsigned Site : Needed->Sites) {
        Now.Pending.reset(Site);
        Now.Stale.reset(Site);
      }
      if (Result)
        Result->push_back(std::move(*Needed));
    }
  auto Copy = IndexOf.find(&I);
  if (Copy == IndexOf.end())
    return;
  if (Now.Pending.test(Copy->second))
    Now.Stale.set(Copy->second);
  Now.Pending.set(Copy->second);
}

void PendingAnalysis::walk(BasicBlock &Block, State &Now,
                           std::vector<Sync> *Result) {
  for (Instruction &I : Block)
    visit(I, Now, Result);
}

/// Computes AtEntry.
void PendingAnalysis::iterate() {
  AtEntry.clear();
  for (BasicBlock *Block : Order)
    AtEntry.try_emplace(Block, Sites.size());
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (BasicBlock *Block : Order) {
      State Now = AtEntry.find(Block)->second;
      walk(*Block, Now, nullptr);
      for (BasicBlock *Successor : successors(Block))
        Changed |= AtEntry.find(Successor)->second.merge(Now);
    }
  }
}

/// If \p Needed is come across in every iteration of a loop that contains none
/// of its copies: the end of that loop's preheader. Else null.
Instruction *PendingAnalysis::inFrontOfLoop(const Sync &Needed) {
  BasicBlock *Block = Needed.Before->getParent();
  const Loop *L = LI.getLoopFor(Block);
  BasicBlock *Preheader = L ? L->getLoopPreheader() : nullptr;
  if (!Preheader)
    return nullptr;
  SmallVector<BasicBlock *, 4> Latches;
  L->getLoopLatches(Latches);
  for (BasicBlock *Latch : Latches)
    if (!DT.dominates(Block, Latch))
      return nullptr;
  for (unsigned Site : Needed.Sites)
    if (L->contains(Sites[Site].Call))
      return nullptr;
  return Preheader->getTerminator();
}

/// Moves what it can of \p Syncs one loop outwards; false if nothing.
bool PendingAnalysis::hoist(ArrayRef<Sync> Syncs) {
  bool Any = false;
  for (const Sync &Needed : Syncs) {
    Instruction *Front = inFrontOfLoop(Needed);
    if (!Front)
      continue;
    auto [Place, IsNew] = InFrontOfLoops.try_emplace(
        Front, Hoisted{BitVector(Sites.size()), Needed.Why});
    for (unsigned Site : Needed.Sites)
      Place->second.Sites.set(Site);
    Any = true;
  }
  return Any;
}

std::vector<Sync> PendingAnalysis::run() {
  std::vector<Sync> Result;
  do {
    Result.clear();
    iterate();
    for (BasicBlock *Block : Order) {
      State Now = AtEntry.find(Block)->second;
      walk(*Block, Now, &Result);
    }
  } while (hoist(Result));
  return Result;
}

std::vector<Sync> findSyncs(Function &F, ArrayRef<CopySite> Sites,
                            ConflictAnalysis &Conflicts,
                            const DominatorTree &DT, const LoopInfo &LI) {
  return PendingAnalysis(F, Sites, Conflicts, DT, LI).run();
}

} // namespace copier
