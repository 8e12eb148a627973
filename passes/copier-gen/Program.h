//===- Program.h - Functions that copies may cross ------------ -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which functions of a module may be entered or left with copies pending, and
// by which calls: what -fcopier-scope=program has learned so far of each. It
// knows linkage and calls, not accesses.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_PROGRAM_H
#define COPIER_GEN_PROGRAM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/InstrTypes.h"
#include <vector>

namespace llvm {
class Function;
} // namespace llvm

namespace copier {

class ProgramScope {
public:
  /// Of the functions \p Members, which are definitions of one module.
  explicit ProgramScope(std::vector<llvm::Function *> Members);

  llvm::ArrayRef<llvm::Function *> members() const { return Members; }
  bool contains(const llvm::Function &F) const {
    return Functions.contains(&F);
  }

  /// The member that \p Call, itself in a member, surely runs, or can be made
  /// to run, so that copies may be pending before and after; null if there is
  /// none.
  llvm::Function *guardedCallee(const llvm::CallBase &Call) const;

  /// The function that \p I calls, if it may leave copies pending.
  llvm::Function *leavingCallee(const llvm::Instruction &I) const;

  /// Whether \p F may be given a way to return with copies pending that were
  /// not so at its entry.
  bool canLeave(const llvm::Function &F) const;

  /// Whether a copy may be pending when \p F is called, and whether one that
  /// was not may be when it returns. Both only ever become true.
  bool isEntered(const llvm::Function &F) const;
  bool isLeaving(const llvm::Function &F) const;
  bool setEntered(const llvm::Function &F); ///< True if that is news.
  bool setLeaving(const llvm::Function &F);

  /// Does somebody call \p F of whom it is not known that he can live with what
  /// it leaves pending, or does a call of its symbol not surely reach it?
  bool needsTwoEntries(const llvm::Function &F) const;

private:
  struct Summary {
    bool BindsLocally = false; ///< Calls of the symbol reach this definition.
    bool CanSplit = false;     ///< It may get a second entry.
    bool IsPrivate = false;    ///< Only guarded calls know it.
    bool Entered = false;
    bool Leaving = false;

    bool accepts() const { return BindsLocally || CanSplit; }
  };

  bool hasOnlyGuardedCalls(const llvm::Function &F) const;

  std::vector<llvm::Function *> Members;
  llvm::DenseMap<const llvm::Function *, Summary> Functions; ///< Looked up.
};

} // namespace copier

#endif // COPIER_GEN_PROGRAM_H
