//===- Sites.h - The copies of a function ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds the memory copies of a function and decides which may become
// asynchronous, from the copy and its function alone. Whether a window is
// worth having is not asked here.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_SITES_H
#define COPIER_GEN_SITES_H

#include "llvm/Analysis/MemoryLocation.h"
#include "llvm/IR/InstrTypes.h"
#include <string>
#include <vector>

namespace llvm {
class TargetLibraryInfo;
} // namespace llvm

namespace copier {

/// One memcpy, memmove or mempcpy, intrinsic or libcall, fortified or not.
struct CopySite {
  llvm::CallBase *Call = nullptr;
  llvm::StringRef Name; ///< "memcpy", "memmove", ...
  llvm::Value *Destination = nullptr;
  llvm::Value *Source = nullptr;
  llvm::Value *Size = nullptr;
  /// The bytes from the destination on to the end of its object, if the copy
  /// checks that it stays within: the program ends where it does not.
  llvm::Value *Limit = nullptr;
  std::string LeftReason; ///< Why it stays as it is; empty if it does not.
  /// It has no window: libcopier completes it where it is made.
  bool AtOnce = false;

  bool isAsynchronous() const { return LeftReason.empty(); }
  /// Whether it may be pending after it was made.
  bool staysPending() const { return isAsynchronous() && !AtOnce; }
  bool isMove() const { return Name.contains("memmove"); }
  /// Whether it returns the end of what it has written, and not the beginning.
  bool returnsEnd() const { return Name.contains("mempcpy"); }

  /// The ranges of bytes. They carry no metadata of the copy: what TBAA and
  /// scopes promise ends with the memcpy, or with an iteration.
  llvm::MemoryLocation destination() const { return range(Destination); }
  llvm::MemoryLocation source() const { return range(Source); }

private:
  llvm::MemoryLocation range(const llvm::Value *Start) const;
};

/// Why no copy of \p F may become asynchronous; empty if some may.
llvm::StringRef whyFunctionIsLeft(const llvm::Function &F);

/// The copies of \p F in its order, those that are left included. Constant
/// sizes below \p MinSize are left.
std::vector<CopySite> findCopySites(llvm::Function &F, uint64_t MinSize,
                                    const llvm::TargetLibraryInfo &TLI);

/// Where an instruction comes from, as far as that is known.
struct SourcePlace {
  llvm::StringRef File;
  llvm::StringRef Function; ///< As linked.
  unsigned Line = 0;        ///< 0: not known.
  unsigned Column = 0;
};

/// The innermost source location of \p I; inlined code keeps its own.
SourcePlace sourcePlace(const llvm::Instruction &I);

} // namespace copier

#endif // COPIER_GEN_SITES_H
