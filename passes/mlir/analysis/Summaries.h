//===- Summaries.h - What calls do to pending copies ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every function of a module: which of its arguments and of the module's
// globals it may read, write or free, with what it calls, and which copies it
// may leave pending. A caller makes complete what conflicts with the first, so
// that a function is entered with nothing in its way, and goes on with the
// second as if it had copied itself.
//
// A function leaves copies pending only where every caller is known: it is
// private and only called, never taken the address of.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_ANALYSIS_SUMMARIES_H
#define COPIER_MLIR_ANALYSIS_SUMMARIES_H

#include "analysis/Access.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"

namespace copier {

/// A memref that caller and callee both know: an argument or a result.
struct Interface {
  bool IsResult;
  unsigned Number;
  bool operator==(const Interface &Other) const {
    return IsResult == Other.IsResult && Number == Other.Number;
  }
};

struct ExitCopy {
  Interface Source, Target;
  bool operator==(const ExitCopy &Other) const {
    return Source == Other.Source && Target == Other.Target;
  }
};

struct Summary {
  /// It may do anything.
  bool Unknown = false;
  /// It, or what it calls, submits copies, which are not listed below.
  bool Submits = false;
  /// Every caller is known, so copies may be pending when it returns.
  bool LeavesPending = false;
  /// What it may do to its arguments; Memory and Global are not set.
  llvm::SmallVector<Access> Arguments;
  llvm::MapVector<mlir::StringAttr, Access> Globals;
  /// What may be pending when it returns.
  llvm::SmallVector<ExitCopy> Pending;

  /// Takes in what \p Other says; whether that was news.
  bool join(const Summary &Other);
};

class Summaries {
public:
  /// Summaries of all functions below \p Root, which is usually a module.
  explicit Summaries(mlir::Operation *Root);

  /// Null for calls of what is not defined in the module.
  const Summary *lookup(mlir::CallOpInterface Call) const;
  const Summary &of(mlir::FunctionOpInterface Function) const;

private:
  Summary initial(mlir::FunctionOpInterface Function) const;
  Summary compute(mlir::FunctionOpInterface Function) const;
  void addEffects(mlir::Operation *Op, Summary &Result) const;

  mlir::Operation *Root;
  mutable mlir::SymbolTableCollection Symbols;
  llvm::MapVector<mlir::Operation *, Summary> Functions;
};

} // namespace copier

#endif // COPIER_MLIR_ANALYSIS_SUMMARIES_H
