//===- Places.h - What the source says where code comes from ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For a line and a column, as debug locations give them: the csync that an
// access there wants, and where it goes. The plugin for clang has found it out;
// the module carries it as metadata to where checks are emitted.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_PLACES_H
#define COPSAN_PLACES_H

#include "Checks.h"
#include "llvm/ADT/StringMap.h"
#include <set>

namespace copsan {

class Places {
public:
  explicit Places(llvm::Module &Mod);

  /// The address of a struct copsan_fix for \p C, or null.
  llvm::Constant *fixFor(const Check &C);

  /// Where code that was last at \p From returns, if it is a return statement
  /// before \p Last, the end of the function; else that.
  llvm::DebugLoc nextReturn(const llvm::DebugLoc &From,
                            const llvm::DebugLoc &Last);

  /// Is there a return statement at \p Loc?
  bool isReturn(const llvm::DebugLoc &Loc) const;

  /// Takes what clang's plugin has found in this process into \p Mod.
  static void import(llvm::Module &Mod);

private:
  llvm::MDString *find(const Check &C);
  llvm::MDString *find(llvm::StringRef KindText, const llvm::DebugLoc &Loc,
                       bool ByLine);
  llvm::Constant *string(llvm::StringRef Text);
  llvm::Constant *distance(llvm::GlobalVariable *Fix, unsigned Index,
                           llvm::StringRef Text);
  llvm::Constant *emit(llvm::ArrayRef<llvm::StringRef> Fields,
                       llvm::StringRef Csync);

  llvm::Module &M;
  llvm::StringMap<llvm::MDString *> Known;     ///< By kind and place.
  llvm::StringMap<std::set<unsigned>> Returns; ///< Lines, by file.
  llvm::StringMap<llvm::Constant *> Strings;
  llvm::StringMap<llvm::Constant *> Fixes;
};

} // namespace copsan

#endif // COPSAN_PLACES_H
