//===- Lives.cpp - Where stack slots end --------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// At lifetime.end, where clang has set one; else where the function returns.
//
// Clang and the optimizer let several return statements end in one place. So
// they are marked in the beginning, by calls that may not be merged; and in the
// end, the ways that lead to such a place are told apart.
//
//===----------------------------------------------------------------------===//

#include "Annotations.h"
#include "Checks.h"
#include "Places.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace copsan {

void markReturns(Function &F, const Places &KnownPlaces) {
  SmallVector<BranchInst *, 4> Returns;
  bool HasSlots = false;
  for (Instruction &I : instructions(F)) {
    auto *Jump = dyn_cast<BranchInst>(&I);
    HasSlots |= isa<AllocaInst>(I) && mayBeCopied(&I);
    if (Jump && Jump->isUnconditional() &&
        KnownPlaces.isReturn(Jump->getDebugLoc()))
      Returns.push_back(Jump);
  }
  if (!HasSlots || Returns.size() < 2)
    return;
  FunctionCallee Mark = F.getParent()->getOrInsertFunction(
      COPSAN_RETURN_MARK,
      FunctionType::get(Type::getVoidTy(F.getContext()), false));
  for (BranchInst *Return : Returns) {
    auto *Call = CallInst::Create(Mark, "", Return->getIterator());
    Call->setDebugLoc(Return->getDebugLoc());
    Call->setDoesNotThrow();
    Call->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
    for (Attribute::AttrKind Kind :
         {Attribute::NoMerge, Attribute::WillReturn, Attribute::NoCallback})
      Call->addFnAttr(Kind);
  }
}

void unmarkReturns(Function &F) {
  for (Instruction &I : make_early_inc_range(instructions(F)))
    if (auto *Call = dyn_cast<CallInst>(&I))
      if (const Function *Callee = Call->getCalledFunction())
        if (Callee->getName() == COPSAN_RETURN_MARK)
          Call->eraseFromParent();
}

/// Is \p I on the way from a throw to its handler?
static bool isUnwinding(const Instruction &I) {
  const BasicBlock *Block = I.getParent();
  for (unsigned Steps = 0; Block && Steps != 16; ++Steps) {
    if (Block->isLandingPad())
      return true;
    Block = Block->getSinglePredecessor();
  }
  return false;
}

/// The last place of the function of \p End in the code that leads to \p From.
static DebugLoc lastPlace(const BasicBlock *From, const DebugLoc &End) {
  for (unsigned Steps = 0; From && Steps != 8; ++Steps) {
    for (const Instruction &I : reverse(*From)) {
      const DebugLoc &Loc = I.getDebugLoc();
      if (Loc && Loc.getLine() && Loc.getInlinedAt() == End.getInlinedAt() &&
          Loc->getScope()->getSubprogram() == End->getScope()->getSubprogram())
        return Loc;
    }
    From = From->getSinglePredecessor();
  }
  return End;
}

/// The return statement on the way to \p From, in the function of \p End; none
/// if its mark is not found.
static DebugLoc markedReturn(const Instruction *From, const DebugLoc &End) {
  for (unsigned Steps = 0; From && Steps != 64; ++Steps) {
    const auto *Call = dyn_cast<CallInst>(From);
    if (Call && Call->getCalledFunction() && Call->getDebugLoc() &&
        Call->getCalledFunction()->getName() == COPSAN_RETURN_MARK &&
        Call->getDebugLoc().getInlinedAt() == End.getInlinedAt())
      return Call->getDebugLoc();
    const BasicBlock *Before = From->getParent()->getSinglePredecessor();
    From = From->getPrevNode() ? From->getPrevNode()
           : Before            ? Before->getTerminator()
                               : nullptr;
  }
  return DebugLoc();
}

/// Where a life that ends before \p End ends in the source, and before which
/// instruction: where several return statements lead to it, on each of the
/// ways.
static SmallVector<std::pair<Instruction *, DebugLoc>, 4>
placesOfEnd(Instruction &End, Places &KnownPlaces) {
  BasicBlock *Block = End.getParent();
  const DebugLoc &Loc = End.getDebugLoc();
  bool IsFirst = none_of(
      make_range(Block->begin(), End.getIterator()), [](const Instruction &I) {
        return I.mayHaveSideEffects() && !isa<LifetimeIntrinsic>(I);
      });
  SmallVector<BasicBlock *, 4> Ways(predecessors(Block));
  bool HasEdges = all_of(Ways, [](const BasicBlock *From) {
    return isa<BranchInst>(From->getTerminator());
  });
  if (!Loc || !IsFirst || !HasEdges || Ways.size() < 2 || Block->isEHPad()) {
    DebugLoc Marked = Loc ? markedReturn(&End, Loc) : DebugLoc();
    return {{&End, Marked ? Marked : Loc}};
  }
  SmallVector<std::pair<Instruction *, DebugLoc>, 4> Result;
  for (BasicBlock *From : Ways) {
    DebugLoc Here = markedReturn(From->getTerminator(), Loc);
    if (!Here)
      Here = KnownPlaces.nextReturn(lastPlace(From, Loc), Loc);
    auto *Jump = cast<BranchInst>(From->getTerminator());
    BasicBlock *Way = Jump->isConditional() ? SplitEdge(From, Block) : From;
    Result.push_back({Way->getTerminator(), Here});
  }
  return Result;
}

