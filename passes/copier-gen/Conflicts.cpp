//===- Conflicts.cpp - Which accesses must wait for which copies ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rules, one function each. The answers rest on alias analysis of the
// unchanged function; see docs/copiergen.md for why each rule is sound.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Conflicts.h"
#include "copier-gen/Objects.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
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

ConflictAnalysis::ConflictAnalysis(Function &Func, ArrayRef<CopySite> CopySites,
                                   AAResults &AA,
                                   const TargetLibraryInfo &LibraryInfo,
                                   const ProgramScope *Scope)
    : F(Func), DL(Func.getDataLayout()), Sites(CopySites), TLI(LibraryInfo),
      Program(Scope), SameIteration(AA), AnyIteration(AA) {
  AnyIteration.enableCrossIterationMode();
  for (const CopySite &Site : Sites)
    if (Site.isAsynchronous())
      Copies.insert(Site.Call);
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
  if (Call.hasRetAttr(Attribute::NoAlias))
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
    if (Asm->hasSideEffects() || Asm->canThrow() || !Call.doesNotAccessMemory())
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
  if (const LibcallRow *Row = libcallRow(Call, TLI))
    return Row->isBarrier() ? std::optional(Conflict::Release) : std::nullopt;
  if (isContained(Call) || (Program && Program->guardedCallee(Call)))
    return std::nullopt;
  return Conflict::Call;
}

std::optional<Conflict> ConflictAnalysis::withAll(const Instruction &I) {
  // libcopier orders copies among each other.
  if (Copies.contains(&I))
    return std::nullopt;
  if (isa<ReturnInst>(I) && !Program)
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
        Step->getOperand(1) == Size &&
        Step->getSourceElementType() == Type::getInt8Ty(Step->getContext()))
      return true;
    if (!Step->accumulateConstantOffset(DL, Offset) || Offset.uge(Small))
      return false;
    Pointer = Step->getPointerOperand();
  }
  return false;
}

/// Within one function, a function that may have taken memory back is a
/// conflict with all copies, or one with its bytes.
bool ConflictAnalysis::mayOverlap(const MemoryLocation &Location,
                                  const MemoryLocation &Range,
                                  bool OnlyLatest) {
  return !aliases(OnlyLatest).isNoAlias(Location, Range) ||
         (Program && mayBeTheSameReused(Location, Range, TLI));
}

