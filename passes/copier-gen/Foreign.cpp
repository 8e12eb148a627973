//===- Foreign.cpp - Accesses to what other functions copy ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a foreign copy cannot touch: an object that is younger than the copy.
// For a caller's copy these are all that this activation allocates, whoever
// knows them; for a callee's, those of which no other function ever had the
// address. Both rest on that what dies has no copy pending.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Foreign.h"
#include "copier-gen/Objects.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace copier {

ForeignConflicts::ForeignConflicts(Function &Func,
                                   const ConflictAnalysis &ConflictsOfF,
                                   const ProgramScope &Scope,
                                   AAResults &Results,
                                   const TargetLibraryInfo &LibraryInfo)
    : F(Func), Conflicts(ConflictsOfF), Program(Scope), AA(Results),
      TLI(LibraryInfo) {
  AA.enableCrossIterationMode();
}

//===----------------------------------------------------------------------===//
// Where a foreign copy cannot be
//===----------------------------------------------------------------------===//

/// Whether \p U, a use of a pointer, may give it to somebody. Those that derive
/// another pointer from it are followed.
static bool exposes(const Use &U, const TargetLibraryInfo &TLI) {
  const User *Who = U.getUser();
  if (isa<LoadInst, ICmpInst>(Who))
    return false;
  if (isa<StoreInst>(Who))
    return U.getOperandNo() != StoreInst::getPointerOperandIndex();
  if (isa<AtomicRMWInst>(Who))
    return U.getOperandNo() != AtomicRMWInst::getPointerOperandIndex();
  if (isa<AtomicCmpXchgInst>(Who))
    return U.getOperandNo() != AtomicCmpXchgInst::getPointerOperandIndex();
  const auto *Call = dyn_cast<CallBase>(Who);
  if (!Call || !Call->isDataOperand(&U))
    return true;
  if (isa<AnyMemIntrinsic, LifetimeIntrinsic>(Call) ||
      Call->isDebugOrPseudoInst())
    return false;
  return Call->getType()->isPointerTy() || !libcallEffects(*Call, TLI);
}

static bool derivesPointer(const User *Who) {
  return isa<GetElementPtrInst, PHINode, SelectInst, FreezeInst, BitCastInst>(
      Who);
}

/// Whether anybody but this function may ever have had the address of \p
/// Object. What alias analysis calls captured is less: a callee may leave a
/// copy pending into what it does not keep.
bool ForeignConflicts::isExposed(const Value *Object) {
  auto [Known, IsNew] = Exposed.try_emplace(Object, true);
  if (!IsNew)
    return Known->second;
  SmallPtrSet<const Value *, 16> Seen = {Object};
  SmallVector<const Value *, 16> Work = {Object};
  while (!Work.empty())
    for (const Use &U : Work.pop_back_val()->uses()) {
      if (derivesPointer(U.getUser())) {
        if (Seen.insert(U.getUser()).second)
          Work.push_back(U.getUser());
      } else if (exposes(U, TLI)) {
        return true;
      }
    }
  return Known->second = false;
}

/// Whether no copy of \p Origin can touch \p Object.
bool ForeignConflicts::isOwn(const Value *Object, ForeignOrigin Origin) {
  if (isa<ConstantPointerNull, UndefValue>(Object))
    return true;
  if (Origin.Own || (!isInFrame(*Object) && !isFreshFromLibc(*Object, TLI)))
    return false;
  return !Origin.Callees || !isExposed(Object);
}

bool ForeignConflicts::isReachable(const Value *Pointer, ForeignOrigin Origin) {
  SmallVector<const Value *, 4> Objects;
  getUnderlyingObjects(Pointer, Objects);
  return !all_of(Objects,
                 [&](const Value *Object) { return isOwn(Object, Origin); });
}

//===----------------------------------------------------------------------===//
// What an instruction touches
//===----------------------------------------------------------------------===//

void ForeignConflicts::add(Value *Start, Value *Size, How Access,
                           ForeignOrigin Origin, ForeignConflict &Result) {
  if (const auto *Bytes = dyn_cast<ConstantInt>(Size); Bytes && Bytes->isZero())
    return;
  if (!isReachable(Start, Origin) ||
      (Access == How::Read &&
       AA.pointsToConstantMemory(MemoryLocation::getBeforeOrAfter(Start))))
    return;
  if (Start->getType()->getPointerAddressSpace() != 0 ||
      Size->getType()->getIntegerBitWidth() > 64)
    Result.All = true;
  else
    Result.Ranges.push_back({Start, Size});
}

void ForeignConflicts::add(Value *Start, LocationSize Size, How Access,
                           ForeignOrigin Origin, ForeignConflict &Result) {
  // The end of the address space is as good as no end.
  uint64_t Bytes = UINT64_MAX;
  if (Size.hasValue() && !Size.isScalable())
    Bytes = Size.getValue().getFixedValue();
  ForeignConflict Touched;
  add(Start, ConstantInt::get(Type::getInt64Ty(Start->getContext()), Bytes),
      Access, Origin, Touched);
  if (!Touched.Ranges.empty() && Size.mayBeBeforePointer())
    Result.All = true;
  Result.All = Result.All || Touched.All;
  append_range(Result.Ranges, Touched.Ranges);
}

void ForeignConflicts::withMemIntrinsic(AnyMemIntrinsic &Intrinsic,
                                        ForeignOrigin Origin,
                                        ForeignConflict &Result) {
  Value *Size = Intrinsic.getLength();
  add(Intrinsic.getRawDest(), Size, How::Write, Origin, Result);
  if (auto *Transfer = dyn_cast<AnyMemTransferInst>(&Intrinsic))
    add(Transfer->getRawSource(), Size, How::Read, Origin, Result);
}

