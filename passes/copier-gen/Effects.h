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
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Analysis/MemoryLocation.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include <optional>

namespace copier {

/// The libc function that \p Call is sure to call. None for one that the module
/// defines itself: its name says nothing then.
std::optional<llvm::LibFunc> calledLibcall(const llvm::CallBase &Call,
                                           const llvm::TargetLibraryInfo &TLI);

/// One effect of a libcall; most are on the memory that an argument points to.
struct LibcallEffect {
  enum KindTy {
    Nothing,
    Read,
    Write,
    Free,
    Errno,
    Escaped,
    Keeps,
    Release,
    Cancel
  };
  /// As many bytes as argument SizeArg says, as the product of that and
  /// argument TimesArg, Bytes bytes, or nobody knows how many.
  enum ExtentTy { Counted, Product, Object, Open };

  KindTy Kind;
  ExtentTy Extent = Open;
  unsigned Arg = 0;
  unsigned SizeArg = 0;
  unsigned TimesArg = 0;
  unsigned Bytes = 0;

  /// Whether it accesses or frees a range of memory.
  constexpr bool isOnRange() const {
    return Kind == Read || Kind == Write || Kind == Free;
  }

  /// The bytes concerned in \p Call, if isOnRange.
  llvm::MemoryLocation location(const llvm::CallBase &Call) const;
};

/// A row of the table.
struct LibcallRow {
  llvm::StringRef Prototype;
  llvm::ArrayRef<LibcallEffect> Effects;

  bool has(LibcallEffect::KindTy Kind) const {
    return llvm::any_of(Effects, [Kind](const LibcallEffect &Effect) {
      return Effect.Kind == Kind;
    });
  }
  /// Whether others may go on from here, or the thread may end.
  bool isBarrier() const {
    return has(LibcallEffect::Release) || has(LibcallEffect::Cancel);
  }
  /// Whether it touches nothing but its ranges, now and later.
  bool isContained() const {
    return !isBarrier() && !has(LibcallEffect::Escaped) &&
           !has(LibcallEffect::Keeps);
  }
};

/// The row of the function that \p Call is sure to call; null if there is none.
const LibcallRow *libcallRow(const llvm::CallBase &Call,
                             const llvm::TargetLibraryInfo &TLI);

/// What \p Call does, if it calls a function of the table that touches nothing
/// but its ranges.
std::optional<llvm::ArrayRef<LibcallEffect>>
libcallEffects(const llvm::CallBase &Call, const llvm::TargetLibraryInfo &TLI);

} // namespace copier

#endif // COPIER_GEN_EFFECTS_H
