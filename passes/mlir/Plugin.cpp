//===- Plugin.cpp - The dialect and passes for stock mlir-opt -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   mlir-opt --load-dialect-plugin=CopierMLIR.so --load-pass-plugin=...
//
//===----------------------------------------------------------------------===//

#include "lowering/CopierToLLVM.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "transforms/Passes.h"
#include "llvm/Config/llvm-config.h"

static constexpr char Name[] = "Copier";

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, Name, LLVM_VERSION_STRING,
          [](mlir::DialectRegistry *Registry) {
            Registry->insert<copier::CopierDialect>();
            copier::registerConvertCopierToLLVMInterface(*Registry);
          }};
}

extern "C" LLVM_ATTRIBUTE_VISIBILITY_DEFAULT mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, Name, LLVM_VERSION_STRING, [] {
            copier::registerCopierPasses();
            copier::registerCopierPipeline();
          }};
}
