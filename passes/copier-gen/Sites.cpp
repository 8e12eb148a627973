//===- Sites.cpp - The copies of a function -------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reasons not to touch a copy are listed in the order in which they are asked.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Sites.h"
#include "copier-gen/Effects.h"
#include "copier-gen/SourceControl.h"
#include "llvm/ADT/DepthFirstIterator.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/ConstantRange.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/EHPersonalities.h"
#include "llvm/IR/GlobalIFunc.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/KnownBits.h"

using namespace llvm;

namespace copier {

MemoryLocation CopySite::range(const Value *Start) const {
  if (const auto *Bytes = dyn_cast<ConstantInt>(Size))
    return MemoryLocation(Start,
                          LocationSize::precise(Bytes->getLimitedValue()));
  return MemoryLocation::getAfter(Start);
}

/// Whether \p F implements copies, so that making its own asynchronous would
/// have them call themselves.
static bool implementsCopies(StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases({"memcpy", "memmove", "memset", "mempcpy", "bcopy"}, true)
      .Cases({"amemcpy", "_amemcpy", "amemmove", "_amemmove"}, true)
      .Cases({"csync", "_csync", "csync_all"}, true)
      .Default(Name.starts_with("__copier_") || Name.starts_with("copier_"));
}

/// Whether the program brings its own copying functions along, which libcopier
/// would then call: at another time, and of this a program may take notice.
static bool definesCopies(const Module &M) {
  return any_of(ArrayRef<StringLiteral>{"memcpy", "memmove"},
                [&M](StringRef Name) {
                  const Function *F = M.getFunction(Name);
                  return F && !F->isDeclaration() && !F->hasLocalLinkage();
                });
}

/// An ifunc's resolver runs before the symbols it would need are bound.
static bool isIFuncResolver(const Function &F) {
  return any_of(F.getParent()->ifuncs(), [&F](const GlobalIFunc &I) {
    return I.getResolverFunction() == &F;
  });
}

/// Instructions that forbid asynchronous copies in their whole function.
static StringRef whyInstructionForbids(const Instruction &I) {
  const auto *Call = dyn_cast<CallBase>(&I);
  if (!Call)
    return "";
  Intrinsic::ID ID = Call->getIntrinsicID();
  if (Call->hasFnAttr(Attribute::ReturnsTwice) ||
      ID == Intrinsic::eh_sjlj_setjmp)
    return "the function calls one that returns twice";
  if (ID == Intrinsic::localescape)
    return "the function shares its frame";
  // Promises about pointers as of one moment, which alias analysis applies to
  // those of all iterations.
  if (ID == Intrinsic::assume && Call->getOperandBundle("separate_storage"))
    return "the function assumes separate storage";
  return "";
}

StringRef whyFunctionIsLeft(const Function &F) {
  if (implementsCopies(F.getName()))
    return "the function implements copies";
  if (definesCopies(*F.getParent()))
    return "the module defines memcpy or memmove";
  if (isKeptSynchronous(F))
    return "the source keeps the function synchronous";
  if (F.hasFnAttribute("no-builtins"))
    return "the function is compiled without builtins";
  if (F.hasFnAttribute(Attribute::Naked))
    return "the function is naked";
  if (F.isPresplitCoroutine())
    return "the function is a coroutine not yet split";
  if (F.hasGC())
    return "the function is garbage collected";
  if (F.hasPersonalityFn() &&
      isScopedEHPersonality(classifyEHPersonality(F.getPersonalityFn())))
    return "the function handles exceptions in funclets";
  if (isIFuncResolver(F))
    return "the function resolves an ifunc";
  for (const Instruction &I : instructions(F))
    if (StringRef Why = whyInstructionForbids(I); !Why.empty())
      return Why;
  return "";
}

/// The most bytes that a copy of \p Size can have, for all that its computation
/// says: what fits into a byte, what was masked or selected.
static APInt mostBytes(const Value &Size, const DataLayout &DL) {
  ConstantRange Range = computeConstantRange(&Size, /*ForSigned=*/false);
  return APIntOps::umin(Range.getUnsignedMax(),
                        computeKnownBits(&Size, DL).getMaxValue());
}

/// Why the copy at \p Site stays as it is, by itself.
static std::string whyCopyIsLeft(const CopySite &Site, uint64_t MinSize) {
  const CallBase &Call = *Site.Call;
  if (isa<AnyMemIntrinsic>(Call) && !isa<MemIntrinsic>(Call))
    return "atomic by element";
  if (const auto *Intrinsic = dyn_cast<MemIntrinsic>(&Call)) {
    if (Intrinsic->isVolatile())
      return "volatile";
    if (Intrinsic->getIntrinsicID() == Intrinsic::memcpy_inline)
      return "must be inline";
  }
  for (const Value *Pointer : {Site.Destination, Site.Source})
    if (Pointer->getType()->getPointerAddressSpace() != 0)
      return "not in address space 0";
  if (Call.isMustTailCall())
    return "musttail call";
  if (!isa<CallInst>(Call))
    return "invoked";
  if (Call.hasOperandBundles())
    return "has operand bundles";
  if (isKeptSynchronous(*Site.Size))
    return "the source keeps it synchronous";
  // A copy of no bytes has none to wait for, whatever the minimum.
  if (const auto *Bytes = dyn_cast<ConstantInt>(Site.Size))
    if (Bytes->getValue().ult(std::max<uint64_t>(MinSize, 1)))
      return ("constant size " + Twine(Bytes->getZExtValue()) +
              " below the minimum " + Twine(MinSize))
          .str();
  if (mostBytes(*Site.Size, Call.getDataLayout()).ult(MinSize))
    return ("never as large as the minimum " + Twine(MinSize)).str();
  return "";
}

/// The name of the copying function that \p Call is; empty if it is none.
static StringRef copyName(const CallBase &Call, const TargetLibraryInfo &TLI) {
  switch (Call.getIntrinsicID()) {
  case Intrinsic::memcpy:
  case Intrinsic::memcpy_element_unordered_atomic:
    return "memcpy";
  case Intrinsic::memcpy_inline:
    return "memcpy.inline";
  case Intrinsic::memmove:
  case Intrinsic::memmove_element_unordered_atomic:
    return "memmove";
  default:
    break;
  }
  switch (calledLibcall(Call, TLI).value_or(NotLibFunc)) {
  case LibFunc_memcpy:
  case LibFunc_memcpy_chk:
  case LibFunc_memmove:
  case LibFunc_memmove_chk:
  case LibFunc_mempcpy:
  case LibFunc_mempcpy_chk:
    return Call.getCalledFunction()->getName();
  default:
    return "";
  }
}

static std::vector<CopySite> collectCopies(Function &F,
                                           const TargetLibraryInfo &TLI) {
  std::vector<CopySite> Sites;
  for (Instruction &I : instructions(F)) {
    auto *Call = dyn_cast<CallBase>(&I);
    if (!Call)
      continue;
    StringRef Name = copyName(*Call, TLI);
    if (Name.empty())
      continue;
    CopySite Site;
    Site.Call = Call;
    Site.Name = Name;
    Site.Destination = Call->getArgOperand(0);
    Site.Source = Call->getArgOperand(1);
    Site.Size = Call->getArgOperand(2);
    if (Name.ends_with("_chk"))
      Site.Limit = Call->getArgOperand(3);
    Sites.push_back(std::move(Site));
  }
  return Sites;
}

std::vector<CopySite> findCopySites(Function &F, uint64_t MinSize,
                                    const TargetLibraryInfo &TLI) {
  std::vector<CopySite> Sites = collectCopies(F, TLI);
  if (Sites.empty())
    return Sites;
  StringRef FunctionReason = whyFunctionIsLeft(F);
  df_iterator_default_set<BasicBlock *> Reachable;
  for (BasicBlock *Block : depth_first_ext(&F, Reachable))
    (void)Block;
  for (CopySite &Site : Sites) {
    if (!FunctionReason.empty())
      Site.LeftReason = FunctionReason.str();
    else if (!Reachable.count(Site.Call->getParent()))
      Site.LeftReason = "never reached";
    else
      Site.LeftReason = whyCopyIsLeft(Site, MinSize);
  }
  return Sites;
}

SourcePlace sourcePlace(const Instruction &I) {
  const Function &F = *I.getFunction();
  SourcePlace Place;
  Place.File = F.getParent()->getSourceFileName();
  Place.Function = F.getName();
  const DILocation *Location = I.getDebugLoc().get();
  if (!Location)
    return Place;
  Place.File = Location->getFilename();
  Place.Line = Location->getLine();
  Place.Column = Location->getColumn();
  const DISubprogram *Subprogram = Location->getScope()->getSubprogram();
  if (!Subprogram)
    return Place;
  Place.Function = Subprogram->getLinkageName();
  if (Place.Function.empty())
    Place.Function = Subprogram->getName();
  return Place;
}

} // namespace copier
