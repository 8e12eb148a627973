//===- Sanitizer.cpp - What -fsanitize=copier adds, and when ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// CopierSanitizer's plugins for compilations; its runtime for links, in front
// of everything else, so that its interceptors come before libc.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Diagnostics.h"
#include "clang/Options/Options.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"

using namespace copier;
using namespace llvm;
using namespace llvm::opt;
namespace options = clang::options;

/// Sanitizers that want the process, or its memory, for themselves.
static bool isCompatible(StringRef Sanitizer) {
  return !StringSwitch<bool>(Sanitizer)
              .Cases({"memory", "kernel-memory", "hwaddress",
                      "kernel-hwaddress", "kernel-address", "dataflow",
                      "memtag", "memtag-stack", "memtag-heap", "numerical",
                      "realtime", "type", "safe-stack", "scudo",
                      "shadow-call-stack", "fuzzer"},
                     true)
              .Default(false);
}

void CommandLine::checkSanitizer() const {
  if (const Arg *A =
          Parsed.getLastArg(options::OPT_static, options::OPT_static_pie))
    fail("-fsanitize=copier cannot be combined with '" +
         A->getAsString(Parsed) + "': it intercepts calls of a shared libc");
  if (OurFlags.StaticLibrary)
    fail("-fsanitize=copier cannot be combined with '-static-libcopier': it "
         "must tell libcopier from the program");
  for (const Arg *A : Parsed.filtered(options::OPT_fsanitize_EQ))
    for (const char *Sanitizer : A->getValues())
      if (!isCompatible(Sanitizer))
        fail("-fsanitize=copier cannot be combined with '-fsanitize=" +
             Twine(Sanitizer) + "'");
}

void CommandLine::addSanitizer() {
  for (const std::string *Path :
       {&Install.SanitizerPlugin, &Install.SanitizerSource})
    if (!sys::fs::exists(*Path))
      fail("'" + *Path + "' is missing: cannot compile with " +
           OurFlags.blamed());
  add("-fplugin=" + Install.SanitizerSource);
  add("-fpass-plugin=" + Install.SanitizerPlugin);
  // Clang knows no sanitizer of this name; the plugin does.
  add("-Wno-unknown-sanitizers");
  // Reports name lines and variables. In front of the user's options, which
  // override it.
  add("-g");
  add("-D__SANITIZE_COPIER__=1");
  for (const std::string &File :
       Parsed.getAllArgValues(options::OPT_fsanitize_ignorelist_EQ)) {
    for (const char *Part : {"-Xclang", "-mllvm", "-Xclang"})
      add(Part);
    add("-copsan-ignorelist=" + File);
  }
}

void CommandLine::addSanitizerLibrary() {
  if (Parsed.hasArg(options::OPT_r))
    return;
  requireFile(Install.SanitizerLibrary);
  addForLinker("--push-state");
  addForLinker("--no-as-needed");
  addForLinker(Install.SanitizerLibrary);
  addForLinker("--pop-state");
}
