//===- Elide.cpp - Checks that another one makes superfluous ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Nothing becomes pending for a thread but by a call, or by learning of another
// thread's copies: between two of these, what has been checked once is good.
//
// A loop without them, that touches consecutive bytes in each of its
// iterations, is checked as a whole before it begins. Where it is unrolled,
// what was one access in the source is joined first.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

using namespace llvm;

namespace copsan {

namespace {

/// Bytes that have been checked, from a base on.
struct Checked {
  const Value *Base;
  int64_t Begin, End;
  bool ForWrite; ///< Which is more.
};

class DominatedRemover {
public:
  DominatedRemover(Function &Fn, CheckList &List) : F(Fn), Checks(List) {
    for (const Check &C : Checks)
      ByInstruction[C.Before].push_back(&C);
  }

  void run() {
    // Blocks of one predecessor go on with what that has checked.
    for (BasicBlock &Block : F)
      if (!Block.getSinglePredecessor())
        visit(Block);
    erase_if(Checks, [&](const Check &C) { return Superfluous.contains(&C); });
  }

private:
  void visit(BasicBlock &Root) {
    SmallVector<std::pair<BasicBlock *, std::vector<Checked>>, 8> Work;
    Work.push_back({&Root, {}});
    while (!Work.empty()) {
      auto [Block, Known] = Work.pop_back_val();
      for (Instruction &I : *Block)
        visit(I, Known);
      for (BasicBlock *Next : successors(Block))
        if (Next->getSinglePredecessor() == Block && Next != &Root)
          Work.push_back({Next, Known});
    }
  }

  void visit(Instruction &I, std::vector<Checked> &Known) {
    if (auto Found = ByInstruction.find(&I); Found != ByInstruction.end())
      for (const Check *C : Found->second)
        visit(*C, Known);
    if (mayStartCopies(I))
      Known.clear();
  }

  void visit(const Check &C, std::vector<Checked> &Known) {
    if (C.Size || C.Mask || !C.FixedSize || !C.Pointer ||
        C.Kind > Check::Update)
      return;
    const DataLayout &DL = F.getParent()->getDataLayout();
    int64_t Offset = 0;
    const Value *Base = GetPointerBaseWithConstantOffset(C.Pointer, Offset, DL);
    Checked Now = {Base, Offset, Offset + static_cast<int64_t>(C.FixedSize),
                   C.Kind != Check::Read};
    // A read-modify-write's report is that of its read, which is left.
    if (C.Kind != Check::Update && any_of(Known, [&](const Checked &Before) {
          return Before.Base == Now.Base && Before.Begin <= Now.Begin &&
                 Before.End >= Now.End && Before.ForWrite >= Now.ForWrite;
        }))
      Superfluous.insert(&C);
    else if (Known.size() < 64)
      Known.push_back(Now);
  }

  Function &F;
  CheckList &Checks;
  DenseMap<Instruction *, SmallVector<const Check *, 2>> ByInstruction;
  SmallPtrSet<const Check *, 16> Superfluous;
};

/// The range of one access in all iterations of a loop.
class LoopMerger {
public:
  LoopMerger(Function &Fn, FunctionAnalysisManager &FAM)
      : F(Fn), SE(FAM.getResult<ScalarEvolutionAnalysis>(F)),
        Loops(FAM.getResult<LoopAnalysis>(F)),
        Tree(FAM.getResult<DominatorTreeAnalysis>(F)) {}

  void run(CheckList &Checks) {
    joinNeighbours(Checks);
    for (Check &C : Checks)
      // From the innermost loop out, as far as it goes.
      while (hoist(C))
        ;
  }

private:
  /// Unrolled, one access of the source has become several in a row.
  void joinNeighbours(CheckList &Checks) {
    DenseMap<const Instruction *, SmallVector<Check *, 2>> ByInstruction;
    for (Check &C : Checks)
      if (C.Loc && C.FixedSize && C.Pointer && !C.Size && !C.Mask &&
          C.Kind <= Check::Update && Loops.getLoopFor(C.Before->getParent()))
        ByInstruction[C.Before].push_back(&C);
    SmallPtrSet<const Check *, 16> Joined;
    for (const BasicBlock &Block : F) {
      SmallVector<Check *, 8> Open; // The first of each row.
      for (const Instruction &I : Block) {
        for (Check *C : ByInstruction.lookup(&I)) {
          if (any_of(Open, [&](Check *Row) { return join(*Row, *C); }))
            Joined.insert(C);
          else
            Open.push_back(C);
        }
        if (mayStartCopies(I) || I.mayThrow())
          Open.clear();
      }
    }
    erase_if(Checks, [&](const Check &C) { return Joined.contains(&C); });
  }

