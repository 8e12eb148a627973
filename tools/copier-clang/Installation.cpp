//===- Installation.cpp - Where the driver's companions are ---------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Installation.h.
//
//===----------------------------------------------------------------------===//

#include "Installation.h"
#include "Diagnostics.h"
#include "PluginDigest.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstdlib>

using namespace copier;
using namespace llvm;
namespace path = llvm::sys::path;

static std::string below(StringRef Directory, StringRef Relative) {
  SmallString<256> Result(Directory);
  path::append(Result, Relative);
  return Result.str().str();
}

/// COPIER_CLANG, or the clang that the plugin was built for.
static std::string chooseClang(StringRef Self) {
  const char *Chosen = getenv("COPIER_CLANG");
  if (!Chosen || !*Chosen)
    return COPIER_CLANG_EXECUTABLE;
  if (!path::has_parent_path(Chosen))
    fail("COPIER_CLANG: '" + Twine(Chosen) + "' is no path of a clang");
  if (sys::fs::equivalent(Chosen, Self))
    fail("COPIER_CLANG: '" + Twine(Chosen) + "' is copier-clang itself");
  return Chosen;
}

/// The clang++ beside \p Clang: .../clang-22 has .../clang++-22. Empty if there
/// is none.
static std::string siblingForCXX(StringRef Clang) {
  auto [Stem, Suffix] = path::filename(Clang).split("clang");
  std::string Sibling =
      below(path::parent_path(Clang), (Stem + "clang++" + Suffix).str());
  return sys::fs::can_execute(Sibling) ? Sibling : std::string();
}

Installation Installation::find(const char *ProgramName) {
  const std::string Self = sys::fs::getMainExecutable(ProgramName, nullptr);
  const StringRef Prefix = path::parent_path(path::parent_path(Self));
  Installation Found;
  Found.IncludeDir = below(Prefix, "include");
  Found.LibraryDir = below(Prefix, "lib");
  Found.SharedLibrary = below(Prefix, "lib/libcopier.so");
  Found.StaticLibrary = below(Prefix, "lib/libcopier.a");
  Found.Plugin = below(Prefix, "lib/copier/CopierGen.so");
  Found.SanitizerPlugin = below(Prefix, "lib/copier/CopierSanitizer.so");
  Found.SanitizerSource = below(Prefix, "lib/copier/CopierSanitizerSource.so");
  Found.SanitizerLibrary = below(Prefix, "lib/libcopsan.so");
  Found.Clang = chooseClang(Self);
  if (StringRef(ProgramName).ends_with("++")) {
    std::string Sibling = siblingForCXX(Found.Clang);
    Found.NeedsCXXMode = Sibling.empty();
    if (!Sibling.empty())
      Found.Clang = Sibling;
  }
  return Found;
}

void Installation::printVersion(raw_ostream &OS) const {
  OS << "copier version " COPIER_VERSION "\n"
     << "CopierGen: " << Plugin << "\n"
     << "CopierGen as built: sha256 " COPIER_PLUGIN_SHA256 "\n"
     << "CopierSanitizer: " << SanitizerPlugin << "\n"
     << "CopierSanitizer as built: sha256 " COPIER_SANITIZER_SHA256 "\n"
     << "clang: " << Clang << '\n';
}
