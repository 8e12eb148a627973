//===- Diagnostics.h - Errors and warnings of the driver ------ -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One line each, as clang writes them, but under our own name, so that it is
// clear who is talking. An error ends the program: nothing has run yet.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLANG_DIAGNOSTICS_H
#define COPIER_CLANG_DIAGNOSTICS_H

#include "llvm/ADT/Twine.h"

namespace copier {

[[noreturn]] void fail(const llvm::Twine &Message);
void warn(const llvm::Twine &Message);

/// Turns warnings off, for -w.
void disableWarnings();

} // namespace copier

#endif // COPIER_CLANG_DIAGNOSTICS_H
