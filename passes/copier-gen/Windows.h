//===- Windows.h - What copies can run beside -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The window of a copy is what is executed between it and its csync. Where
// nothing there takes time, the copy need not be pending at all.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_WINDOWS_H
#define COPIER_GEN_WINDOWS_H

#include "copier-gen/Pending.h"

namespace copier {

/// If the copy at \p Site, which stays pending, has nothing to run beside with
/// \p Pending as what its function needs: the csync that ends it. Else null.
const Sync *findEndOfNothing(unsigned Site, const FunctionContext &Context,
                             const PendingPlan &Pending);

} // namespace copier

#endif // COPIER_GEN_WINDOWS_H
