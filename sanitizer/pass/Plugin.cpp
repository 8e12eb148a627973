//===- Plugin.cpp - CopierSanitizer's pass, and where it hooks into LLVM ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Like CopierGen, which it follows: at the end of a translation unit's
// pipeline, also at -O0; with LTO at the end of the link's.
//
//===----------------------------------------------------------------------===//

#include "Annotations.h"
#include "Checks.h"
#include "Options.h"
#include "Places.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Plugins/PassPlugin.h"
#include "llvm/Support/Compiler.h"

using namespace llvm;

namespace {

/// copsan: checks the functions that copsan-mark has stamped. With \p IsEarly
/// before a link, which is to check the rest: those alone whose stack slots
/// AddressSanitizer is about to put into one block, and so out of sight.
class SanitizerPass : public PassInfoMixin<SanitizerPass> {
public:
  explicit SanitizerPass(bool IsEarly = false) : IsEarly(IsEarly) {}

  PreservedAnalyses run(Module &M, ModuleAnalysisManager &MAM) {
    auto &FAM =
        MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager();
    copsan::Places Places(M);
    bool IsChanged = false;
    for (Function &F : M)
      if (copsan::isToBeChecked(F) &&
          (!IsEarly || F.hasFnAttribute(Attribute::SanitizeAddress)))
        IsChanged |= runOn(F, FAM, Places);
    if (IsEarly)
      return IsChanged ? PreservedAnalyses::none() : PreservedAnalyses::all();
    if (Function *Mark = M.getFunction(COPSAN_RETURN_MARK))
      if (Mark->use_empty())
        Mark->eraseFromParent();
    if (NamedMDNode *Node = M.getNamedMetadata(COPSAN_PLACES_METADATA)) {
      Node->eraseFromParent(); // It would only be in the way of the backend.
      IsChanged = true;
    }
    return IsChanged ? PreservedAnalyses::none() : PreservedAnalyses::all();
  }
  static bool isRequired() { return true; }

private:
  static bool runOn(Function &F, FunctionAnalysisManager &FAM,
                    copsan::Places &Places) {
    copsan::setDone(F);
    copsan::CheckList Checks;
    copsan::collectAccesses(F, FAM, Checks);
    copsan::mergeLoops(F, FAM, Checks);
    copsan::removeDominated(F, Checks);
    copsan::collectLives(F, Places, Checks);
    copsan::unmarkReturns(F);
    if (Checks.empty())
      return false;
    copsan::emitChecks(F, Checks, Places);
    // What was inferred of it is no longer true.
    F.removeFnAttr(Attribute::Memory);
    F.removeFnAttr(Attribute::NoSync);
    return true;
  }

  bool IsEarly;
};

/// The passes for the beginning and, unless a link follows, the end.
void registerCallbacks(PassBuilder &PB) {
  PB.registerPipelineStartEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel) {
        MPM.addPass(copsan::MarkPass());
      });
  PB.registerOptimizerLastEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel, ThinOrFullLTOPhase Phase) {
        MPM.addPass(SanitizerPass(
            /*IsEarly=*/Phase == ThinOrFullLTOPhase::FullLTOPreLink ||
            Phase == ThinOrFullLTOPhase::ThinLTOPreLink));
      });
  PB.registerFullLinkTimeOptimizationLastEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel) {
        MPM.addPass(SanitizerPass());
      });
  PB.registerPipelineParsingCallback(
      [](StringRef Name, ModulePassManager &MPM,
         ArrayRef<PassBuilder::PipelineElement>) {
        if (Name == "copsan-mark")
          MPM.addPass(copsan::MarkPass());
        else if (Name == "copsan")
          MPM.addPass(SanitizerPass());
        else
          return false;
        return true;
      });
}

} // namespace

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT PassPluginLibraryInfo
llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "CopierSanitizer", LLVM_VERSION_STRING,
          registerCallbacks};
}
