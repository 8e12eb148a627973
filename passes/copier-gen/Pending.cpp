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
#include "copier-gen/Guards.h"
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
  explicit PendingAnalysis(const FunctionContext &Function)
      : Context(Function), Sites(Function.Sites), Conflicts(Function.Conflicts),
        DT(Function.DT), LI(Function.LI), Callers(Function.Sites.size()),
        Callees(Callers + 1), Tracked(Callees + 1), Order(&Function.F) {
    for (auto [Index, Site] : enumerate(Sites))
      if (Site.staysPending())
        IndexOf[Site.Call] = Index;
  }

  PendingPlan run();

private:
  void iterate();
  void walk(BasicBlock &Block, State &Now, PendingPlan *Result);
  void visit(Instruction &I, State &Now, PendingPlan *Result);
  void pass(Instruction &I, State &Now, PendingPlan *Result);
  std::optional<Sync> conflictBefore(Instruction &I, const State &Now,
                                     PendingPlan *Result);
  void addAll(Sync &Needed, Conflict Why, const State &Now);
  void addSites(Sync &Needed, const State &Now, PendingPlan *Result);
  ForeignConflict foreignConflict(Instruction &I, ForeignOrigin Origin);
  bool guardSites(Instruction &I, PendingPlan *Result);
  void addAtReturn(Sync &Needed, const State &Now, PendingPlan *Result);
  void addForeign(Sync &Needed, const State &Now, PendingPlan *Result);
  void addInFrontOfLoop(Sync &Needed, const State &Now);
  bool isForeign(unsigned Site) const { return Site >= Callers; }
  bool isOnlyLatest(unsigned Site, const Instruction &I, const State &Now);
  void choose(Sync &Needed, const State &Now);
  bool makesPending(unsigned Site, const Loop &L);
  Instruction *inFrontOfLoop(const Sync &Needed);
  bool hoist(ArrayRef<Sync> Syncs);

  const FunctionContext &Context;
  ArrayRef<CopySite> Sites;
  ConflictAnalysis &Conflicts;
  const DominatorTree &DT;
  const LoopInfo &LI;
  /// Behind the sites: what callers and what callees have left pending.
  const unsigned Callers;
  const unsigned Callees;
  const unsigned Tracked; ///< How many that makes.
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
  Needed.All =
      Needed.All || Needed.Sites.size() > MaxPrecise ||
      any_of(Needed.Sites, [&](unsigned Site) {
        return isForeign(Site) || !isOnlyLatest(Site, *Needed.Before, Now);
      });
}

void PendingAnalysis::addAll(Sync &Needed, Conflict Why, const State &Now) {
  Needed.All = true;
  Needed.Why = Why;
  Needed.Sites.assign(Now.Pending.set_bits_begin(), Now.Pending.set_bits_end());
}

/// What of copies of \p Origin \p I may conflict with.
ForeignConflict PendingAnalysis::foreignConflict(Instruction &I,
                                                 ForeignOrigin Origin) {
  return isa<ReturnInst>(I) ? Context.Foreign->atReturn(Origin)
                            : Context.Foreign->with(I, Origin);
}

/// Guards what \p I touches against copies of the function itself; false if it
/// is not known what that is.
bool PendingAnalysis::guardSites(Instruction &I, PendingPlan *Result) {
  ForeignOrigin Origin;
  Origin.Own = true;
  ForeignConflict Found = foreignConflict(I, Origin);
  if (Found.All)
    return false;
  if (Result)
    for (const ByteRange &Range : Found.Ranges)
      Result->Guards.push_back({&I, Range, /*OfOwn=*/true});
  return true;
}

/// The function's own copies that are in conflict with an instruction. In
/// program scope, one that is merely possible gets a guard, and no copy ends.
void PendingAnalysis::addSites(Sync &Needed, const State &Now,
                               PendingPlan *Result) {
  Instruction &I = *Needed.Before;
  SmallVector<std::pair<unsigned, Conflict>, 4> Possible;
  for (unsigned Site : Now.Pending.set_bits()) {
    if (isForeign(Site))
      continue;
    bool OnlyLatest = isOnlyLatest(Site, I, Now);
    std::optional<Conflict> Why = Conflicts.withSite(I, Site, OnlyLatest);
    if (!Why)
      continue;
    if (Context.Program && !(OnlyLatest && Conflicts.isCertain(I, Site))) {
      Possible.push_back({Site, *Why});
      continue;
    }
    if (Needed.Sites.empty())
      Needed.Why = *Why;
    Needed.Sites.push_back(Site);
  }
  if (Possible.empty() || guardSites(I, Result))
    return;
  Needed.Why = Possible.front().second;
  for (auto [Site, Why] : Possible)
    Needed.Sites.push_back(Site);
}

/// The function's own copies that must not outlive its frame.
void PendingAnalysis::addAtReturn(Sync &Needed, const State &Now,
                                  PendingPlan *Result) {
  BitVector Own = Now.Pending;
  Own.reset(Callers);
  if (Own.none())
    return;
  if (!Context.Program->canLeave(Context.F)) {
    addAll(Needed, Conflict::Return, Now);
    return;
  }
  Needed.Why = Conflict::LifetimeEnd;
  SmallVector<unsigned, 4> Possible;
  for (unsigned Site : Own.set_bits())
    if (!isForeign(Site) && Conflicts.touchesFrame(Site))
      (Conflicts.isOfFrame(Site) ? Needed.Sites : Possible).push_back(Site);
  if (!Possible.empty() && !guardSites(*Needed.Before, Result))
    Needed.Sites.append(Possible);
}

