//===- Main.cpp - clang -fcopier ------------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler driver: takes out the flags of Copier, adds to the command line
// what they ask for, and becomes clang. Without a flag of ours clang gets what
// the user wrote, and so do its output and exit status reach the user.
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "CommandLine.h"
#include "Diagnostics.h"
#include "Flags.h"
#include "Installation.h"
#include "clang/Options/Options.h"
#include "llvm/Support/Errno.h"
#include <cerrno>
#include <unistd.h>

using namespace copier;

/// Replaces this process by clang.
[[noreturn]] static void run(const Installation &Install,
                             std::vector<const char *> Arguments) {
  if (Install.NeedsCXXMode)
    Arguments.insert(Arguments.begin(), "--driver-mode=g++");
  Arguments.insert(Arguments.begin(), Install.Clang.c_str());
  Arguments.push_back(nullptr);
  execv(Install.Clang.c_str(), const_cast<char **>(Arguments.data()));
  fail("cannot run '" + Install.Clang + "': " + llvm::sys::StrError(errno));
}

int main(int argc, char **argv) {
  const Installation Install = Installation::find(argv[0]);
  Arguments Args({argv + 1, argv + argc});
  if (Args.parsed().hasArg(clang::options::OPT_w))
    disableWarnings();
  const Flags OurFlags = Flags::takeFrom(Args);

  if (OurFlags.Help) {
    Flags::printHelp(llvm::outs());
    return EXIT_SUCCESS;
  }
  if (OurFlags.Version) {
    Install.printVersion(llvm::outs());
    return EXIT_SUCCESS;
  }
  if (!(OurFlags.Enabled || OurFlags.Sanitizer) || Args.mustStayAsGiven())
    run(Install, Args.edited());
  CommandLine Line(Args, OurFlags, Install);
  run(Install, Line.build());
}
