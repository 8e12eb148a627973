//===- Main.cpp - copier-opt ----------------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's optimizer driver with every dialect and pass of MLIR, and Copier's.
//
//===----------------------------------------------------------------------===//

#include "lowering/CopierToLLVM.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "transforms/Passes.h"

int main(int Argc, char **Argv) {
  mlir::DialectRegistry Registry;
  mlir::registerAllDialects(Registry);
  mlir::registerAllExtensions(Registry);
  Registry.insert<copier::CopierDialect>();
  copier::registerConvertCopierToLLVMInterface(Registry);

  mlir::registerAllPasses();
  copier::registerCopierPasses();
  copier::registerCopierPipeline();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(Argc, Argv, "Copier's MLIR optimizer\n", Registry));
}
