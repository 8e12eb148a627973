//===- Plan.h - All csyncs that a function needs --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The result of the analysis, before anything is changed, and in print.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_ANALYSIS_PLAN_H
#define COPIER_MLIR_ANALYSIS_PLAN_H

#include "analysis/Pending.h"

namespace copier {

/// The csyncs that the function needs as it stands, in program order.
llvm::SmallVector<Need> planCsyncs(FunctionModel &Model);

/// Where the csync goes: in front of the outermost loop that it may leave.
mlir::Operation *placeOf(const Need &N, FunctionModel &Model);

/// Whether a csync that stands already does what one of \p N at \p Place would.
bool isSatisfied(const Need &N, mlir::Operation *Place, FunctionModel &Model);

/// Prints sites, csyncs and what is left pending.
void printPlan(FunctionModel &Model, const Summary &Known,
               llvm::raw_ostream &OS);

} // namespace copier

#endif // COPIER_MLIR_ANALYSIS_PLAN_H