/// Whether what \p Call ends the life of begins where its argument points to.
static bool takesStart(const CallBase &Call) {
  StringRef Name = Call.getCalledFunction()->getName();
  return Name == "free" || Name == "realloc";
}

void ForeignConflicts::withLibcall(CallBase &Call,
                                   ArrayRef<LibcallEffect> Effects,
                                   ForeignOrigin Origin,
                                   ForeignConflict &Result) {
  for (const LibcallEffect &Effect : Effects) {
    if (!Effect.isOnRange())
      continue;
    How Access = Effect.Kind == LibcallEffect::Read ? How::Read : How::Write;
    Value *Start = Call.getArgOperand(Effect.Arg);
    LocationSize Extent = Effect.location(Call).Size;
    if (Effect.Kind == LibcallEffect::Free && takesStart(Call))
      Extent = LocationSize::afterPointer();
    if (!Extent.hasValue() && Effect.Kind != LibcallEffect::Free &&
        Effect.Extent == LibcallEffect::Counted)
      add(Start, Call.getArgOperand(Effect.SizeArg), Access, Origin, Result);
    else
      add(Start, Extent, Access, Origin, Result);
  }
}

/// A call that touches nothing but what its arguments point to.
void ForeignConflicts::withArguments(CallBase &Call, ForeignOrigin Origin,
                                     ForeignConflict &Result) {
  for (unsigned Arg = 0; Arg != Call.arg_size(); ++Arg) {
    Value *Operand = Call.getArgOperand(Arg);
    if (!Operand->getType()->isPtrOrPtrVectorTy() ||
        Call.doesNotAccessMemory(Arg))
      continue;
    if (!Operand->getType()->isPointerTy()) {
      Result.All = true;
      continue;
    }
    add(Operand, MemoryLocation::getForArgument(&Call, Arg, TLI).Size,
        Call.onlyReadsMemory(Arg) ? How::Read : How::Write, Origin, Result);
  }
}

ForeignConflict ForeignConflicts::withCall(CallBase &Call,
                                           ForeignOrigin Origin) {
  ForeignConflict Result;
  if (Program.guardedCallee(Call)) {
    // It looks after itself, but the call passes what it passes by value.
    for (unsigned Arg = 0; Arg != Call.arg_size(); ++Arg)
      if (Type *Passed = Call.getParamByValType(Arg))
        add(Call.getArgOperand(Arg),
            LocationSize::precise(F.getDataLayout().getTypeAllocSize(Passed)),
            How::Read, Origin, Result);
    return Result;
  }
  if (Call.isDebugOrPseudoInst() || !Call.mayReadOrWriteMemory() ||
      isa<AssumeInst>(Call) || Call.getIntrinsicID() == Intrinsic::stacksave)
    return Result;
  if (std::optional<ArrayRef<LibcallEffect>> Effects =
          libcallEffects(Call, TLI)) {
    withLibcall(Call, *Effects, Origin, Result);
    return Result;
  }
  MemoryEffects Effects = AA.getMemoryEffects(&Call);
  if (Effects.getWithoutLoc(IRMemLocation::ErrnoMem)
          .onlyAccessesInaccessibleOrArgMem())
    withArguments(Call, Origin, Result);
  else
    Result.All = true;
  return Result;
}

ForeignConflict ForeignConflicts::with(Instruction &I, ForeignOrigin Origin) {
  ForeignConflict Result;
  // libcopier orders copies among each other.
  if (Conflicts.isAsynchronousCopy(I))
    return Result;
  if (auto *Intrinsic = dyn_cast<AnyMemIntrinsic>(&I)) {
    withMemIntrinsic(*Intrinsic, Origin, Result);
    return Result;
  }
  if (auto *Lifetime = dyn_cast<LifetimeIntrinsic>(&I)) {
    Value *Object = Lifetime->getArgOperand(0);
    if (auto *Alloca = dyn_cast<AllocaInst>(Object))
      if (std::optional<TypeSize> Size =
              Alloca->getAllocationSize(F.getDataLayout());
          Size && !Size->isScalable()) {
        add(Object, LocationSize::precise(*Size), How::Write, Origin, Result);
        return Result;
      }
    Result.All = isReachable(Object, Origin);
    return Result;
  }
  if (auto *Call = dyn_cast<CallBase>(&I))
    return withCall(*Call, Origin);
  if (!I.mayReadOrWriteMemory())
    return Result;
  // What is left and touches memory is a load, a store or an atomic access.
  std::optional<MemoryLocation> Location = MemoryLocation::getOrNone(&I);
  if (Location)
    add(const_cast<Value *>(Location->Ptr), Location->Size,
        isa<LoadInst>(I) ? How::Read : How::Write, Origin, Result);
  else
    Result.All = true;
  return Result;
}

ForeignConflict ForeignConflicts::atReturn(ForeignOrigin Origin) {
  // More ranges than this are one csync_all.
  constexpr unsigned MaxRanges = 4;
  ForeignConflict Result;
  for (Argument &Arg : F.args())
    if (Type *Passed = Arg.getParamByValType())
      add(&Arg,
          LocationSize::precise(F.getDataLayout().getTypeAllocSize(Passed)),
          How::Write, Origin, Result);
  for (Instruction &I : instructions(F)) {
    auto *Alloca = dyn_cast<AllocaInst>(&I);
    if (!Alloca || isOwn(Alloca, Origin))
      continue;
    std::optional<TypeSize> Size = Alloca->getAllocationSize(F.getDataLayout());
    if (!Alloca->isStaticAlloca() || !Size || Size->isScalable())
      Result.All = true;
    else
      add(Alloca, LocationSize::precise(*Size), How::Write, Origin, Result);
  }
  Result.All = Result.All || Result.Ranges.size() > MaxRanges;
  return Result;
}

} // namespace copier
