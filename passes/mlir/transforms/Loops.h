//===- Loops.h - The two halves of -copier-pipeline-loops -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_TRANSFORMS_LOOPS_H
#define COPIER_MLIR_TRANSFORMS_LOOPS_H

#include "analysis/Pending.h"
#include "dialect/Copier.h"

namespace copier {

/// Doubles the buffers that loops copy tiles into. Returns how many.
unsigned doubleBuffers(mlir::FunctionOpInterface Function,
                       const Summaries &Known);

/// Splits csyncs in front of loops and linalg operations into segments of at
/// least \p Segment bytes. Returns how many.
unsigned splitCsyncs(mlir::FunctionOpInterface Function, const Summaries &Known,
                     int64_t Segment);

/// The rows (indices of the first dimension) of a memref that a loop touches:
/// in an iteration with induction variable i those from i + First to i + Last.
struct RowWindow {
  int64_t First = 0, Last = 0;
  void include(int64_t Row) {
    First = std::min(First, Row);
    Last = std::max(Last, Row);
  }
};

/// The window of \p MemRef in \p Loop, when all that conflicts in there with
/// what is pending in front of it are accesses of \p MemRef in that window.
std::optional<RowWindow> windowOf(mlir::Operation *Loop, mlir::Value Induction,
                                  mlir::Value MemRef, FunctionModel &Model,
                                  const State &Pending);

} // namespace copier

#endif // COPIER_MLIR_TRANSFORMS_LOOPS_H
