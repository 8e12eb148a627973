//===- CommandLine.h - What -fcopier adds, and when ----------- -*- C++ -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The command line that clang gets when -fcopier is in effect: the user's, with
// the plugin for compilations in front and libcopier for links behind it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CLANG_COMMANDLINE_H
#define COPIER_CLANG_COMMANDLINE_H

#include "Arguments.h"
#include "Flags.h"
#include "Installation.h"

namespace copier {

class CommandLine {
public:
  CommandLine(Arguments &Users, const Flags &Ours, const Installation &Here)
      : Args(Users), Parsed(Users.parsed()), OurFlags(Ours), Install(Here) {}

  /// Without the program's name; valid as long as this object.
  std::vector<const char *> build();

private:
  void checkTarget() const;
  bool hasInputs() const;
  bool links() const;
  bool isFullyStatic() const;

  void addCompileOptions();
  void addCopierGen();
  void addPluginForLTO();
  void addLibrary();
  void addSharedLibrary();
  void addStaticLibrary();

  // Of Sanitizer.cpp.
  void checkSanitizer() const;
  void addSanitizer();
  void addSanitizerLibrary();

  void add(const llvm::Twine &Argument);
  void addForLinker(const llvm::Twine &Argument);
  void addForPlugin(const llvm::Twine &Argument);
  void requireFile(llvm::StringRef Path) const;

  Arguments &Args;
  const llvm::opt::InputArgList &Parsed;
  const Flags &OurFlags;
  const Installation &Install;
  bool HasPlugin = false; ///< CopierGen is to run, and there.
  llvm::BumpPtrAllocator Allocator;
  llvm::StringSaver Saver{Allocator};
  std::vector<const char *> Result;
};

} // namespace copier

#endif // COPIER_CLANG_COMMANDLINE_H
