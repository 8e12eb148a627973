//===- Conflicts.cpp - Which accesses must wait for which copies ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//

#include "copier-gen/Conflicts.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace copier {

StringRef conflictText(Conflict Kind) {
  static constexpr StringLiteral Texts[] = {
#define X(KIND, TEXT) TEXT,
      COPIER_CONFLICTS(X)
#undef X
  };
  return Texts[static_cast<unsigned>(Kind)];
}

ConflictAnalysis::ConflictAnalysis(const DataLayout &Layout,
                                   ArrayRef<CopySite> CopySites, AAResults &AA,
                                   const TargetLibraryInfo &LibraryInfo)
    : DL(Layout), Sites(CopySites), TLI(LibraryInfo), SameIteration(AA),
      AnyIteration(AA) {
  AnyIteration.enableCrossIterationMode();
}

//===----------------------------------------------------------------------===//
// Conflicts with all copies
//===----------------------------------------------------------------------===//

/// Whether \p I orders other accesses between threads.
static bool isOrdering(const Instruction &I) {
  switch (I.getOpcode()) {
  case Instruction::Fence:
    return true;
  case Instruction::Load:
    return isStrongerThanMonotonic(cast<LoadInst>(I).getOrdering());
  case Instruction::Store:
    return isStrongerThanMonotonic(cast<StoreInst>(I).getOrdering());
  case Instruction::AtomicRMW:
    return isStrongerThanMonotonic(cast<AtomicRMWInst>(I).getOrdering());
  case Instruction::AtomicCmpXchg:
    return isStrongerThanMonotonic(
        cast<AtomicCmpXchgInst>(I).getMergedOrdering());
  default:
    return false;
  }
}

/// Whether \p Call surely comes back, to the next instruction, without having
/// shown memory to another thread, and touches only what alias analysis can
/// tell. Nothing that merely reads can do any of that but unwind.
bool ConflictAnalysis::isContained(const CallBase &Call) {
  if (!Call.doesNotThrow() || Call.hasOperandBundles())
    return false;
  // The copy that passes an argument by value is not among the effects.
  for (unsigned Arg = 0; Arg != Call.arg_size(); ++Arg)
    if (Call.isPassPointeeByValueArgument(Arg))
      return false;
  // An allocator of the program's own may hand out bytes again that nothing
  // had to free before.
  if (Call.returnDoesNotAlias())
    return false;
  MemoryEffects Effects = AnyIteration.getMemoryEffects(&Call);
  if (Effects.onlyReadsMemory())
    return true;
  return Effects.getWithoutLoc(IRMemLocation::ErrnoMem)
             .onlyAccessesInaccessibleOrArgMem() &&
         Call.hasFnAttr(Attribute::NoSync) &&
         Call.hasFnAttr(Attribute::WillReturn);
}

std::optional<Conflict> ConflictAnalysis::callWithAll(const CallBase &Call) {
  if (Call.isMustTailCall())
    return Conflict::Call;
  if (isa<AssumeInst>(Call) || Call.isDebugOrPseudoInst())
    return std::nullopt;
  if (const auto *Asm = dyn_cast<InlineAsm>(Call.getCalledOperand())) {
    if (Asm->hasSideEffects() || Asm->canThrow() ||
        !Call.doesNotAccessMemory())
      return Conflict::Asm;
    return std::nullopt;
  }
  switch (Call.getIntrinsicID()) {
  case Intrinsic::lifetime_start:
  case Intrinsic::lifetime_end:
  case Intrinsic::stacksave:
    return std::nullopt;
  case Intrinsic::stackrestore:
    return Conflict::StackRestore;
  default:
    break;
  }
  if (const auto *Memory = dyn_cast<AnyMemIntrinsic>(&Call)) {
    if (Memory->isVolatile())
      return Conflict::Volatile;
    return std::nullopt;
  }
  if (libcallEffects(Call, TLI) || isContained(Call))
    return std::nullopt;
  return Conflict::Call;
}

