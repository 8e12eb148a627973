//===- Effects.cpp - What libcalls do to memory ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the table and finds the call's row.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Effects.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace copier {

std::optional<LibFunc> calledLibcall(const CallBase &Call,
                                     const TargetLibraryInfo &TLI) {
  LibFunc Libcall = NotLibFunc;
  const Function *Callee = Call.getCalledFunction();
  if (!Callee || !Callee->isDeclaration() || !TLI.getLibFunc(Call, Libcall) ||
      !TLI.has(Libcall))
    return std::nullopt;
  return Libcall;
}

MemoryLocation LibcallEffect::location(const CallBase &Call) const {
  const Value *Start = Call.getArgOperand(Arg);
  if (Kind == Free)
    return MemoryLocation::getBeforeOrAfter(Start);
  if (Extent == Pointer) {
    const DataLayout &DL = Call.getModule()->getDataLayout();
    return MemoryLocation(Start, LocationSize::precise(DL.getPointerSize()));
  }
  if (Extent == Counted)
    if (const auto *Count = dyn_cast<ConstantInt>(Call.getArgOperand(SizeArg)))
      return MemoryLocation(Start,
                            LocationSize::upperBound(Count->getLimitedValue()));
  return MemoryLocation::getAfter(Start);
}

// The vocabulary of the table.
#define NOTHING                                                                \
  E { E::Nothing }
#define READ(ARG, SIZE)                                                        \
  E { E::Read, E::Counted, ARG, SIZE }
#define WRITE(ARG, SIZE)                                                       \
  E { E::Write, E::Counted, ARG, SIZE }
#define READ_ON(ARG)                                                           \
  E { E::Read, E::Open, ARG }
#define WRITE_ON(ARG)                                                          \
  E { E::Write, E::Open, ARG }
#define WRITE_POINTER(ARG)                                                     \
  E { E::Write, E::Pointer, ARG }
#define FREE(ARG)                                                              \
  E { E::Free, E::Open, ARG }
#define ERRNO                                                                  \
  E { E::Errno }

/// The table's row for \p Libcall.
static std::optional<ArrayRef<LibcallEffect>> effectsOf(LibFunc Libcall) {
  using E = LibcallEffect;
  switch (Libcall) {
#define COPIER_LIBCALL(NAME, ...)                                              \
  case LibFunc_##NAME: {                                                       \
    static constexpr E Effects[] = {__VA_ARGS__};                              \
    return ArrayRef<E>(Effects);                                               \
  }
#include "effects/libcall_effects.def"
  default:
    return std::nullopt;
  }
}

std::optional<ArrayRef<LibcallEffect>>
libcallEffects(const CallBase &Call, const TargetLibraryInfo &TLI) {
  if (std::optional<LibFunc> Libcall = calledLibcall(Call, TLI))
    return effectsOf(*Libcall);
  return std::nullopt;
}

} // namespace copier
