//===- Installation.h - Where the driver's companions are ----- -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything is found from the place of the running executable, PREFIX/bin, so
// that an installed tree may be moved, and a build tree works like one.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLANG_INSTALLATION_H
#define COPIER_CLANG_INSTALLATION_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace copier {

struct Installation {
  std::string IncludeDir;       ///< Of <copier.h>.
  std::string LibraryDir;       ///< For the run path.
  std::string SharedLibrary;    ///< libcopier.so.
  std::string StaticLibrary;    ///< libcopier.a.
  std::string Plugin;           ///< CopierGen, for clang and lld.
  std::string SanitizerPlugin;  ///< CopierSanitizer, likewise.
  std::string SanitizerSource;  ///< Its plugin for clang alone.
  std::string SanitizerLibrary; ///< libcopsan.so.
  std::string Clang;            ///< The executable that does the work.
  bool NeedsCXXMode = false;    ///< Clang has to be told that it is clang++.

  /// \p ProgramName is how we were called; ending in "++" it means C++.
  static Installation find(const char *ProgramName);

  void printVersion(llvm::raw_ostream &OS) const;
};

} // namespace copier

#endif // COPIER_CLANG_INSTALLATION_H