std::optional<Conflict> ConflictAnalysis::withAll(const Instruction &I) {
  if (isa<ReturnInst>(I))
    return Conflict::Return;
  if (isa<ResumeInst, CleanupReturnInst, CatchSwitchInst>(I))
    return Conflict::Unwind;
  if (const auto *Call = dyn_cast<CallBase>(&I))
    return callWithAll(*Call);
  if (I.isVolatile())
    return Conflict::Volatile;
  if (isOrdering(I))
    return Conflict::Atomic;
  if (isa<LoadInst, StoreInst, AtomicRMWInst, AtomicCmpXchgInst>(I))
    return std::nullopt;
  if (I.mayReadOrWriteMemory() || I.mayThrow())
    return Conflict::Unknown;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Conflicts with one copy
//===----------------------------------------------------------------------===//

/// Whether \p Pointer is \p Base plus exactly \p Size plus a constant of which
/// both the value and the size of an access there are small enough not to wrap
/// around: the commonest false conflict, dst[n] = 0 after a copy of n bytes.
static bool isPastEnd(const MemoryLocation &Location, const Value *Base,
                      const Value *Size, const DataLayout &DL) {
  constexpr uint64_t Small = uint64_t(1) << 40;
  unsigned IndexBits = DL.getIndexSizeInBits(0);
  if (IndexBits != 64 || !Size->getType()->isIntegerTy(IndexBits) ||
      !Location.Size.hasValue() || Location.Size.isScalable() ||
      Location.Size.getValue() >= Small)
    return false;
  APInt Offset(IndexBits, 0);
  const Value *Pointer = Location.Ptr;
  while (const auto *Step = dyn_cast<GEPOperator>(Pointer)) {
    if (Step->getPointerOperand() == Base && Step->getNumIndices() == 1 &&
        Step->getOperand(1) == Size && Step->getSourceElementType() ==
        Type::getInt8Ty(Step->getContext()))
      return true;
    if (!Step->accumulateConstantOffset(DL, Offset) || Offset.uge(Small))
      return false;
    Pointer = Step->getPointerOperand();
  }
  return false;
}

bool ConflictAnalysis::mayOverlap(const MemoryLocation &Location,
                                  const MemoryLocation &Range,
                                  const Value *Size, bool OnlyLatest) {
  if (OnlyLatest && isPastEnd(Location, Range.Ptr, Size, DL))
    return false;
  return !aliases(OnlyLatest).isNoAlias(Location, Range);
}

std::optional<Conflict>
ConflictAnalysis::compareAccess(const MemoryLocation &Location, Access How,
                                const CopySite &Site, bool OnlyLatest) {
  BatchAAResults &AA = aliases(OnlyLatest);
  // What a copy writes is not constant, what changes is not constant either.
  if (How == Access::Read && AA.pointsToConstantMemory(Location))
    return std::nullopt;
  bool WholeObject = How == Access::Free || How == Access::EndOfLife;
  auto Touches = [&](const MemoryLocation &Range) {
    return mayOverlap(Location,
                      WholeObject ? MemoryLocation::getBeforeOrAfter(Range.Ptr)
                                  : Range,
                      Site.Size, OnlyLatest);
  };
  if (Touches(Site.destination())) {
    static constexpr Conflict Kinds[] = {
        Conflict::DestinationRead, Conflict::DestinationWrite, Conflict::Freed,
        Conflict::LifetimeEnd};
    return Kinds[static_cast<unsigned>(How)];
  }
  if (How == Access::Read || !Touches(Site.source()) ||
      AA.pointsToConstantMemory(Site.source()))
    return std::nullopt;
  static constexpr Conflict Kinds[] = {Conflict::SourceWrite,
                                       Conflict::SourceWrite, Conflict::Freed,
                                       Conflict::LifetimeEnd};
  return Kinds[static_cast<unsigned>(How)];
}
