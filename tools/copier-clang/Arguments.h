//===- Arguments.h - What the user wrote, parsed and editable - -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arguments of one invocation: response files opened and options parsed by
// clang's own rules and tables, so that a flag of ours is never mistaken for
// the value of another option. Edits are remembered per argument; an @file in
// which nothing was edited is passed on as it was written.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLANG_ARGUMENTS_H
#define COPIER_CLANG_ARGUMENTS_H

#include "llvm/ADT/BitVector.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/StringSaver.h"
#include <vector>

namespace copier {

class Arguments {
public:
  /// \p Users excludes the program's name and outlives this object.
  explicit Arguments(llvm::ArrayRef<const char *> Users);

  const llvm::opt::InputArgList &parsed() const { return Parsed; }

  /// Not for us to touch: an internal tool of clang (-cc1), or a last option
  /// without its value, which would swallow anything added behind it.
  bool mustStayAsGiven() const { return StayAsGiven; }

  void remove(const llvm::opt::Arg &A) { edit(A.getIndex(), nullptr); }
  void replace(const llvm::opt::Arg &A, const llvm::Twine &NewText);

  /// Rewrites "-- inputs" as plain inputs, so that options can follow them.
  void dissolveDashDash();

  /// The arguments with all edits applied.
  std::vector<const char *> edited() const;

private:
  void openResponseFiles();
  void edit(unsigned Index, const char *NewText);

  llvm::ArrayRef<const char *> Given;
  llvm::BumpPtrAllocator Allocator;
  llvm::StringSaver Saver{Allocator};
  std::vector<const char *> Tokens; ///< With response files opened; null: gone.
  std::vector<unsigned> Origin;     ///< Per token, its index in Given.
  llvm::BitVector Edited;           ///< Per element of Given.
  llvm::opt::InputArgList Parsed;
  bool StayAsGiven = false;
};

} // namespace copier

#endif // COPIER_CLANG_ARGUMENTS_H
