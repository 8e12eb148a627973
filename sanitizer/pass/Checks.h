//===- Checks.h - What is to be checked in a function -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plan: collected, thinned out, then emitted. Until then the function stays
// as it is.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_CHECKS_H
#define COPSAN_CHECKS_H

#include "Accesses.h"
#include "llvm/IR/DebugLoc.h"
#include "llvm/IR/PassManager.h"
#include <vector>

namespace copsan {

struct Check {
  enum KindTy {
    Read,
    Write,
    Update,
    EndOfLife, ///< Of a stack slot.
    Unwind,    ///< Likewise, on the way to a handler.
    Call,      ///< No check: tells the interceptor its place.
    Return     ///< No check: a thread may end here.
  };

  Check(KindTy K, llvm::Instruction &Where, llvm::Value *At = nullptr)
      : Kind(K), Before(&Where), Loc(Where.getDebugLoc()), Pointer(At) {}

  KindTy Kind;
  llvm::Instruction *Before;
  llvm::DebugLoc Loc;
  llvm::Value *Pointer;
  llvm::Value *Size = nullptr; ///< Null: FixedSize.
  uint64_t FixedSize = 0;
  llvm::Value *Mask = nullptr;
  uint64_t LaneSize = 0;
  llvm::StringRef Variable; ///< Of an EndOfLife, where known.
};

using CheckList = std::vector<Check>;

/// Accesses that may meet a pending copy at all, and calls of libc.
void collectAccesses(llvm::Function &F, llvm::FunctionAnalysisManager &FAM,
                     CheckList &Checks);

/// The ends of stack slots that a copy may know. Where several returns lead to
/// one end, edges are split, so that each has its own check and place.
void collectLives(llvm::Function &F, class Places &KnownPlaces,
                  CheckList &Checks);

/// Marks the return statements of functions as clang has made them, so that
/// they can be told apart at the end of the pipeline; and removes the marks.
void markReturns(llvm::Function &F, const Places &KnownPlaces);
void unmarkReturns(llvm::Function &F);

/// Removes checks that another one makes superfluous: one before it, or one of
/// a loop's whole range.
void removeDominated(llvm::Function &F, CheckList &Checks);
void mergeLoops(llvm::Function &F, llvm::FunctionAnalysisManager &FAM,
                CheckList &Checks);

/// May \p I make something pending, or learn that somebody else has?
bool mayStartCopies(const llvm::Instruction &I);

/// May a copy know of the stack slot \p Slot?
bool mayBeCopied(const llvm::Value *Slot);

/// Puts \p Checks into the code.
void emitChecks(llvm::Function &F, const CheckList &Checks,
                Places &KnownPlaces);

} // namespace copsan

#endif // COPSAN_CHECKS_H
