//===- Guards.h - As few guards as possible ------------------- -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every access that a foreign copy may be in conflict with asks for a guard.
// Here guards move in front of loops and those that repeat others go.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_GUARDS_H
#define COPIER_GEN_GUARDS_H

#include "copier-gen/Pending.h"

namespace llvm {
class Loop;
class ScalarEvolution;
} // namespace llvm

namespace copier {

/// Whether a call in \p L may leave copies pending.
bool mayLeavePending(const llvm::Loop &L, const ProgramScope &Program);

/// Moves and removes \p Guards, so that each access is still preceded by one of
/// its bytes since a foreign copy may last have become pending.
void placeGuards(const FunctionContext &Context, llvm::ScalarEvolution &SE,
                 std::vector<Guard> &Guards);

} // namespace copier

#endif // COPIER_GEN_GUARDS_H
