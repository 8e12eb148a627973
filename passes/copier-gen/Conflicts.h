//===- Conflicts.h - Which accesses must wait for which copies ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Answers, for one instruction, whether pending copies must be complete before
// it: all of them, because it may leave the function or hand memory to others,
// or those whose bytes it may touch. It only asks alias analysis and changes
// nothing; where a copy may be pending is the question of Pending.h.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_CONFLICTS_H
#define COPIER_GEN_CONFLICTS_H

#include "copier-gen/Effects.h"
#include "copier-gen/Program.h"
#include "copier-gen/Sites.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/AliasAnalysis.h"
#include "llvm/IR/IntrinsicInst.h"

namespace copier {

/// Why a copy must be complete: the kind, and how it is printed.
#define COPIER_CONFLICTS(X)                                                    \
  X(DestinationRead, "destination read")                                       \
  X(DestinationWrite, "destination write")                                     \
  X(SourceWrite, "source write")                                               \
  X(Freed, "freed")                                                            \
  X(LifetimeEnd, "end of life")                                                \
  X(Return, "return")                                                          \
  X(Unwind, "unwind")                                                          \
  X(Call, "call")                                                              \
  X(Release, "release or cancellation point")                                  \
  X(Asm, "inline asm")                                                         \
  X(Atomic, "atomic access")                                                   \
  X(Volatile, "volatile access")                                               \
  X(StackRestore, "stack restore")                                             \
  X(Extent, "access of unknown extent")                                        \
  X(Unknown, "unknown effect")

enum class Conflict {
#define X(KIND, TEXT) KIND,
  COPIER_CONFLICTS(X)
#undef X
};

llvm::StringRef conflictText(Conflict Kind);

class ConflictAnalysis {
public:
  /// Without \p Program, copies are pending within \p F only.
  ConflictAnalysis(llvm::Function &F, llvm::ArrayRef<CopySite> Sites,
                   llvm::AAResults &AA, const llvm::TargetLibraryInfo &TLI,
                   const ProgramScope *Program);

  /// Why every copy, whatever it copies, must be complete before \p I.
  std::optional<Conflict> withAll(const llvm::Instruction &I);

  /// Why the copy at \p Site must be complete before \p I, which is no conflict
  /// with all. \p OnlyLatest: what may be pending of the site is nothing but
  /// its latest execution, for which the operands of the copy still have their
  /// values; otherwise those may be of any earlier iteration.
  std::optional<Conflict> withSite(const llvm::Instruction &I, unsigned Site,
                                   bool OnlyLatest);

  /// Whether a conflict of \p I with the latest copy at \p Site is certain, and
  /// not merely possible for all that is known.
  bool isCertain(const llvm::Instruction &I, unsigned Site);

  /// Whether the copy at \p Site is surely from or to what dies when the
  /// function returns; and whether it may be.
  bool isOfFrame(unsigned Site);
  bool touchesFrame(unsigned Site);

  bool isAsynchronousCopy(const llvm::Instruction &I) const {
    return Copies.contains(&I);
  }

private:
  enum class Access { Read, Write, Free, EndOfLife };

  bool isContained(const llvm::CallBase &Call);
  std::optional<Conflict> callWithAll(const llvm::CallBase &Call);
  std::optional<Conflict> compare(const llvm::Instruction &I,
                                  const CopySite &Site, bool OnlyLatest);
  std::optional<Conflict> compareAccess(const llvm::MemoryLocation &Location,
                                        Access How, const CopySite &Site,
                                        bool OnlyLatest);
  std::optional<Conflict> compareCall(const llvm::CallBase &Call,
                                      const CopySite &Site, bool OnlyLatest);
  std::optional<Conflict> compareLibcall(const llvm::CallBase &Call,
                                         llvm::ArrayRef<LibcallEffect> Effects,
                                         const CopySite &Site, bool OnlyLatest);
  std::optional<Conflict> compareByValue(const llvm::CallBase &Call,
                                         const CopySite &Site, bool OnlyLatest);
  std::optional<Conflict>
  compareMemIntrinsic(const llvm::AnyMemIntrinsic &Intrinsic,
                      const CopySite &Site, bool OnlyLatest);
  bool mayOverlap(const llvm::MemoryLocation &Location,
                  const llvm::MemoryLocation &Range, bool OnlyLatest);
  bool mayTouchReused(const llvm::CallBase &Call, const CopySite &Site);
  llvm::BatchAAResults &aliases(bool OnlyLatest) {
    return OnlyLatest ? SameIteration : AnyIteration;
  }

  llvm::Function &F;
  const llvm::DataLayout &DL;
  llvm::ArrayRef<CopySite> Sites;
  const llvm::TargetLibraryInfo &TLI;
  const ProgramScope *Program;
  llvm::BatchAAResults SameIteration;
  llvm::BatchAAResults AnyIteration;
  /// The calls of asynchronous sites.
  llvm::SmallPtrSet<const llvm::Instruction *, 16> Copies;
  /// Answers of withSite; only looked up. The number is twice the site, plus
  /// one if only the latest execution counted.
  llvm::DenseMap<std::pair<const llvm::Instruction *, unsigned>,
                 std::optional<Conflict>>
      Known;
  llvm::DenseMap<unsigned, bool> OfFrame; ///< Answers of touchesFrame.
};

} // namespace copier

#endif // COPIER_GEN_CONFLICTS_H
