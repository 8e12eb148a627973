//===- Flags.cpp - The flags that Copier adds to clang's ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Flags.h. To add a flag: an ID, a row of the table, a line in checked().
//
//===----------------------------------------------------------------------===//

#include "Flags.h"
#include "Diagnostics.h"
#include "clang/Options/Options.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <array>

using namespace copier;
using namespace llvm;
using namespace llvm::opt;
namespace options = clang::options;

namespace {

enum FlagID {
  Enable,
  Disable,
  MinSize,
  Scope,
  ProfileGenerate,
  ProfileUse,
  Sanitize,
  NoSanitize,
  StaticLibcopier,
  HelpCopier,
  CopierVersion,
  NumFlags
};

struct FlagInfo {
  FlagID ID;
  StringLiteral Name;  ///< Ends with '=' where a value follows.
  StringLiteral Value; ///< What the value is called in the help.
  StringLiteral Help;
};

constexpr FlagInfo Table[] = {
    {Enable, "-fcopier", "", "Make memory copies asynchronous"},
    {Disable, "-fno-copier", "", "Do as clang does (default)"},
    {MinSize, "-fcopier-min-size=", "<bytes>",
     "Leave smaller constant sizes alone"},
    {Scope, "-fcopier-scope=", "<function|program>",
     "How far copies stay pending (default: function)"},
    {ProfileGenerate, "-fcopier-profile-generate", "",
     "(later) Record which copies pay"},
    {ProfileGenerate, "-fcopier-profile-generate=", "<file>",
     "(later) The same, into this file"},
    {ProfileUse, "-fcopier-profile-use=", "<file>",
     "(later) Choose copies by this profile"},
    {Sanitize, "-fsanitize=copier", "", "Report missing csyncs at run time"},
    {NoSanitize, "-fno-sanitize=copier", "", "Undo -fsanitize=copier"},
    {StaticLibcopier, "-static-libcopier", "", "Link libcopier statically"},
    {HelpCopier, "--help-copier", "", "Print this list"},
    {CopierVersion, "--copier-version", "",
     "Print the version and where its parts are"},
};

/// The last occurrence of each flag on the command line.
class Occurrences {
public:
  /// True if \p Given is a flag of ours, which then counts as given.
  bool note(StringRef Given);

  bool has(FlagID ID) const { return Position[ID] != 0; }
  /// Of two opposite flags, was \p Positive given, and last?
  bool wins(FlagID Positive, FlagID Negative) const {
    return Position[Positive] > Position[Negative];
  }
  StringRef text(FlagID ID) const { return Text[ID]; }
  StringRef value(FlagID ID) const { return text(ID).split('=').second; }

private:
  unsigned Count = 0;
  std::array<unsigned, NumFlags> Position = {}; ///< Counts from 1; 0: absent.
  std::array<std::string, NumFlags> Text;
};

} // namespace

bool Occurrences::note(StringRef Given) {
  for (const FlagInfo &Flag : Table) {
    StringRef Rest = Given;
    if (!Rest.consume_front(Flag.Name))
      continue;
    if (!Rest.empty() && !Flag.Name.ends_with("="))
      continue; // A longer name.
    Position[Flag.ID] = ++Count;
    Text[Flag.ID] = Given.str();
    return true;
  }
  return false;
}

/// -fsanitize= and -fno-sanitize= belong to clang: only our item is taken out.
static void takeFromList(const Arg &A, Arguments &Args, Occurrences &Seen) {
  if (A.getOption().matches(options::OPT_fno_sanitize_EQ) &&
      A.containsValue("all"))
    Seen.note("-fno-sanitize=copier");
  SmallVector<StringRef> Others;
  for (const char *Item : A.getValues())
    if (!Seen.note((A.getSpelling() + Item).str()))
      Others.push_back(Item);
  if (Others.size() == A.getNumValues())
    return;
  if (Others.empty())
    Args.remove(A);
  else
    Args.replace(A, A.getSpelling() + join(Others, ","));
}

static uint64_t checkedMinSize(const Occurrences &Seen) {
  uint64_t Bytes;
  if (Seen.value(MinSize).getAsInteger(10, Bytes) || Bytes == 0)
    fail("invalid integral value '" + Seen.value(MinSize) + "' in '" +
         Seen.text(MinSize) + "'");
  return Bytes;
}

static bool isProgramScope(const Occurrences &Seen) {
  StringRef Value = Seen.value(Scope);
  if (Value != "function" && Value != "program")
    fail("invalid value '" + Value + "' in '" + Seen.text(Scope) + "'");
  return Value == "program";
}

/// A mistyped value is an error always; what is merely not available yet is
/// none where -fno-copier has switched it off.
static Flags checked(const Occurrences &Seen) {
  Flags Result;
  Result.Help = Seen.has(HelpCopier);
  Result.Version = Seen.has(CopierVersion);
  Result.Enabled = Seen.wins(Enable, Disable);
  Result.StaticLibrary = Seen.has(StaticLibcopier);
  if (Seen.has(MinSize))
    Result.MinSize = checkedMinSize(Seen);
  if (Seen.has(Scope))
    Result.ProgramScope = isProgramScope(Seen);
  if (!Seen.wins(Disable, Enable))
    for (FlagID ID : {ProfileGenerate, ProfileUse})
      if (Seen.has(ID))
        fail(Seen.text(ID) + ": this version of Copier has no profiles yet");
  Result.Sanitizer = Seen.wins(Sanitize, NoSanitize);
  return Result;
}

Flags Flags::takeFrom(Arguments &Args) {
  Occurrences Seen;
  for (const Arg *A : Args.parsed()) {
    const Option &Kind = A->getOption();
    if (Kind.matches(options::OPT_UNKNOWN)) {
      if (Seen.note(A->getSpelling()))
        Args.remove(*A);
    } else if (Kind.matches(options::OPT_fsanitize_EQ) ||
               Kind.matches(options::OPT_fno_sanitize_EQ)) {
      takeFromList(*A, Args, Seen);
    }
  }
  return checked(Seen);
}

void Flags::printHelp(raw_ostream &OS) {
  OS << "OVERVIEW: clang with asynchronous memory copies\n\n"
        "It takes the options of clang and these, of which the last wins:\n";
  for (const FlagInfo &Flag : Table)
    OS << "  " << left_justify((Flag.Name + Flag.Value).str(), 33) << "  "
       << Flag.Help << '\n';
  OS << "(later): this version knows the flag, but refuses it.\n"
        "Environment: COPIER_CLANG=<path>, the clang to run.\n";
}
