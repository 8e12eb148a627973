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
// goes and of what; it changes nothing.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_PENDING_H
#define COPIER_GEN_PENDING_H

#include "copier-gen/Conflicts.h"
#include "copier-gen/Sites.h"
#include <vector>

namespace llvm {
class DominatorTree;
class LoopInfo;
} // namespace llvm

namespace copier {

/// A place where copies must be complete.
struct Sync {
  llvm::Instruction *Before = nullptr;
  /// By index, the sites whose copies are in conflict here. If not All, each
  /// gets a csync of exactly its destination.
  llvm::SmallVector<unsigned, 4> Sites;
  bool All = false; ///< csync_all.
  Conflict Why = Conflict::Unknown;
  bool BeforeLoop = false; ///< The conflict is in the loop that begins here.
};

/// All csyncs that \p F needs if the asynchronous ones of \p Sites are to be
/// so, in the order of its blocks.
std::vector<Sync> findSyncs(llvm::Function &F, llvm::ArrayRef<CopySite> Sites,
                            ConflictAnalysis &Conflicts,
                            const llvm::DominatorTree &DT,
                            const llvm::LoopInfo &LI);

} // namespace copier

#endif // COPIER_GEN_PENDING_H
