//===- Foreign.h - Accesses to what other functions copy ------ -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A foreign copy is one that another activation has left pending: a caller's,
// from before this function was entered, or a callee's. Nothing is known of its
// bytes but where they cannot be. Answers, for one instruction, which bytes it
// may touch that may be a foreign copy's: those need a guard.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_FOREIGN_H
#define COPIER_GEN_FOREIGN_H

#include "copier-gen/Conflicts.h"
#include "copier-gen/Program.h"

namespace copier {

/// \p Size bytes, an integer, from the pointer \p Start on.
struct ByteRange {
  llvm::Value *Start;
  llvm::Value *Size;
};

/// What must be synced for the sake of foreign copies: nothing, some ranges, or
/// everything, where it is not known which.
struct ForeignConflict {
  bool All = false;
  llvm::SmallVector<ByteRange, 2> Ranges;
};

/// Of which activations a copy may be pending.
struct ForeignOrigin {
  bool Callers = false;
  bool Callees = false;
  bool Own = false; ///< This one, for once: it may touch anything.
};

class ForeignConflicts {
public:
  ForeignConflicts(llvm::Function &F, const ConflictAnalysis &Conflicts,
                   const ProgramScope &Program, llvm::AAResults &AA,
                   const llvm::TargetLibraryInfo &TLI);

  /// Before \p I, which is no conflict with all copies.
  ForeignConflict with(llvm::Instruction &I, ForeignOrigin Origin);

  /// Before the function returns: what dies then.
  ForeignConflict atReturn(ForeignOrigin Origin);

private:
  enum class How { Read, Write };

  ForeignConflict withCall(llvm::CallBase &Call, ForeignOrigin Origin);
  void withLibcall(llvm::CallBase &Call, llvm::ArrayRef<LibcallEffect> Effects,
                   ForeignOrigin Origin, ForeignConflict &Result);
  void withMemIntrinsic(llvm::AnyMemIntrinsic &Intrinsic, ForeignOrigin Origin,
                        ForeignConflict &Result);
  void withArguments(llvm::CallBase &Call, ForeignOrigin Origin,
                     ForeignConflict &Result);
  void add(llvm::Value *Start, llvm::Value *Size, How Access,
           ForeignOrigin Origin, ForeignConflict &Result);
  void add(llvm::Value *Start, llvm::LocationSize Size, How Access,
           ForeignOrigin Origin, ForeignConflict &Result);
  bool isReachable(const llvm::Value *Pointer, ForeignOrigin Origin);
  bool isOwn(const llvm::Value *Object, ForeignOrigin Origin);
  bool isExposed(const llvm::Value *Object);

  llvm::Function &F;
  const ConflictAnalysis &Conflicts;
  const ProgramScope &Program;
  llvm::BatchAAResults AA;
  const llvm::TargetLibraryInfo &TLI;
  llvm::DenseMap<const llvm::Value *, bool> Exposed; ///< Only looked up.
};

} // namespace copier

#endif // COPIER_GEN_FOREIGN_H
