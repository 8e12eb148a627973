//===- Access.h - What an operation does to memory ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Accesses of an operation by its memory-effect interface, and what is known of
// two memrefs: whether they overlap, whether one is all of the other. All
// answers hold for any two executions of the operations that define the values,
// so they may be asked across iterations of a loop.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_ANALYSIS_ACCESS_H
#define COPIER_MLIR_ANALYSIS_ACCESS_H

#include "mlir/Analysis/AliasAnalysis.h"
#include "mlir/IR/Operation.h"

namespace copier {

/// One access. Without Memory and Global it may be to any memory.
struct Access {
  mlir::Value Memory;
  mlir::StringAttr Global;
  bool Reads = false;
  bool Writes = false;
  bool Frees = false;
};

using Accesses = llvm::SmallVector<Access, 4>;

/// What the operation itself does, apart from what regions that control flow
/// enters do. Nothing if that is unknown. Copies and waits of the dialect are
/// no accesses, and calls are not asked about.
std::optional<Accesses> accessesOf(mlir::Operation *Op);

/// The memory that a memref is a view into, null if it is no view or one that
/// may show bytes beside.
mlir::Value containingMemory(mlir::Value Memory);

/// Whether all bytes of \p Inner are bytes of \p Outer, by the views between.
bool covers(mlir::Value Outer, mlir::Value Inner);

/// Whether the value is computed once at most each time \p Scope is entered.
bool isComputedOnce(mlir::Value V, mlir::Operation *Scope);

/// Alias queries of one function.
class Memory {
public:
  explicit Memory(mlir::Operation *Function) : Aliases(Function) {}

  /// Whether they may belong to the same allocation.
  bool mayShareObject(mlir::Value A, mlir::Value B);
  /// Whether they may have a byte in common.
  bool mayOverlap(mlir::Value A, mlir::Value B);

private:
  mlir::AliasAnalysis Aliases;
};

} // namespace copier

#endif // COPIER_MLIR_ANALYSIS_ACCESS_H
