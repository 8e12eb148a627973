//===- Arguments.cpp - What the user wrote, parsed and editable -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Arguments.h.
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "clang/Options/Options.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/VirtualFileSystem.h"

using namespace copier;
using namespace llvm;
using namespace llvm::opt;
namespace options = clang::options;

Arguments::Arguments(ArrayRef<const char *> Users)
    : Given(Users), Edited(Users.size()) {
  openResponseFiles();
  unsigned MissingIndex, MissingCount;
  Parsed = clang::getDriverOptTable().ParseArgs(
      Tokens, MissingIndex, MissingCount, Visibility(options::ClangOption));
  const bool IsInternalTool =
      !Tokens.empty() && StringRef(Tokens.front()).starts_with("-cc1");
  StayAsGiven = IsInternalTool || MissingCount != 0;
}

void Arguments::openResponseFiles() {
  cl::ExpansionContext Context(Allocator, cl::TokenizeGNUCommandLine);
  for (unsigned I = 0; I != Given.size(); ++I) {
    SmallVector<const char *, 1> Contents = {Given[I]};
    // A file that cannot be expanded is clang's to complain about.
    if (Error E = Context.expandResponseFiles(Contents)) {
      consumeError(std::move(E));
      Contents = {Given[I]};
    }
    Tokens.insert(Tokens.end(), Contents.begin(), Contents.end());
    Origin.insert(Origin.end(), Contents.size(), I);
  }
}

void Arguments::edit(unsigned Index, const char *NewText) {
  Tokens[Index] = NewText;
  Edited.set(Origin[Index]);
}

void Arguments::replace(const Arg &A, const Twine &NewText) {
  edit(A.getIndex(), Saver.save(NewText).data());
}

void Arguments::dissolveDashDash() {
  const Arg *DashDash = Parsed.getLastArg(options::OPT__DASH_DASH);
  if (!DashDash)
    return;
  remove(*DashDash);
  for (unsigned I = DashDash->getIndex() + 1; I != Tokens.size(); ++I)
    if (StringRef Input = Tokens[I]; Input.starts_with("-") && Input != "-")
      edit(I, Saver.save("./" + Input).data());
}

std::vector<const char *> Arguments::edited() const {
  std::vector<const char *> Result;
  for (unsigned I = 0; I != Given.size(); ++I)
    if (!Edited.test(I))
      Result.push_back(Given[I]);
    else
      for (unsigned T = 0; T != Tokens.size(); ++T)
        if (Origin[T] == I && Tokens[T])
          Result.push_back(Tokens[T]);
  return Result;
}
