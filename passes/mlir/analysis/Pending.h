//===- Pending.h - Which copies may be pending where ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The forward dataflow over one function. A site is an operation that submits a
// copy; the state says of each site whether its latest execution, and whether
// an older one, may be pending. Where an operation conflicts with a site, the
// analysis assumes the csync that will be put in front of it, and so knows what
// is pending behind it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_ANALYSIS_PENDING_H
#define COPIER_MLIR_ANALYSIS_PENDING_H

#include "analysis/Access.h"
#include "analysis/Summaries.h"
#include "mlir/IR/Dominance.h"
#include "llvm/ADT/BitVector.h"

namespace copier {

/// An operation that submits a copy: copier.amemcpy, a call that leaves one
/// pending, or a call of libcopier (which alone has a Size).
struct Site {
  mlir::Operation *Op;
  mlir::Value Source, Target, Size;
};

struct State {
  llvm::BitVector Latest, Older;
  explicit State(unsigned Sites = 0) : Latest(Sites), Older(Sites) {}
  bool isPending(unsigned Site) const { return Latest[Site] || Older[Site]; }
  bool any() const { return Latest.any() || Older.any(); }
};

enum class Conflict {
  TargetRead,
  TargetWrite,
  SourceWrite,
  EndOfLife,
  ScopeEnd,
  Return,
  Unknown
};

/// The name of a conflict in remarks and in print-outs.
llvm::StringRef conflictText(Conflict Why);

/// A csync that has to be in front of an operation.
struct Need {
  mlir::Operation *Before;
  /// What to csync: this memref, or what this site of the LLVM dialect copied.
  /// Neither: everything.
  mlir::Value Memory;
  std::optional<unsigned> Site;
  Conflict Why;
  /// The pending sites that make it necessary.
  llvm::SmallVector<unsigned, 2> Sites;
  bool isAll() const { return !Memory && !Site; }
};

/// The sites of a function and what its operations do to their state.
class FunctionModel {
public:
  FunctionModel(mlir::FunctionOpInterface Function, const Summaries &Known);

  llvm::ArrayRef<Site> sites() const { return Sites; }
  mlir::FunctionOpInterface function() const { return Function; }

  /// Whether it is a call of a function that submits copies: its accesses do
  /// not tell what those read and write.
  bool callsSubmitter(mlir::Operation *Op) const {
    auto Call = llvm::dyn_cast<mlir::CallOpInterface>(Op);
    const Summary *Callee = Call ? Known.lookup(Call) : nullptr;
    return Callee && Callee->Submits;
  }
  /// Whether copies may be pending when the function returns.
  bool leavesPending() const { return Known.of(Function).LeavesPending; }
  /// Whether the operation, or one in it, submits a copy.
  bool submits(mlir::Operation *Op) const;

  /// The csyncs that have to be in front of \p Op.
  llvm::SmallVector<Need, 2> needs(mlir::Operation *Op, const State &S);
  /// Which conflict an access is with one site, if it is one.
  std::optional<Conflict> conflict(const Access &A, const Site &Copy);
  bool mayOverlap(mlir::Value A, mlir::Value B) {
    return Memories.mayOverlap(A, B);
  }
  /// The accesses of an operation, also of a call by its summary.
  std::optional<Accesses> accesses(mlir::Operation *Op) const;
  /// Goes on to behind \p Op, with the csyncs that it needs in front of it.
  void transfer(mlir::Operation *Op, State &S);
  /// Whether a value has where \p At is executed the value that the site used
  /// in every execution that is pending.
  bool isValid(mlir::Value V, unsigned Site, mlir::Operation *At,
               const State &S);

private:
  void addSites(mlir::Operation *Op);
  void needsOfAccesses(mlir::Operation *Op, const Accesses &Made,
                       const State &S, llvm::SmallVectorImpl<Need> &Result);
  void needsOfScopeEnd(mlir::Operation *Op, const State &S,
                       llvm::SmallVectorImpl<Need> &Result);
  void needsOfReturn(mlir::Operation *Op, const State &S,
                     llvm::SmallVectorImpl<Need> &Result);
  Need needOfSite(unsigned Number, mlir::Operation *At, Conflict Why,
                  const State &S);
  void complete(mlir::Value Memory, mlir::Operation *At, bool WithSources,
                State &S);
  void applyNeed(const Need &N, State &S);
  void applyWait(mlir::Operation *Op, State &S);

  mlir::FunctionOpInterface Function;
  const Summaries &Known;
  Memory Memories;
  mlir::DominanceInfo Dominance;
  llvm::SmallVector<Site> Sites;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<unsigned, 1>> SitesOf;
  llvm::SmallVector<mlir::Value> Allocas;
};

/// The interface of caller and callee that a memref comes from.
std::optional<Interface> interfaceOf(mlir::Value Memory,
                                     mlir::FunctionOpInterface Function);

/// Solves the dataflow of a function and keeps the state before each operation.
class PendingCopies {
public:
  explicit PendingCopies(FunctionModel &Model);
  const State &before(mlir::Operation *Op) const;

private:
  State Nothing;
  llvm::DenseMap<mlir::Operation *, State> States;
};

} // namespace copier

#endif // COPIER_MLIR_ANALYSIS_PENDING_H