/// What foreign copies are in conflict with an instruction. Where ranges tell,
/// these get guards, and the copies stay pending elsewhere.
void PendingAnalysis::addForeign(Sync &Needed, const State &Now,
                                 PendingPlan *Result) {
  ForeignOrigin Origin = {Now.Pending.test(Callers), Now.Pending.test(Callees)};
  if (Needed.All || (!Origin.Callers && !Origin.Callees))
    return;
  Instruction &I = *Needed.Before;
  ForeignConflict Found = foreignConflict(I, Origin);
  if (Found.All)
    addAll(Needed, Conflict::Extent, Now);
  else if (Result)
    for (const ByteRange &Range : Found.Ranges)
      Result->Guards.push_back({&I, Range});
}

void PendingAnalysis::addInFrontOfLoop(Sync &Needed, const State &Now) {
  auto Front = InFrontOfLoops.find(Needed.Before);
  if (Front == InFrontOfLoops.end())
    return;
  for (unsigned Site : Front->second.Sites.set_bits())
    if (Now.Pending.test(Site) && !is_contained(Needed.Sites, Site)) {
      if (Needed.Sites.empty())
        Needed.Why = Front->second.Why;
      Needed.BeforeLoop = true;
      Needed.Sites.push_back(Site);
    }
}

/// What must be complete before \p I, if anything.
std::optional<Sync> PendingAnalysis::conflictBefore(Instruction &I,
                                                    const State &Now,
                                                    PendingPlan *Result) {
  Sync Needed;
  Needed.Before = &I;
  if (std::optional<Conflict> Why = Conflicts.withAll(I)) {
    addAll(Needed, *Why, Now);
    return Needed;
  }
  addSites(Needed, Now, Result);
  if (Context.Program) {
    if (isa<ReturnInst>(I))
      addAtReturn(Needed, Now, Result);
    addForeign(Needed, Now, Result);
  }
  addInFrontOfLoop(Needed, Now);
  if (Needed.Sites.empty())
    return std::nullopt;
  choose(Needed, Now);
  return Needed;
}

/// What \p I itself does to what is pending.
void PendingAnalysis::pass(Instruction &I, State &Now, PendingPlan *Result) {
  if (auto Copy = IndexOf.find(&I); Copy != IndexOf.end()) {
    if (Now.Pending.test(Copy->second))
      Now.Stale.set(Copy->second);
    Now.Pending.set(Copy->second);
    return;
  }
  if (Result && Now.Pending.any() && Context.Program)
    if (const auto *Call = dyn_cast<CallBase>(&I))
      if (Function *Callee = Context.Program->guardedCallee(*Call))
        Result->Entered.insert(Callee);
  if (Context.Program && Context.Program->leavingCallee(I))
    Now.Pending.set(Callees);
  if (Result && isa<ReturnInst>(I)) {
    BitVector Own = Now.Pending;
    Own.reset(Callers);
    Result->Leaves |= Own.any();
  }
}

void PendingAnalysis::visit(Instruction &I, State &Now, PendingPlan *Result) {
  if (Now.Pending.any())
    if (std::optional<Sync> Needed = conflictBefore(I, Now, Result)) {
      if (Needed->All) {
        Now.Pending.reset();
        Now.Stale.reset();
      }
      for (unsigned Site : Needed->Sites) {
        Now.Pending.reset(Site);
        Now.Stale.reset(Site);
      }
      if (Result)
        Result->Syncs.push_back(std::move(*Needed));
    }
  pass(I, Now, Result);
}

void PendingAnalysis::walk(BasicBlock &Block, State &Now, PendingPlan *Result) {
  for (Instruction &I : Block)
    visit(I, Now, Result);
}

/// Computes AtEntry.
void PendingAnalysis::iterate() {
  AtEntry.clear();
  for (BasicBlock *Block : Order)
    AtEntry.try_emplace(Block, Tracked);
  if (Context.Program && Context.Program->isEntered(Context.F))
    AtEntry.find(&Context.F.getEntryBlock())->second.Pending.set(Callers);
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

/// Whether \p L has what makes copies of \p Site pending.
bool PendingAnalysis::makesPending(unsigned Site, const Loop &L) {
  if (!isForeign(Site))
    return L.contains(Sites[Site].Call);
  return Site == Callees && mayLeavePending(L, *Context.Program);
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
    if (makesPending(Site, *L))
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
        Front, Hoisted{BitVector(Tracked), Needed.Why});
    for (unsigned Site : Needed.Sites)
      Place->second.Sites.set(Site);
    Any = true;
  }
  return Any;
}

PendingPlan PendingAnalysis::run() {
  PendingPlan Result;
  do {
    Result = PendingPlan();
    iterate();
    for (BasicBlock *Block : Order) {
      State Now = AtEntry.find(Block)->second;
      walk(*Block, Now, &Result);
    }
  } while (hoist(Result.Syncs));
  return Result;
}

PendingPlan findSyncs(const FunctionContext &Context) {
  return PendingAnalysis(Context).run();
}

} // namespace copier
