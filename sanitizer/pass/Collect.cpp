//===- Collect.cpp - What is to be checked in a function ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Left out from the start: stack slots whose address nobody has learned; reads
// of constants, which nothing can be copied to; and what belongs to libcopier,
// whose header and compiler look at it in line.
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Analysis/CaptureTracking.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/ValueTracking.h"
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
    return !isa<IntrinsicInst>(Call) &&
           !Call->onlyAccessesInaccessibleMemory() && !Call->onlyReadsMemory();
  if (const auto *Load = dyn_cast<LoadInst>(&I))
    return isStrongerThanMonotonic(Load->getOrdering());
  return isa<FenceInst>(I) || isa<AtomicRMWInst>(I) ||
         isa<AtomicCmpXchgInst>(I);
}

namespace {

/// As getUnderlyingObject, also of a thread-local variable.
const Value *objectOf(const Value *Pointer) {
  const Value *Object = getUnderlyingObject(Pointer);
  const auto *Call = dyn_cast<IntrinsicInst>(Object);
  return Call && Call->getIntrinsicID() == Intrinsic::threadlocal_address
             ? Call->getArgOperand(0)
             : Object;
}

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
    const Value *Object = objectOf(A.Pointer);
    if (const auto *Global = dyn_cast<GlobalVariable>(Object))
      return !(Global->isConstant() && A.Kind == Access::Read) &&
             !Global->getName().starts_with("__copier_");
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

} // namespace copsan
