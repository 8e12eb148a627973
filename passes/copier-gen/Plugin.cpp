//===- Plugin.cpp - Where CopierGen hooks into LLVM -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loaded by clang (-fpass-plugin), opt (-load-pass-plugin) and lld
// (--load-pass-plugin). Without LTO the pass runs at the end of the translation
// unit's pipeline, also at -O0; with LTO at the end of the link's.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/CopierGen.h"
#include "copier-gen/Options.h"
#include "copier-gen/Plan.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Plugins/PassPlugin.h"
#include "llvm/Support/Compiler.h"

using namespace llvm;

namespace {

void addMark(ModulePassManager &MPM, OptimizationLevel) {
  MPM.addPass(copier::CopierMarkPass());
}

/// The end of a translation unit's pipeline, or of a thin link's backend.
void addGen(ModulePassManager &MPM, OptimizationLevel,
            ThinOrFullLTOPhase Phase) {
  if (Phase == ThinOrFullLTOPhase::None ||
      Phase == ThinOrFullLTOPhase::ThinLTOPostLink)
    MPM.addPass(copier::CopierGenPass());
}

void addGenAtFullLink(ModulePassManager &MPM, OptimizationLevel) {
  MPM.addPass(copier::CopierGenPass());
}

bool parseModulePass(StringRef Name, ModulePassManager &MPM,
                     ArrayRef<PassBuilder::PipelineElement>) {
  if (Name == "copier-mark")
    MPM.addPass(copier::CopierMarkPass());
  else if (Name == "copier-gen")
    MPM.addPass(copier::CopierGenPass());
  else if (Name == "print<copier-pending>")
    MPM.addPass(copier::CopierPendingPrinterPass(errs()));
  else
    return false;
  return true;
}

void registerCallbacks(PassBuilder &PB) {
  PB.registerPipelineStartEPCallback(addMark);
  PB.registerOptimizerLastEPCallback(addGen);
  PB.registerFullLinkTimeOptimizationLastEPCallback(addGenAtFullLink);
  PB.registerPipelineParsingCallback(parseModulePass);
}

} // namespace

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT PassPluginLibraryInfo
llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "CopierGen", LLVM_VERSION_STRING,
          registerCallbacks};
}
