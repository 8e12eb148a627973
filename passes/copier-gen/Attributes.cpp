//===- Attributes.cpp - Unlearning what was inferred ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The list of attributes is the one of FunctionAttrs, which infers them.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Attributes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/InstrTypes.h"

using namespace llvm;

namespace copier {

static const AttributeMask &functionMask() {
  static const AttributeMask Mask = [] {
    AttributeMask M;
    M.addAttribute(Attribute::Memory);
    M.addAttribute(Attribute::NoSync);
    M.addAttribute(Attribute::NoFree);
    M.addAttribute(Attribute::NoCallback);
    M.addAttribute(Attribute::Speculatable);
    return M;
  }();
  return Mask;
}

static const AttributeMask &parameterMask() {
  static const AttributeMask Mask = [] {
    AttributeMask M;
    M.addAttribute(Attribute::Captures);
    M.addAttribute(Attribute::NoFree);
    M.addAttribute(Attribute::ReadNone);
    M.addAttribute(Attribute::ReadOnly);
    M.addAttribute(Attribute::WriteOnly);
    M.addAttribute(Attribute::Writable);
    M.addAttribute(Attribute::DeadOnUnwind);
    M.addAttribute(Attribute::Initializes);
    return M;
  }();
  return Mask;
}

/// For a Function or a CallBase.
template <typename T> static void drop(T &Holder, unsigned Parameters) {
  Holder.removeFnAttrs(functionMask());
  for (unsigned Index = 0; Index != Parameters; ++Index)
    Holder.removeParamAttrs(Index, parameterMask());
}

/// Drops the attributes of the calls of \p F and adds the callers to
/// \p Functions.
static void dropAtCalls(Function &F, SetVector<Function *> &Functions) {
  for (User *U : F.users()) {
    auto *Call = dyn_cast<CallBase>(U);
    if (!Call || Call->getCalledOperand() != &F)
      continue;
    drop(*Call, Call->arg_size());
    Functions.insert(Call->getFunction());
  }
}

void dropMemoryAttributes(ArrayRef<Function *> Changed) {
  SetVector<Function *> Functions(Changed.begin(), Changed.end());
  for (unsigned Index = 0; Index != Functions.size(); ++Index) {
    Function &F = *Functions[Index];
    drop(F, F.arg_size());
    dropAtCalls(F, Functions);
  }
}

} // namespace copier
