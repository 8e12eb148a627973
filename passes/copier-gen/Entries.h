//===- Entries.h - Two entries for one function --------------- -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function that others may enter or leave with copies pending gets two
// symbols: its own, for whoever knows nothing of that, and F.copier.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_ENTRIES_H
#define COPIER_GEN_ENTRIES_H

#include "copier-gen/EntryPoints.h"
#include "copier-gen/Program.h"

namespace copier {

/// Splits the members of \p Program that need it. Returns their new functions,
/// which have the old names.
std::vector<llvm::Function *> splitEntries(const ProgramScope &Program,
                                           EntryPoints &Library);

} // namespace copier

#endif // COPIER_GEN_ENTRIES_H
