//===- CommandLine.cpp - What -fcopier adds, and when ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See CommandLine.h. Whether clang will link, and for which target, is derived
// from the parsed options the way clang's driver does it.
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "Diagnostics.h"
#include "clang/Options/Options.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Triple.h"

using namespace copier;
using namespace llvm;
using namespace llvm::opt;
namespace options = clang::options;

std::vector<const char *> CommandLine::build() {
  checkTarget();
  if (OurFlags.Sanitizer)
    checkSanitizer();
  Args.dissolveDashDash();
  const std::vector<const char *> Users = Args.edited();
  HasPlugin = OurFlags.Enabled && sys::fs::exists(Install.Plugin);
  if (OurFlags.Enabled && !HasPlugin && hasInputs())
    warn("'" + Install.Plugin + "' is missing: copies stay plain memcpy");

  addCompileOptions();
  if (OurFlags.Sanitizer && links())
    addSanitizerLibrary();
  Result.insert(Result.end(), Users.begin(), Users.end());
  if (links()) {
    if (HasPlugin || OurFlags.Sanitizer)
      addPluginForLTO();
    addLibrary();
  }
  return std::move(Result);
}

//===----------------------------------------------------------------------===//
// What is being asked for
//===----------------------------------------------------------------------===//

static bool isSupported(const Triple &Target) {
  return Target.getArch() == Triple::x86_64 && Target.isOSLinux() &&
         !Target.isX32();
}

void CommandLine::checkTarget() const {
  if (const Arg *A = Parsed.getLastArg(options::OPT_target))
    if (!isSupported(Triple(Triple::normalize(A->getValue()))))
      fail(OurFlags.blamed() + " supports x86_64 Linux only, not '" +
           StringRef(A->getValue()) + "'");
  const Arg *Variant =
      Parsed.getLastArg(options::OPT_m64, options::OPT_m32, options::OPT_mx32,
                        options::OPT_m16, options::OPT_arch);
  if (Variant && !Variant->getOption().matches(options::OPT_m64))
    fail(OurFlags.blamed() + " supports x86_64 Linux only, not '" +
         Variant->getAsString(Parsed) + "'");
}

static bool isInput(const Arg &A) {
  return A.getOption().matches(options::OPT_INPUT) ||
         A.getOption().matches(options::OPT__DASH_DASH) ||
         A.getOption().hasFlag(options::LinkerInput);
}

bool CommandLine::hasInputs() const {
  return any_of(Parsed, [](const Arg *A) { return isInput(*A); });
}

static bool isHeaderName(StringRef Path) {
  return StringSwitch<bool>(sys::path::extension(Path))
      .Cases({".h", ".H", ".hh", ".hpp", ".hxx", ".iih"}, true)
      .Default(false);
}

/// Does clang only precompile? Then it does not link, unless there is something
/// else to link, and it refuses linker inputs.
static bool onlyHeaders(const InputArgList &Parsed) {
  StringRef Language = "none";
  for (const Arg *A : Parsed) {
    if (A->getOption().matches(options::OPT_x))
      Language = A->getValue();
    else if (isInput(*A) && A->getOption().hasFlag(options::LinkerInput))
      return false;
    else if (isInput(*A))
      for (const char *Path : A->getValues())
        if (Language == "none" ? !isHeaderName(Path)
                               : !Language.ends_with("-header"))
          return false;
  }
  return true;
}

bool CommandLine::links() const {
  const bool StopsBefore = Parsed.hasArg(
      options::OPT_Action_Group, options::OPT_M, options::OPT_MM,
      options::OPT_emit_ast, options::OPT__analyze,
      options::OPT_print_supported_cpus, options::OPT_print_enabled_extensions,
      options::OPT_rewrite_legacy_objc);
  const bool Preprocesses =
      Parsed.getLastArgValue(options::OPT_driver_mode) == "cpp";
  return !StopsBefore && !Preprocesses && hasInputs() && !onlyHeaders(Parsed);
}

bool CommandLine::isFullyStatic() const {
  return Parsed.hasArg(options::OPT_static, options::OPT_static_pie);
}

//===----------------------------------------------------------------------===//
// What is added
//===----------------------------------------------------------------------===//

void CommandLine::add(const Twine &Argument) {
  Result.push_back(Saver.save(Argument).data());
}

/// Not by -Wl, which would split paths at their commas.
void CommandLine::addForLinker(const Twine &Argument) {
  add("-Xlinker");
  add(Argument);
}

