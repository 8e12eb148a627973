//===- Remarks.h - -Rpass=copier and its relatives ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tells the user, through LLVM's optimization remarks, what was planned: which
// copies became asynchronous, which did not and why, and where csyncs went.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_REMARKS_H
#define COPIER_GEN_REMARKS_H

#include "copier-gen/Plan.h"

namespace llvm {
class OptimizationRemarkEmitter;
} // namespace llvm

namespace copier {

/// Emits the remarks of a plan, before it is carried out.
void emitRemarks(const FunctionPlan &Plan, const ProgramScope &Program,
                 llvm::OptimizationRemarkEmitter &Emitter);

} // namespace copier

#endif // COPIER_GEN_REMARKS_H
