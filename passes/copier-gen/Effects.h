//===- Effects.h - What libcalls do to memory -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The libcall effects table (passes/effects/libcall_effects.def) as data.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_EFFECTS_H
#define COPIER_GEN_EFFECTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Analysis/MemoryLocation.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include <optional>

namespace copier {

/// The libc function that \p Call is sure to call. None for one that the module
/// defines itself: its name says nothing then.
std::optional<llvm::LibFunc> calledLibcall(const llvm::CallBase &Call,
                                           const llvm::TargetLibraryInfo &TLI);

/// One effect of a libcall, on the memory that one argument points to.
struct LibcallEffect {
  enum KindTy { Nothing, Read, Write, Free, Errno };
  enum ExtentTy { Counted, Open, Pointer }; ///< SizeArg bytes, unknown, one.

  KindTy Kind;
  ExtentTy Extent = Open;
  unsigned Arg = 0;
  unsigned SizeArg = 0;

  /// The bytes concerned in \p Call. Not for Nothing and Errno.
  llvm::MemoryLocation location(const llvm::CallBase &Call) const;
};

/// What \p Call does, if it calls a function of the table and nothing else.
std::optional<llvm::ArrayRef<LibcallEffect>>
libcallEffects(const llvm::CallBase &Call, const llvm::TargetLibraryInfo &TLI);

} // namespace copier

#endif // COPIER_GEN_EFFECTS_H
