//===- Pending.h - Where copies may be pending ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dataflow: which copies may be pending at each instruction, and before
// which instructions some of them must be complete. It decides where a csync
// goes and of what, and which accesses need a guard; it changes nothing.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_PENDING_H
#define COPIER_GEN_PENDING_H

#include "copier-gen/Conflicts.h"
#include "copier-gen/Foreign.h"
#include "copier-gen/Sites.h"
#include "llvm/ADT/SetVector.h"
#include <vector>

namespace llvm {
class DominatorTree;
class LoopInfo;
class SCEV;
} // namespace llvm

namespace copier {

/// A place where copies must be complete.
struct Sync {
  llvm::Instruction *Before = nullptr;
  /// By index, the sites whose copies are in conflict here; behind the last
  /// one, foreign copies. If not All, each gets a csync of exactly its
  /// destination.
  llvm::SmallVector<unsigned, 4> Sites;
  bool All = false; ///< csync_all.
  Conflict Why = Conflict::Unknown;
  bool BeforeLoop = false; ///< The conflict is in the loop that begins here.
};

/// A place where a copy, foreign or not, may be pending of bytes that are
/// touched.
struct Guard {
  llvm::Instruction *Before = nullptr;
  ByteRange Range;
  bool OfOwn = false; ///< It is for copies of the function itself, too.
  int64_t Offset = 0; ///< At which the range begins, from its start on.

  /// If not null, the guard stands in front of a loop, and this is where the
  /// range is at first; it advances by Step, Trips times at most.
  const llvm::SCEV *First = nullptr;
  const llvm::SCEV *Trips = nullptr;
  int64_t Step = 0;
};

/// What must be done for the sake of pending copies, in the order of the
/// function's blocks.
struct PendingPlan {
  std::vector<Sync> Syncs;
  std::vector<Guard> Guards;
  /// Those that are called while a copy may be pending.
  llvm::SetVector<llvm::Function *> Entered;
  bool Leaves = false; ///< A copy that is not a caller's may be at return.
};

/// What \p F is: its copies, and what else is known of it.
struct FunctionContext {
  llvm::Function &F;
  llvm::ArrayRef<CopySite> Sites;
  ConflictAnalysis &Conflicts;
  const llvm::DominatorTree &DT;
  const llvm::LoopInfo &LI;
  /// Both null where copies are pending within one function only.
  const ProgramScope *Program;
  ForeignConflicts *Foreign;
};

/// What \p Context's function needs if the asynchronous ones of its sites are
/// to be so.
PendingPlan findSyncs(const FunctionContext &Context);

} // namespace copier

#endif // COPIER_GEN_PENDING_H
