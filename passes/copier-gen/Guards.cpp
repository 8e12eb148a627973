//===- Guards.cpp - As few guards as possible -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A guard of more bytes, or an earlier one, is always right as long as no copy
// becomes pending behind it. Of foreign ones only calls of functions that leave
// copies pending make that happen; of the function's own, itself.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Guards.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Function.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

using namespace llvm;

namespace copier {

bool mayLeavePending(const Loop &L, const ProgramScope &Program) {
  return any_of(L.blocks(), [&](const BasicBlock *Block) {
    return any_of(*Block, [&](const Instruction &I) {
      return Program.leavingCallee(I) != nullptr;
    });
  });
}

namespace {

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

class LoopMover {
public:
  LoopMover(const FunctionContext &Context, ScalarEvolution &SE)
      : Context(Context), SE(SE),
        Expander(SE, "copier", /*PreserveLCSSA=*/false) {}

  /// Moves \p G in front of as many loops as possible.
  void move(Guard &G) {
    while (const Loop *L = Context.LI.getLoopFor(G.Before->getParent()))
      if (!isMovedOutOf(*L, G))
        return;
  }

private:
  bool isMovedOutOf(const Loop &L, Guard &G);
  bool widen(const Loop &L, Instruction &Front, Guard &G);
  std::pair<const SCEV *, int64_t> withoutOffset(const SCEV *Start);
  bool isFixed(const SCEV *Value, const Loop &L, const Instruction &Front) {
    return SE.isLoopInvariant(Value, &L) &&
           Expander.isSafeToExpandAt(Value, &Front);
  }
  bool makesPending(const Loop &L, bool Own);