/// Not by -mllvm alone: that reaches the assembler too, which does not load the
/// plugin and knows no such option.
void CommandLine::addForPlugin(const Twine &Argument) {
  for (const char *Part : {"-Xclang", "-mllvm", "-Xclang"})
    add(Part);
  add(Argument);
}

void CommandLine::requireFile(StringRef Path) const {
  if (!sys::fs::exists(Path))
    fail("'" + Path + "' is missing: cannot link with " + OurFlags.blamed());
}

void CommandLine::addCompileOptions() {
  add("--start-no-unused-arguments");
  if (HasPlugin)
    addCopierGen();
  // Behind CopierGen: what that has done is checked, too.
  if (OurFlags.Sanitizer)
    addSanitizer();
  add("-idirafter");
  add(Install.IncludeDir);
  add("--end-no-unused-arguments");
}

void CommandLine::addCopierGen() {
  add("-fpass-plugin=" + Install.Plugin);
  if (OurFlags.MinSize)
    addForPlugin("-copier-min-size=" + Twine(*OurFlags.MinSize));
  if (OurFlags.ProgramScope)
    addForPlugin("-copier-scope=program");
  // A pattern that matches no pass: it only makes clang keep source locations
  // without -g, so that copy sites know their line. In front of the user's
  // options, any of which overrides it.
  add("-Rpass-analysis=^$");
}

static bool isLLD(StringRef Linker) {
  StringRef Name = sys::path::filename(Linker);
  return Name == "lld" || Name == "ld.lld" || Name.starts_with("ld.lld-");
}

/// With LTO the code is not generated before the link, by lld, whose options
/// are not clang's. Other linkers cannot load the plugin.
void CommandLine::addPluginForLTO() {
  if (!Parsed.hasFlag(options::OPT_flto_EQ, options::OPT_fno_lto, false))
    return;
  const Arg *Linker =
      Parsed.getLastArg(options::OPT_fuse_ld_EQ, options::OPT_ld_path_EQ);
  if (Linker && !isLLD(Linker->getValue())) {
    if (OurFlags.Sanitizer)
      fail("-fsanitize=copier with -flto needs -fuse-ld=lld, not '" +
           Linker->getAsString(Parsed) + "'");
    warn("'" + Linker->getAsString(Parsed) +
         "' cannot load CopierGen: copies stay plain memcpy with -flto; "
         "-fuse-ld=lld can");
    return;
  }
  if (!Linker)
    add("-fuse-ld=lld");
  if (HasPlugin)
    addForLinker("--load-pass-plugin=" + Install.Plugin);
  if (OurFlags.Sanitizer)
    addForLinker("--load-pass-plugin=" + Install.SanitizerPlugin);
}

void CommandLine::addLibrary() {
  const bool IsShared = Parsed.hasArg(options::OPT_shared);
  const bool ChoosesOwnLibraries = Parsed.hasArg(
      options::OPT_nostdlib, options::OPT_nodefaultlibs, options::OPT_nolibc);
  // libtool links C++ libraries with -nostdlib and names the standard ones
  // itself; it cannot know ours, so shared objects get it all the same.
  if (Parsed.hasArg(options::OPT_r) || (ChoosesOwnLibraries && !IsShared))
    return;
  if (IsShared && OurFlags.StaticLibrary)
    warn("-static-libcopier has no effect with -shared: a process has one "
         "runtime");
  if (isFullyStatic() || (OurFlags.StaticLibrary && !IsShared))
    addStaticLibrary();
  else
    addSharedLibrary();
}

void CommandLine::addSharedLibrary() {
  requireFile(Install.SharedLibrary);
  addForLinker("--push-state");
  addForLinker("--as-needed");
  addForLinker(Install.SharedLibrary);
  addForLinker("--pop-state");
  addForLinker("-rpath");
  addForLinker(Install.LibraryDir);
}

/// In a dynamic executable all of the library is linked and exported, so that
/// the shared objects of the process use this runtime and no second one.
void CommandLine::addStaticLibrary() {
  requireFile(Install.StaticLibrary);
  if (isFullyStatic()) {
    addForLinker(Install.StaticLibrary);
  } else {
    addForLinker("--push-state");
    addForLinker("--whole-archive");
    addForLinker(Install.StaticLibrary);
    addForLinker("--pop-state");
    for (const char *Symbol :
         {"__copier_*", "copier_*", "amemcpy", "amemmove", "csync", "csync_all",
          "shm_descr_bind", "post_handlers", "_amemcpy", "_amemmove", "_csync",
          "set_copier_opt"})
      addForLinker("--export-dynamic-symbol=" + Twine(Symbol));
  }
  add("-lpthread");
}
