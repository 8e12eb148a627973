//===- Accesses.cpp - Which memory an instruction touches ---------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory intrinsics are checked here whatever their size; where they become
// calls, the interceptor finds the same error again, at the same place, which
// is reported once.
//
//===----------------------------------------------------------------------===//

#include "Accesses.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace copsan {

/// An access of a value of type \p T.
static void add(SmallVectorImpl<Access> &Result, Instruction &I,
                Access::KindTy Kind, Value *Pointer, Type *T) {
  TypeSize Size = I.getModule()->getDataLayout().getTypeStoreSize(T);
  if (Size.isScalable() || Size.isZero() ||
      Pointer->getType()->getPointerAddressSpace() != 0)
    return;
  Result.push_back({&I, Kind, Pointer, nullptr, Size.getFixedValue()});
}

static void addTransfer(SmallVectorImpl<Access> &Result, AnyMemIntrinsic &I) {
  auto addRange = [&](Access::KindTy Kind, Value *Pointer) {
    if (Pointer->getType()->getPointerAddressSpace() != 0)
      return;
    if (const auto *Size = dyn_cast<ConstantInt>(I.getLength()))
      Result.push_back({&I, Kind, Pointer, nullptr, Size->getZExtValue()});
    else
      Result.push_back({&I, Kind, Pointer, I.getLength()});
  };
  if (auto *Transfer = dyn_cast<AnyMemTransferInst>(&I))
    addRange(Access::Read, Transfer->getRawSource());
  addRange(Access::Write, I.getRawDest());
}

/// llvm.masked.load and .store, .gather and .scatter.
static void addMasked(SmallVectorImpl<Access> &Result, IntrinsicInst &I,
                      Access::KindTy Kind, Type *T, Value *Pointer,
                      Value *Mask) {
  auto *Lanes = dyn_cast<FixedVectorType>(T);
  if (!Lanes)
    return;
  Access A = {&I, Kind, Pointer};
  A.Mask = Mask;
  A.LaneSize = I.getModule()
                   ->getDataLayout()
                   .getTypeStoreSize(Lanes->getElementType())
                   .getFixedValue();
  Result.push_back(A);
}

static void addIntrinsic(SmallVectorImpl<Access> &Result, IntrinsicInst &I) {
  switch (I.getIntrinsicID()) {
  case Intrinsic::masked_load:
  case Intrinsic::masked_gather:
    addMasked(Result, I, Access::Read, I.getType(), I.getArgOperand(0),
              I.getArgOperand(1));
    break;
  case Intrinsic::masked_store:
  case Intrinsic::masked_scatter:
    addMasked(Result, I, Access::Write, I.getArgOperand(0)->getType(),
              I.getArgOperand(1), I.getArgOperand(2));
    break;
  default:
    break;
  }
}

SmallVector<Access, 2> accessesOf(Instruction &I) {
  SmallVector<Access, 2> Result;
  if (I.hasMetadata(LLVMContext::MD_nosanitize))
    return Result;
  if (auto *Load = dyn_cast<LoadInst>(&I))
    add(Result, I, Access::Read, Load->getPointerOperand(), Load->getType());
  else if (auto *Store = dyn_cast<StoreInst>(&I))
    add(Result, I, Access::Write, Store->getPointerOperand(),
        Store->getValueOperand()->getType());
  else if (auto *RMW = dyn_cast<AtomicRMWInst>(&I))
    add(Result, I, Access::Update, RMW->getPointerOperand(), RMW->getType());
  else if (auto *CmpXchg = dyn_cast<AtomicCmpXchgInst>(&I))
    add(Result, I, Access::Update, CmpXchg->getPointerOperand(),
        CmpXchg->getCompareOperand()->getType());
  else if (auto *Transfer = dyn_cast<AnyMemIntrinsic>(&I))
    addTransfer(Result, *Transfer);
  else if (auto *Intrinsic = dyn_cast<IntrinsicInst>(&I))
    addIntrinsic(Result, *Intrinsic);
  return Result;
}

} // namespace copsan
