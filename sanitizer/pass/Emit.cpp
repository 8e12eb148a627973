//===- Emit.cpp - Checks as code ----------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks before the same instruction share a branch:
//
//     if (__copsan_pending)             // a compare with memory, never taken
//       __copsan_read(p, 8, &fix);      // keeps all general registers
//
//===----------------------------------------------------------------------===//

#include "Checks.h"
#include "Places.h"
#include "instrumentation.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace copsan {

namespace {

class Emitter {
public:
  Emitter(Function &Fn, Places &KnownPlaces)
      : F(Fn), M(*Fn.getParent()), ThePlaces(KnownPlaces),
        Int64(Type::getInt64Ty(M.getContext())) {}

  void emitGroup(Instruction *Before, ArrayRef<const Check *> Group) {
    IRBuilder<> B(Before);
    B.SetCurrentDebugLocation(Group.front()->Loc);
    Value *IsPending = B.CreateIsNotNull(loadPending(B));
    Instruction *Then = SplitBlockAndInsertIfThen(
        IsPending, Before->getIterator(), /*Unreachable=*/false,
        MDBuilder(M.getContext()).createUnlikelyBranchWeights());
    for (const Check *C : Group) {
      IRBuilder<> Cold(Then);
      Cold.SetCurrentDebugLocation(C->Loc ? C->Loc : defaultLocation());
      emit(Cold, *C);
    }
  }

private:
  /// Calls need a location wherever the function has any.
  DebugLoc defaultLocation() const {
    if (DISubprogram *Subprogram = F.getSubprogram())
      return DILocation::get(M.getContext(), 0, 0, Subprogram);
    return DebugLoc();
  }

  Value *loadPending(IRBuilderBase &B) {
    GlobalVariable *Pending = M.getGlobalVariable(COPSAN_SYMBOL_PENDING);
    if (!Pending) {
      Pending = new GlobalVariable(M, B.getInt32Ty(), /*isConstant=*/false,
                                   GlobalValue::ExternalLinkage, nullptr,
                                   COPSAN_SYMBOL_PENDING);
      // In an executable the variable is its own, by a copy relocation.
      Pending->setDSOLocal(M.getPICLevel() == PICLevel::NotPIC ||
                           M.getPIELevel() != PIELevel::Default);
    }
    LoadInst *Load = B.CreateAlignedLoad(B.getInt32Ty(), Pending, Align(4));
    Load->setAtomic(AtomicOrdering::Monotonic);
    return Load;
  }

  void call(IRBuilderBase &B, StringRef Name, ArrayRef<Value *> Arguments) {
    SmallVector<Type *, 3> Types;
    for (const Value *Argument : Arguments)
      Types.push_back(Argument->getType());
    FunctionCallee Callee = M.getOrInsertFunction(
        Name, FunctionType::get(B.getVoidTy(), Types, /*isVarArg=*/false));
    auto *Target = dyn_cast<Function>(Callee.getCallee());
    if (Target) {
      Target->setCallingConv(CallingConv::PreserveMost);
      Target->setDoesNotThrow();
      // Lazy binding would not keep all registers.
      Target->addFnAttr(Attribute::NonLazyBind);
    }
    CallInst *Call = B.CreateCall(Callee, Arguments);
    Call->setCallingConv(CallingConv::PreserveMost);
    Call->setDoesNotThrow();
    // Each has its own place.
    Call->addFnAttr(Attribute::NoMerge);
  }

  static StringRef symbolFor(Check::KindTy Kind) {
    switch (Kind) {
    case Check::Read:
      return COPSAN_SYMBOL_READ;
    case Check::Write:
      return COPSAN_SYMBOL_WRITE;
    case Check::Update:
      return COPSAN_SYMBOL_UPDATE;
    case Check::EndOfLife:
      return COPSAN_SYMBOL_END_OF_LIFE;
    case Check::Unwind:
      return COPSAN_SYMBOL_UNWIND;
    case Check::Call:
      return COPSAN_SYMBOL_CALL;
    case Check::Return:
      return COPSAN_SYMBOL_RETURN;
    }
    llvm_unreachable("unknown kind");
  }

  void emit(IRBuilderBase &B, const Check &C) {
    if (C.Kind == Check::Return)
      call(B, COPSAN_SYMBOL_RETURN, {});
    else if (C.Kind == Check::Call)
      emitCall(B, C);
    else if (C.Mask)
      emitLanes(B, C);
    else if (C.Kind == Check::EndOfLife && C.LaneSize)
      emitRestore(B, C);
    else
      emitRange(B, C, C.Pointer,
                C.Size ? B.CreateZExtOrTrunc(C.Size, Int64)
                       : B.getInt64(C.FixedSize));
  }

  void emitCall(IRBuilderBase &B, const Check &C) {
    call(B, COPSAN_SYMBOL_CALL, {ThePlaces.fixFor(C)});
    // The interceptor finds the caller on the stack.
    if (auto *Libcall = dyn_cast<CallInst>(C.Before))
      if (!Libcall->isMustTailCall())
        Libcall->setTailCallKind(CallInst::TCK_NoTail);
  }

  void emitRange(IRBuilderBase &B, const Check &C, Value *Begin, Value *Size) {
    call(B, symbolFor(C.Kind), {Begin, Size, ThePlaces.fixFor(C)});
  }

  void emitRestore(IRBuilderBase &B, const Check &C) {
    Value *Now = B.CreateStackSave();
    Value *Size = B.CreateSub(B.CreatePtrToInt(C.Pointer, Int64),
                              B.CreatePtrToInt(Now, Int64));
    emitRange(B, C, Now, Size);
  }

  /// Lanes that are off have no bytes.
  void emitLanes(IRBuilderBase &B, const Check &C) {
    unsigned Lanes = cast<FixedVectorType>(C.Mask->getType())->getNumElements();
    for (unsigned I = 0; I != Lanes; ++I) {
      Value *IsOn = B.CreateExtractElement(C.Mask, I);
      Value *Begin =
          C.Pointer->getType()->isVectorTy()
              ? B.CreateExtractElement(C.Pointer, I)
              : B.CreateConstGEP1_64(B.getInt8Ty(), C.Pointer, I * C.LaneSize);
      emitRange(B, C, Begin,
                B.CreateSelect(IsOn, B.getInt64(C.LaneSize), B.getInt64(0)));
    }
  }

  Function &F;
  Module &M;
  Places &ThePlaces;
  IntegerType *Int64;
};

} // namespace

void emitChecks(Function &F, const CheckList &Checks, Places &KnownPlaces) {
  MapVector<Instruction *, SmallVector<const Check *, 2>> Groups;
  for (const Check &C : Checks)
    Groups[C.Before].push_back(&C);
  Emitter Out(F, KnownPlaces);
  for (auto &[Before, Group] : Groups)
    Out.emitGroup(Before, Group);
}

} // namespace copsan
