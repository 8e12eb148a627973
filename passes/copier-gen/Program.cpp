//===- Program.cpp - Functions that copies may cross ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything that is said of a function here is said of this one definition,
// whatever else its name may mean at link or run time.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Program.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace copier {

/// Neither the linker nor the loader can put another definition in the place of
/// \p F.
static bool bindsLocally(const Function &F) {
  return F.hasLocalLinkage() ||
         (F.hasExternalLinkage() && F.isDSOLocal() && !F.hasComdat());
}

/// Whether calls of the symbol may do something else than this definition, in
/// which case they must be let. What the linker may choose one of is the same
/// by the one-definition rule; what the loader may is not, if it is extern.
static bool mayMeanAnother(const Function &F) {
  return F.isInterposable() || (F.hasExternalLinkage() && !F.isDSOLocal());
}

/// Whether \p F looks at who has called it: that would be its other entry.
static bool looksAtCaller(const Function &F) {
  return any_of(instructions(F), [](const Instruction &I) {
    const auto *Call = dyn_cast<IntrinsicInst>(&I);
    switch (Call ? Call->getIntrinsicID() : Intrinsic::not_intrinsic) {
    case Intrinsic::returnaddress:
    case Intrinsic::addressofreturnaddress:
    case Intrinsic::frameaddress:
    case Intrinsic::sponentry:
    case Intrinsic::eh_dwarf_cfa:
    case Intrinsic::eh_return_i32:
    case Intrinsic::eh_return_i64:
    case Intrinsic::localescape:
      return true;
    default:
      return false;
    }
  });
}

/// Whether another function can call \p F with the arguments that it was called
/// with itself, and whether what \p F does is what its name means.
static bool canSplit(const Function &F) {
  if (mayMeanAnother(F) || F.isVarArg() || F.hasFnAttribute("thunk") ||
      F.getCallingConv() == CallingConv::X86_INTR || looksAtCaller(F))
    return false;
  return none_of(F.args(), [](const Argument &Arg) {
    return Arg.hasSwiftErrorAttr() || Arg.hasNestAttr() ||
           Arg.hasInAllocaAttr() || Arg.hasPreallocatedAttr() ||
           Arg.hasAttribute(Attribute::SwiftAsync);
  });
}

static bool hasArgumentsThatDie(const Function &F) {
  return any_of(F.args(), [](const Argument &Arg) {
    return Arg.hasAttribute(Attribute::DeadOnReturn);
  });
}

ProgramScope::ProgramScope(std::vector<Function *> List)
    : Members(std::move(List)) {
  for (Function *F : Members) {
    Summary &About = Functions[F];
    About.BindsLocally = bindsLocally(*F);
    About.CanSplit = canSplit(*F);
  }
  for (Function *F : Members)
    Functions.find(F)->second.IsPrivate =
        F->hasLocalLinkage() && hasOnlyGuardedCalls(*F);
}

Function *ProgramScope::guardedCallee(const CallBase &Call) const {
  Function *Callee = Call.getCalledFunction();
  auto Known = Functions.find(Callee);
  if (!Callee || Known == Functions.end() || !Known->second.accepts() ||
      !contains(*Call.getFunction()) || Call.isMustTailCall() ||
      Call.hasOperandBundles())
    return nullptr;
  return Callee;
}

Function *ProgramScope::leavingCallee(const Instruction &I) const {
  const auto *Call = dyn_cast<CallBase>(&I);
  Function *Callee = Call ? guardedCallee(*Call) : nullptr;
  return Callee && isLeaving(*Callee) ? Callee : nullptr;
}

bool ProgramScope::hasOnlyGuardedCalls(const Function &F) const {
  return all_of(F.uses(), [&](const Use &U) {
    const auto *Call = dyn_cast<CallBase>(U.getUser());
    return Call && Call->isCallee(&U) && guardedCallee(*Call) == &F;
  });
}

bool ProgramScope::canLeave(const Function &F) const {
  const Summary &About = Functions.at(&F);
  return (About.IsPrivate || About.CanSplit) && !hasArgumentsThatDie(F);
}

bool ProgramScope::isEntered(const Function &F) const {
  return Functions.at(&F).Entered;
}

bool ProgramScope::isLeaving(const Function &F) const {
  return Functions.at(&F).Leaving;
}

bool ProgramScope::setEntered(const Function &F) {
  return !std::exchange(Functions.find(&F)->second.Entered, true);
}

bool ProgramScope::setLeaving(const Function &F) {
  return !std::exchange(Functions.find(&F)->second.Leaving, true);
}

bool ProgramScope::needsTwoEntries(const Function &F) const {
  const Summary &About = Functions.at(&F);
  return !About.IsPrivate &&
         (About.Leaving || (About.Entered && !About.BindsLocally));
}

} // namespace copier
