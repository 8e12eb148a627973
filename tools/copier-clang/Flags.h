//===- Flags.h - The flags that Copier adds to clang's -------- -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every flag of ours is one row of the table in Flags.cpp, from which both the
// parser and --help-copier work. Reading the flags takes them out of the
// arguments, so that clang never sees them.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLANG_FLAGS_H
#define COPIER_CLANG_FLAGS_H

#include "Arguments.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <optional>

namespace copier {

struct Flags {
  bool Help = false;
  bool Version = false;
  bool Enabled = false;            ///< -fcopier is in effect.
  bool Sanitizer = false;          ///< -fsanitize=copier is in effect.
  bool StaticLibrary = false;      ///< -static-libcopier.
  bool ProgramScope = false;       ///< -fcopier-scope=program.
  std::optional<uint64_t> MinSize; ///< -fcopier-min-size=, in bytes.

  /// Removes our flags from \p Args. The last of each wins; fails for values
  /// that make no sense and for what this version does not have.
  static Flags takeFrom(Arguments &Args);

  /// The flag to blame, where something does not go with ours.
  llvm::StringRef blamed() const {
    return Sanitizer ? "-fsanitize=copier" : "-fcopier";
  }

  static void printHelp(llvm::raw_ostream &OS);
};

} // namespace copier

#endif // COPIER_CLANG_FLAGS_H
