//===- Diagnostics.cpp - Errors and warnings of the driver ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Diagnostics.h.
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

static bool WarningsEnabled = true;

void copier::fail(const llvm::Twine &Message) {
  llvm::errs() << "copier-clang: error: " << Message << '\n';
  exit(EXIT_FAILURE);
}

void copier::warn(const llvm::Twine &Message) {
  if (WarningsEnabled)
    llvm::errs() << "copier-clang: warning: " << Message << '\n';
}

void copier::disableWarnings() { WarningsEnabled = false; }