std::optional<Conflict>
ConflictAnalysis::compareAccess(const MemoryLocation &Location, Access How,
                                const CopySite &Site, bool OnlyLatest) {
  BatchAAResults &AA = aliases(OnlyLatest);
  // What a copy writes is not constant, what changes is not constant either.
  // What merely has a type of constants may be what the copy makes.
  if (How == Access::Read &&
      AA.pointsToConstantMemory(Location.getWithoutAATags()))
    return std::nullopt;
  bool WholeObject = How == Access::Free || How == Access::EndOfLife;
  auto Touches = [&](const MemoryLocation &Range) {
    if (OnlyLatest && isPastEnd(Location, Range.Ptr, Site.Size, DL))
      return false;
    return mayOverlap(Location,
                      WholeObject ? MemoryLocation::getBeforeOrAfter(Range.Ptr)
                                  : Range,
                      OnlyLatest);
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

std::optional<Conflict>
ConflictAnalysis::compareLibcall(const CallBase &Call,
                                 ArrayRef<LibcallEffect> Effects,
                                 const CopySite &Site, bool OnlyLatest) {
  for (const LibcallEffect &Effect : Effects) {
    if (!Effect.isOnRange())
      continue;
    Access How = Effect.Kind == LibcallEffect::Read    ? Access::Read
                 : Effect.Kind == LibcallEffect::Write ? Access::Write
                                                       : Access::Free;
    if (std::optional<Conflict> Why =
            compareAccess(Effect.location(Call), How, Site, OnlyLatest))
      return Why;
  }
  return std::nullopt;
}

/// A call that looks after copies itself, but not when it passes by value.
std::optional<Conflict> ConflictAnalysis::compareByValue(const CallBase &Call,
                                                         const CopySite &Site,
                                                         bool OnlyLatest) {
  for (unsigned Arg = 0; Arg != Call.arg_size(); ++Arg)
    if (Type *Passed = Call.getParamByValType(Arg))
      if (std::optional<Conflict> Why =
              compareAccess(MemoryLocation(Call.getArgOperand(Arg),
                                           LocationSize::precise(
                                               DL.getTypeAllocSize(Passed))),
                            Access::Read, Site, OnlyLatest))
        return Why;
  return std::nullopt;
}

/// What an argument points to may be the copy's, whatever alias analysis
/// thinks.
bool ConflictAnalysis::mayTouchReused(const CallBase &Call,
                                      const CopySite &Site) {
  return Program && any_of(Call.args(), [&](const Use &Arg) {
           if (!Arg->getType()->isPointerTy())
             return Arg->getType()->isPtrOrPtrVectorTy();
           auto Whole = MemoryLocation::getBeforeOrAfter(Arg);
           return mayBeTheSameReused(Whole, Site.destination(), TLI) ||
                  mayBeTheSameReused(Whole, Site.source(), TLI);
         });
}

/// A contained call: what the table tells. Of one that is not in there, or may
/// touch whatever has escaped: what alias analysis makes of its attributes.
std::optional<Conflict> ConflictAnalysis::compareCall(const CallBase &Call,
                                                      const CopySite &Site,
                                                      bool OnlyLatest) {
  if (std::optional<ArrayRef<LibcallEffect>> Effects =
          libcallEffects(Call, TLI))
    return compareLibcall(Call, *Effects, Site, OnlyLatest);
  if (mayTouchReused(Call, Site))
    return Conflict::DestinationWrite;
  BatchAAResults &AA = aliases(OnlyLatest);
  ModRefInfo OfDestination = AA.getModRefInfo(&Call, Site.destination());
  if (isModSet(OfDestination))
    return Conflict::DestinationWrite;
  if (isRefSet(OfDestination))
    return Conflict::DestinationRead;
  if (isModSet(AA.getModRefInfo(&Call, Site.source())))
    return Conflict::SourceWrite;
  return std::nullopt;
}

std::optional<Conflict>
ConflictAnalysis::compareMemIntrinsic(const AnyMemIntrinsic &Intrinsic,
                                      const CopySite &Site, bool OnlyLatest) {
  if (std::optional<Conflict> Why =
          compareAccess(MemoryLocation::getForDest(&Intrinsic), Access::Write,
                        Site, OnlyLatest))
    return Why;
  if (const auto *Transfer = dyn_cast<AnyMemTransferInst>(&Intrinsic))
    return compareAccess(MemoryLocation::getForSource(Transfer), Access::Read,
                         Site, OnlyLatest);
  return std::nullopt;
}

std::optional<Conflict> ConflictAnalysis::compare(const Instruction &I,
                                                  const CopySite &Site,
                                                  bool OnlyLatest) {
  // libcopier orders copies among each other.
  if (Copies.contains(&I))
    return std::nullopt;
  if (const auto *Load = dyn_cast<LoadInst>(&I))
    return compareAccess(MemoryLocation::get(Load), Access::Read, Site,
                         OnlyLatest);
  if (const auto *Intrinsic = dyn_cast<AnyMemIntrinsic>(&I))
    return compareMemIntrinsic(*Intrinsic, Site, OnlyLatest);
  if (const auto *Lifetime = dyn_cast<LifetimeIntrinsic>(&I))
    return compareAccess(
        MemoryLocation::getBeforeOrAfter(Lifetime->getArgOperand(0)),
        Access::EndOfLife, Site, OnlyLatest);
  if (const auto *Call = dyn_cast<CallBase>(&I)) {
    if (Call->isDebugOrPseudoInst() || !Call->mayReadOrWriteMemory() ||
        isa<AssumeInst>(Call) || Call->getIntrinsicID() == Intrinsic::stacksave)
      return std::nullopt;
    if (Program && Program->guardedCallee(*Call))
      return compareByValue(*Call, Site, OnlyLatest);
    return compareCall(*Call, Site, OnlyLatest);
  }
  // What is left and touches memory is a store or an atomic access.
  if (std::optional<MemoryLocation> Location = MemoryLocation::getOrNone(&I))
    return compareAccess(*Location, Access::Write, Site, OnlyLatest);
  return std::nullopt;
}

std::optional<Conflict> ConflictAnalysis::withSite(const Instruction &I,
                                                   unsigned Site,
                                                   bool OnlyLatest) {
  auto [Found, IsNew] = Known.try_emplace({&I, 2 * Site + OnlyLatest});
  if (IsNew)
    Found->second = compare(I, Sites[Site], OnlyLatest);
  return Found->second;
}

bool ConflictAnalysis::isCertain(const Instruction &I, unsigned Site) {
  std::optional<MemoryLocation> Location = MemoryLocation::getOrNone(&I);
  auto Meets = [&](const MemoryLocation &Range) {
    AliasResult Result = SameIteration.alias(*Location, Range);
    return Result == AliasResult::MustAlias ||
           Result == AliasResult::PartialAlias;
  };
  return Location && (Meets(Sites[Site].destination()) ||
                      (I.mayWriteToMemory() && Meets(Sites[Site].source())));
}

bool ConflictAnalysis::isOfFrame(unsigned Site) {
  return isInFrame(*getUnderlyingObject(Sites[Site].Destination)) ||
         isInFrame(*getUnderlyingObject(Sites[Site].Source));
}

bool ConflictAnalysis::touchesFrame(unsigned Site) {
  auto [Found, IsNew] = OfFrame.try_emplace(Site, true);
  if (!IsNew)
    return Found->second;
  auto Touches = [&](const Value &Object) {
    MemoryLocation Whole = MemoryLocation::getBeforeOrAfter(&Object);
    return isInFrame(Object) &&
           (mayOverlap(Whole, Sites[Site].destination(),
                       /*OnlyLatest=*/false) ||
            mayOverlap(Whole, Sites[Site].source(), /*OnlyLatest=*/false));
  };
  return Found->second =
             any_of(F.args(), Touches) || any_of(instructions(F), Touches);
}

} // namespace copier