  /// Makes \p Row longer by \p C if that is the same access of the source, of
  /// the bytes that come next.
  bool join(Check &Row, const Check &C) {
    if (Row.Kind != C.Kind || Row.Loc.getLine() != C.Loc.getLine() ||
        Row.Loc.getCol() != C.Loc.getCol() ||
        Row.Loc.getScope() != C.Loc.getScope() ||
        Row.Loc.getInlinedAt() != C.Loc.getInlinedAt())
      return false;
    const auto *Distance = dyn_cast<SCEVConstant>(
        SE.getMinusSCEV(SE.getSCEV(C.Pointer), SE.getSCEV(Row.Pointer)));
    if (!Distance || Distance->getAPInt() != Row.FixedSize)
      return false;
    Row.FixedSize += C.FixedSize;
    return true;
  }

  /// Does every iteration run to its end, and how many are known before?
  bool isSimple(const Loop *L) {
    auto [Known, IsNew] = Simple.try_emplace(L, false);
    if (!IsNew)
      return Known->second;
    const BasicBlock *Latch = L->getLoopLatch();
    bool Result = L->getLoopPreheader() && Latch &&
                  L->getExitingBlock() == Latch &&
                  !isa<SCEVCouldNotCompute>(SE.getBackedgeTakenCount(L));
    for (const BasicBlock *Block : L->blocks())
      for (const Instruction &I : *Block)
        Result = Result && !mayStartCopies(I) && !I.mayThrow();
    Simple[L] = Result;
    return Result;
  }

  bool hoist(Check &C) {
    Loop *L = Loops.getLoopFor(C.Before->getParent());
    if (C.Size || C.Mask || !C.Pointer || C.Kind > Check::Update || !L ||
        !isSimple(L) ||
        !Tree.dominates(C.Before->getParent(), L->getLoopLatch()))
      return false;
    Instruction *End = L->getLoopPreheader()->getTerminator();
    if (L->isLoopInvariant(C.Pointer)) {
      C.Before = End;
      return true;
    }
    const auto *Addresses = dyn_cast<SCEVAddRecExpr>(SE.getSCEV(C.Pointer));
    return Addresses && Addresses->getLoop() == L && Addresses->isAffine() &&
           hoistRange(C, *Addresses, *L, End);
  }

  bool hoistRange(Check &C, const SCEVAddRecExpr &Addresses, const Loop &L,
                  Instruction *End) {
    const auto *Step = dyn_cast<SCEVConstant>(Addresses.getStepRecurrence(SE));
    auto Size = static_cast<int64_t>(C.FixedSize);
    if (!Step || Step->getAPInt().getSignificantBits() > 63)
      return false;
    int64_t Stride = Step->getAPInt().getSExtValue();
    // With gaps, bytes would be checked that nobody touches.
    if (Stride == 0 || std::abs(Stride) > Size)
      return false;
    Type *Int64 = Type::getInt64Ty(F.getContext());
    const SCEV *Count =
        SE.getTruncateOrZeroExtend(SE.getBackedgeTakenCount(&L), Int64);
    const SCEV *Length = SE.getAddExpr(
        SE.getMulExpr(Count, SE.getConstant(Int64, std::abs(Stride))),
        SE.getConstant(Int64, Size));
    const SCEV *Begin =
        Stride > 0
            ? Addresses.getStart()
            : SE.getAddExpr(
                  Addresses.getStart(),
                  SE.getMulExpr(Count, SE.getConstant(Int64, Stride, true)));
    SCEVExpander Expander(SE, "copsan");
    if (!Expander.isSafeToExpandAt(Begin, End) ||
        !Expander.isSafeToExpandAt(Length, End))
      return false;
    C.Pointer = Expander.expandCodeFor(Begin, C.Pointer->getType(), End);
    C.Size = Expander.expandCodeFor(Length, Int64, End);
    C.Before = End;
    return true;
  }

  Function &F;
  ScalarEvolution &SE;
  LoopInfo &Loops;
  DominatorTree &Tree;
  DenseMap<const Loop *, bool> Simple;
};

} // namespace

void removeDominated(Function &F, CheckList &Checks) {
  DominatedRemover(F, Checks).run();
}

void mergeLoops(Function &F, FunctionAnalysisManager &FAM, CheckList &Checks) {
  if (!F.hasOptNone())
    LoopMerger(F, FAM).run(Checks);
}

} // namespace copsan
