//===- Collect.cpp - What is to be checked in a function ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Left out from the start: stack slots whose address nobody has learned, and
// reads of constants, which nothing can be copied to.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Analysis/CaptureTracking.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace copsan {

bool mayBeCopied(const Value *Slot) {
  return PointerMayBeCaptured(Slot, /*ReturnCaptures=*/true);
}

bool mayStartCopies(const Instruction &I) {
  if (const auto *Call = dyn_cast<CallBase>(&I))
    return !isa<IntrinsicInst>(Call) && !Call->doesNotAccessMemory();
  if (const auto *Load = dyn_cast<LoadInst>(&I))
    return isStrongerThanMonotonic(Load->getOrdering());
  return isa<FenceInst>(I) || isa<AtomicRMWInst>(I) ||
         isa<AtomicCmpXchgInst>(I);
}

namespace {

class AccessCollector {
public:
  AccessCollector(Function &Fn, const TargetLibraryInfo &Info,
                  CheckList &Result)
      : F(Fn), TLI(Info), Checks(Result) {}

  void run() {
    for (Instruction &I : instructions(F)) {
      for (const Access &A : accessesOf(I))
        if (mayFail(A))
          add(A);
      if (auto *Call = dyn_cast<CallBase>(&I))
        addCall(*Call);
    }
  }

private:
  bool mayFail(const Access &A) {
    if (A.Pointer->getType()->isVectorTy())
      return true;
    const Value *Object = getUnderlyingObject(A.Pointer);
    if (const auto *Global = dyn_cast<GlobalVariable>(Object))
      return !(Global->isConstant() && A.Kind == Access::Read);
    if (!isa<AllocaInst>(Object))
      return true;
    auto [Known, IsNew] = SlotMayBeCopied.try_emplace(Object, false);
    if (IsNew)
      Known->second = mayBeCopied(Object);
    return Known->second;
  }

  void add(const Access &A) {
    static constexpr Check::KindTy Kinds[] = {Check::Read, Check::Write,
                                              Check::Update};
    Check C(Kinds[A.Kind], *A.I, A.Pointer);
    C.Size = A.Size;
    C.FixedSize = A.FixedSize;
    C.Mask = A.Mask;
    C.LaneSize = A.LaneSize;
    Checks.push_back(C);
  }

  /// A call of libc, whose arguments an interceptor may want to name.
  void addCall(CallBase &Call) {
    const Function *Callee = Call.getCalledFunction();
    LibFunc Libcall;
    if (Callee && Callee->isDeclaration() && !isa<IntrinsicInst>(Call) &&
        Call.getDebugLoc() && TLI.getLibFunc(*Callee, Libcall))
      Checks.emplace_back(Check::Call, Call);
  }

  Function &F;
  const TargetLibraryInfo &TLI;
  CheckList &Checks;
  DenseMap<const Value *, bool> SlotMayBeCopied;
};

} // namespace

void collectAccesses(Function &F, FunctionAnalysisManager &FAM,
                     CheckList &Checks) {
  AccessCollector(F, FAM.getResult<TargetLibraryAnalysis>(F), Checks).run();
}

//===----------------------------------------------------------------------===//
// Stack slots
//===----------------------------------------------------------------------===//

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

/// Where a life that ends before \p End ends in the source: where several
/// return statements lead to one return, before the jump of each.
static SmallVector<Instruction *, 4> placesOfEnd(Instruction &End) {
  BasicBlock *Block = End.getParent();
  SmallVector<Instruction *, 4> Result;
  for (BasicBlock *From : predecessors(Block)) {
    auto *Jump = dyn_cast<BranchInst>(From->getTerminator());
    if (!Jump || Jump->isConditional() || !Jump->getDebugLoc() ||
        Jump->getDebugLoc().getLine() == 0)
      return {&End};
    Result.push_back(Jump);
  }
  bool IsFirst = none_of(make_range(Block->begin(), End.getIterator()),
                         [](const Instruction &I) {
                           return I.mayHaveSideEffects() &&
                                  !isa<LifetimeIntrinsic>(I);
                         });
  if (Result.size() < 2 || !IsFirst)
    return {&End};
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

static void addEnd(AllocaInst &Slot, Instruction &End, CheckList &Checks) {
  const DataLayout &DL = Slot.getModule()->getDataLayout();
  std::optional<TypeSize> Size = Slot.getAllocationSize(DL);
  if (!Size || Size->isScalable() || Size->isZero())
    return;
  for (Instruction *Before : placesOfEnd(End)) {
    Check C(isUnwinding(*Before) ? Check::Unwind : Check::EndOfLife, *Before,
            &Slot);
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

static void addLifetimeEnd(IntrinsicInst &End,
                           SmallPtrSetImpl<const Value *> &Ended,
                           CheckList &Checks) {
  auto *Slot =
      dyn_cast<AllocaInst>(End.getArgOperand(0)->stripPointerCasts());
  if (!Slot || !mayBeCopied(Slot))
    return;
  Ended.insert(Slot);
  addEnd(*Slot, End, Checks);
}

/// Could \p F be what a thread runs?
static bool mayBeThread(const Function &F) {
  return F.arg_size() == 1 && F.getArg(0)->getType()->isPointerTy() &&
         F.hasAddressTaken();
}

void collectLives(Function &F, CheckList &Checks) {
  SmallVector<Instruction *, 4> Returns;
  SmallVector<AllocaInst *, 8> Slots;
  SmallPtrSet<const Value *, 8> Ended; // By lifetime.end.
  for (Instruction &I : instructions(F)) {
    auto *Intrinsic = dyn_cast<IntrinsicInst>(&I);
    if (auto *Slot = dyn_cast<AllocaInst>(&I); Slot && mayBeCopied(Slot))
      Slots.push_back(Slot);
    else if (isa<ReturnInst>(I)) {
      CallInst *Tail = I.getParent()->getTerminatingMustTailCall();
      Returns.push_back(Tail ? static_cast<Instruction *>(Tail) : &I);
    } else if (Intrinsic &&
               Intrinsic->getIntrinsicID() == Intrinsic::stackrestore)
      addRestore(*Intrinsic, Checks);
    else if (Intrinsic &&
             Intrinsic->getIntrinsicID() == Intrinsic::lifetime_end)
      addLifetimeEnd(*Intrinsic, Ended, Checks);
  }
  for (Instruction *Return : Returns) {
    for (AllocaInst *Slot : Slots)
      if (Slot->isStaticAlloca() && !Ended.contains(Slot))
        addEnd(*Slot, *Return, Checks);
    if (mayBeThread(F))
      for (Instruction *Before : placesOfEnd(*Return))
        Checks.emplace_back(Check::Return, *Before);
  }
}

} // namespace copsan