static StringRef nameOf(const AllocaInst &Slot) {
  SmallVector<DbgVariableRecord *, 4> Records;
  findDbgUsers(const_cast<AllocaInst *>(&Slot), Records);
  // A parameter may be a pointer to it: only what is the slot has its name.
  for (const DbgVariableRecord *Record : Records)
    if (Record->isDbgDeclare() || Record->getExpression()->startsWithDeref())
      return Record->getVariable()->getName();
  for (const DbgVariableRecord *Record : at::getDVRAssignmentMarkers(&Slot))
    return Record->getVariable()->getName();
  return "";
}

static void addEnd(AllocaInst &Slot, Instruction &End, Places &KnownPlaces,
                   CheckList &Checks) {
  const DataLayout &DL = Slot.getModule()->getDataLayout();
  std::optional<TypeSize> Size = Slot.getAllocationSize(DL);
  if (!Size || Size->isScalable() || Size->isZero())
    return;
  for (auto [Before, Loc] : placesOfEnd(End, KnownPlaces)) {
    Check C(isUnwinding(*Before) ? Check::Unwind : Check::EndOfLife, *Before,
            &Slot);
    C.Loc = Loc;
    C.FixedSize = Size->getFixedValue();
    C.Variable = nameOf(Slot);
    Checks.push_back(C);
  }
}

/// A slot whose size is known only where it is made: what is left of the frame
/// up to the stack pointer of before ends at \p Restore.
static void addRestore(IntrinsicInst &Restore, CheckList &Checks) {
  Check C(Check::EndOfLife, Restore, Restore.getArgOperand(0));
  C.LaneSize = 1; // From the stack pointer to here.
  Checks.push_back(C);
}

static void addLifetimeEnd(IntrinsicInst &End, Places &KnownPlaces,
                           SmallPtrSetImpl<const Value *> &Ended,
                           CheckList &Checks) {
  auto *Slot = dyn_cast<AllocaInst>(End.getArgOperand(0)->stripPointerCasts());
  if (!Slot || !mayBeCopied(Slot))
    return;
  Ended.insert(Slot);
  addEnd(*Slot, End, KnownPlaces, Checks);
}

/// Could \p F be what a thread runs?
static bool mayBeThread(const Function &F) {
  return F.arg_size() == 1 && F.getArg(0)->getType()->isPointerTy() &&
         F.hasAddressTaken();
}

void collectLives(Function &F, Places &KnownPlaces, CheckList &Checks) {
  SmallVector<Instruction *, 4> Returns;
  SmallVector<IntrinsicInst *, 8> Ends;
  SmallVector<AllocaInst *, 8> Slots;
  SmallPtrSet<const Value *, 8> Ended; // By lifetime.end.
  for (Instruction &I : instructions(F)) {
    auto *Intrinsic = dyn_cast<IntrinsicInst>(&I);
    Intrinsic::ID ID = Intrinsic ? Intrinsic->getIntrinsicID() : 0;
    if (auto *Slot = dyn_cast<AllocaInst>(&I); Slot && mayBeCopied(Slot))
      Slots.push_back(Slot);
    else if (isa<ReturnInst>(I)) {
      CallInst *Tail = I.getParent()->getTerminatingMustTailCall();
      Returns.push_back(Tail ? static_cast<Instruction *>(Tail) : &I);
    } else if (ID == Intrinsic::stackrestore)
      addRestore(*Intrinsic, Checks);
    else if (ID == Intrinsic::lifetime_end)
      Ends.push_back(Intrinsic);
  }
  for (IntrinsicInst *End : Ends)
    addLifetimeEnd(*End, KnownPlaces, Ended, Checks);
  for (Instruction *Return : Returns) {
    for (AllocaInst *Slot : Slots)
      if (Slot->isStaticAlloca() && !Ended.contains(Slot))
        addEnd(*Slot, *Return, KnownPlaces, Checks);
    if (mayBeThread(F))
      for (auto [Before, Loc] : placesOfEnd(*Return, KnownPlaces)) {
        Checks.emplace_back(Check::Return, *Before);
        Checks.back().Loc = Loc;
      }
  }
}

} // namespace copsan