  const FunctionContext &Context;
  ScalarEvolution &SE;
  SCEVExpander Expander; ///< Only asked.
  /// Answers of makesPending.
  DenseMap<std::pair<const Loop *, unsigned>, bool> MakesPending;
};

} // namespace

/// Whether foreign copies, or with \p Own others, may become pending in \p L.
bool LoopMover::makesPending(const Loop &L, bool Own) {
  auto [Known, IsNew] = MakesPending.try_emplace({&L, Own}, true);
  if (!IsNew)
    return Known->second;
  return Known->second = any_of(L.blocks(), [&](const BasicBlock *Block) {
           return any_of(*Block, [&](const Instruction &I) {
             return Context.Program->leavingCallee(I) != nullptr ||
                    (Own && Context.Conflicts.isAsynchronousCopy(I));
           });
         });
}

bool LoopMover::isMovedOutOf(const Loop &L, Guard &G) {
  BasicBlock *Preheader = L.getLoopPreheader();
  if (!Preheader || makesPending(L, G.OfOwn))
    return false;
  Instruction *Front = Preheader->getTerminator();
  bool Stays =
      G.First
          ? isFixed(G.First, L, *Front) && isFixed(G.Trips, L, *Front)
          : L.isLoopInvariant(G.Range.Start) && L.isLoopInvariant(G.Range.Size);
  if (!Stays && (G.First || !widen(L, *Front, G)))
    return false;
  G.Before = Front;
  return true;
}

/// \p Start as another pointer and a constant, so that the fields of one object
/// have the same one.
std::pair<const SCEV *, int64_t> LoopMover::withoutOffset(const SCEV *Start) {
  const auto *Sum = dyn_cast<SCEVAddExpr>(Start);
  const auto *Offset =
      Sum ? dyn_cast<SCEVConstant>(Sum->getOperand(0)) : nullptr;
  if (!Offset || Offset->getAPInt().getSignificantBits() > 40)
    return {Start, 0};
  return {SE.getAddExpr(Start, SE.getNegativeSCEV(Offset)),
          Offset->getAPInt().getSExtValue()};
}

/// Makes of the range of one iteration that of all, if it advances evenly.
bool LoopMover::widen(const Loop &L, Instruction &Front, Guard &G) {
  // So that no product wraps around where the trips are few; see Rewrite.cpp.
  constexpr uint64_t MaxStep = 1 << 20;
  const auto *Size = dyn_cast<ConstantInt>(G.Range.Size);
  if (!Size || Size->getValue().ugt(MaxStep))
    return false;
  const auto *Pointer = dyn_cast<SCEVAddRecExpr>(SE.getSCEV(G.Range.Start));
  if (!Pointer || Pointer->getLoop() != &L || !Pointer->isAffine())
    return false;
  const auto *Step = dyn_cast<SCEVConstant>(Pointer->getStepRecurrence(SE));
  const SCEV *Trips = SE.getSymbolicMaxBackedgeTakenCount(&L);
  if (!Step || Step->getAPInt().abs().ugt(MaxStep) ||
      isa<SCEVCouldNotCompute>(Trips) ||
      SE.getTypeSizeInBits(Trips->getType()) > 64)
    return false;
  auto [First, Offset] = withoutOffset(Pointer->getStart());
  if (!isFixed(First, L, Front) || !isFixed(Trips, L, Front))
    return false;
  G.First = First;
  G.Offset = Offset;
  G.Trips = Trips;
  G.Step = Step->getAPInt().getSExtValue();
  return true;
}

//===----------------------------------------------------------------------===//
// Repetition
//===----------------------------------------------------------------------===//

/// [Begin, End) of a guard of constant size from its range's start on.
static std::optional<std::pair<int64_t, int64_t>> extent(const Guard &G) {
  constexpr int64_t Most = int64_t(1) << 40;
  const auto *Size = dyn_cast<ConstantInt>(G.Range.Size);
  if (!Size || Size->getValue().uge(Most) || G.Offset >= Most ||
      G.Offset <= -Most)
    return std::nullopt;
  return std::pair(G.Offset,
                   G.Offset + static_cast<int64_t>(Size->getZExtValue()));
}

/// Has the range of \p G begin at the pointer that it is derived from.
static void findBase(Guard &G, const DataLayout &DL) {
  if (G.First)
    return;
  APInt Offset(DL.getIndexTypeSizeInBits(G.Range.Start->getType()), 0);
  Value *Base = G.Range.Start->stripAndAccumulateConstantOffsets(
      DL, Offset, /*AllowNonInbounds=*/true);
  if (Offset.getSignificantBits() > 40)
    return;
  G.Range.Start = Base;
  G.Offset = Offset.getSExtValue();
}

static bool hasSameStart(const Guard &A, const Guard &B) {
  return A.First == B.First && A.Trips == B.Trips && A.Step == B.Step &&
         (A.First || A.Range.Start == B.Range.Start);
}

/// Whether \p I may make copies pending. In front of it, nothing is known to be
/// clean behind it.
static bool makesPending(const Instruction &I, const FunctionContext &Context) {
  return Context.Program->leavingCallee(I) ||
         Context.Conflicts.isAsynchronousCopy(I);
}

/// Does \p A guard all that \p B does?
static bool covers(const Guard &A, const Guard &B) {
  if (!hasSameStart(A, B))
    return false;
  if (A.Range.Size == B.Range.Size && A.Offset == B.Offset)
    return true;
  auto OfA = extent(A), OfB = extent(B);
  return OfA && OfB && OfA->first <= OfB->first && OfA->second >= OfB->second;
}

/// Has \p A guard what \p B does as well, if that is near.
static bool absorb(Guard &A, const Guard &B) {
  // Fields of one object; no copy that is worth it fits between them.
  constexpr int64_t MaxGap = 64;
  if (covers(A, B))
    return true;
  auto OfA = extent(A), OfB = extent(B);
  if (!hasSameStart(A, B) || !OfA || !OfB ||
      OfB->first - OfA->second > MaxGap || OfA->first - OfB->second > MaxGap)
    return false;
  A.Offset = std::min(OfA->first, OfB->first);
  A.Range.Size = ConstantInt::get(
      Type::getInt64Ty(A.Before->getContext()),
      static_cast<uint64_t>(std::max(OfA->second, OfB->second) - A.Offset));
  return true;
}

namespace {

/// Removes guards of what is clean already.
class Deduplication {
public:
  Deduplication(const FunctionContext &Context, std::vector<Guard> &Guards)
      : Context(Context), Guards(Guards), Removed(Guards.size()) {
    index();
  }

  void run();

private:
  void index();
  void mergeInBlock(BasicBlock &Block);
  void walk(BasicBlock &Block, BitVector &Clean, bool Remove);
  void iterate(ArrayRef<BasicBlock *> Order);
  BitVector atEntry(BasicBlock &Block);
  bool isClean(const Guard &G, const BitVector &Clean);

