//===- Objects.cpp - What memory is new to a function ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pointer is looked through as far as LLVM's own alias analysis does.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Objects.h"
#include "copier-gen/Effects.h"
#include "llvm/Analysis/CaptureTracking.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace copier {

bool isInFrame(const Value &Object) {
  const auto *Arg = dyn_cast<Argument>(&Object);
  return isa<AllocaInst>(Object) || (Arg && Arg->hasByValAttr());
}

bool isFreshFromLibc(const Value &Object, const TargetLibraryInfo &TLI) {
  const auto *Call = dyn_cast<CallBase>(&Object);
  std::optional<LibFunc> Libcall;
  if (Call)
    Libcall = calledLibcall(*Call, TLI);
  if (!Libcall)
    return false;
  switch (*Libcall) {
  case LibFunc_malloc:
  case LibFunc_calloc:
  case LibFunc_aligned_alloc:
  case LibFunc_memalign:
  case LibFunc_strdup:
  case LibFunc_strndup:
    return true;
  default:
    return false;
  }
}

/// Whether somebody says that nobody else has \p Object, and is not libc.
static bool isSaidToBeNew(const Value &Object, const TargetLibraryInfo &TLI) {
  if (const auto *Arg = dyn_cast<Argument>(&Object))
    return Arg->hasNoAliasAttr() && !Arg->hasByValAttr() &&
           !Arg->hasStructRetAttr();
  const auto *Call = dyn_cast<CallBase>(&Object);
  return Call && Call->hasRetAttr(Attribute::NoAlias) &&
         !isFreshFromLibc(Object, TLI);
}

/// Whether \p Object is nobody else's, whatever anybody says.
static bool isSurelyNew(const Value &Object, const TargetLibraryInfo &TLI) {
  return (isInFrame(Object) || isFreshFromLibc(Object, TLI)) &&
         !PointerMayBeCaptured(&Object, /*ReturnCaptures=*/false);
}

bool mayBeTheSameReused(const MemoryLocation &A, const MemoryLocation &B,
                        const TargetLibraryInfo &TLI) {
  SmallVector<const Value *, 4> OfA, OfB;
  getUnderlyingObjects(A.Ptr, OfA);
  getUnderlyingObjects(B.Ptr, OfB);
  for (const Value *ObjectA : OfA)
    for (const Value *ObjectB : OfB)
      if (ObjectA != ObjectB &&
          ((isSaidToBeNew(*ObjectA, TLI) && !isSurelyNew(*ObjectB, TLI)) ||
           (isSaidToBeNew(*ObjectB, TLI) && !isSurelyNew(*ObjectA, TLI))))
        return true;
  return false;
}

} // namespace copier