  const FunctionContext &Context;
  std::vector<Guard> &Guards;
  BitVector Removed;
  DenseMap<const Instruction *, SmallVector<unsigned, 2>> Before;
  /// The guards that depend on what an instruction computes.
  DenseMap<const Value *, SmallVector<unsigned, 2>> DependOn;
  DenseMap<const BasicBlock *, BitVector> AtExit;
};

} // namespace

void Deduplication::index() {
  for (auto [Index, G] : enumerate(Guards)) {
    Before[G.Before].push_back(Index);
    if (G.First)
      continue;
    for (const Value *Needed : {G.Range.Start, G.Range.Size})
      if (isa<Instruction>(Needed))
        DependOn[Needed].push_back(Index);
  }
}

/// Within a block, one guard for what is near each other.
void Deduplication::mergeInBlock(BasicBlock &Block) {
  SmallVector<unsigned, 16> Open;
  for (Instruction &I : Block) {
    if (auto Here = Before.find(&I); Here != Before.end())
      for (unsigned Index : Here->second) {
        if (any_of(Open, [&](unsigned Earlier) {
              return absorb(Guards[Earlier], Guards[Index]);
            }))
          Removed.set(Index);
        else
          Open.push_back(Index);
      }
    if (makesPending(I, Context))
      Open.clear();
  }
}

bool Deduplication::isClean(const Guard &G, const BitVector &Clean) {
  return any_of(Clean.set_bits(),
                [&](unsigned Other) { return covers(Guards[Other], G); });
}

/// \p Clean: the guards of which the bytes surely have no foreign copy pending.
/// Those of whole loops tell only within their block.
void Deduplication::walk(BasicBlock &Block, BitVector &Clean, bool Remove) {
  for (Instruction &I : Block) {
    if (auto Here = Before.find(&I); Here != Before.end())
      for (unsigned Index : Here->second) {
        if (Removed.test(Index) || Guards[Index].First)
          continue;
        if (Remove && isClean(Guards[Index], Clean))
          Removed.set(Index);
        Clean.set(Index);
      }
    if (auto Stale = DependOn.find(&I); Stale != DependOn.end())
      for (unsigned Index : Stale->second)
        Clean.reset(Index);
    if (makesPending(I, Context))
      Clean.reset();
  }
}

BitVector Deduplication::atEntry(BasicBlock &Block) {
  if (Block.isEntryBlock())
    return BitVector(Guards.size());
  BitVector Clean(Guards.size(), true);
  for (BasicBlock *Predecessor : predecessors(&Block))
    if (auto Known = AtExit.find(Predecessor); Known != AtExit.end())
      Clean &= Known->second;
  return Clean;
}

void Deduplication::iterate(ArrayRef<BasicBlock *> Order) {
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (BasicBlock *Block : Order) {
      BitVector Clean = atEntry(*Block);
      walk(*Block, Clean, /*Remove=*/false);
      auto [Known, IsNew] = AtExit.try_emplace(Block, Clean);
      if (IsNew || Known->second != Clean) {
        Known->second = std::move(Clean);
        Changed = true;
      }
    }
  }
}

void Deduplication::run() {
  ReversePostOrderTraversal<Function *> Traversal(&Context.F);
  SmallVector<BasicBlock *, 32> Order(Traversal.begin(), Traversal.end());
  for (BasicBlock *Block : Order)
    mergeInBlock(*Block);
  iterate(Order);
  for (BasicBlock *Block : Order) {
    BitVector Clean = atEntry(*Block);
    walk(*Block, Clean, /*Remove=*/true);
  }
  std::vector<Guard> Left;
  for (auto [Index, G] : enumerate(Guards))
    if (!Removed.test(Index))
      Left.push_back(G);
  Guards = std::move(Left);
}

void placeGuards(const FunctionContext &Context, ScalarEvolution &SE,
                 std::vector<Guard> &Guards) {
  LoopMover Mover(Context, SE);
  for (Guard &G : Guards) {
    Mover.move(G);
    findBase(G, Context.F.getDataLayout());
  }
  Deduplication(Context, Guards).run();
}

} // namespace copier
