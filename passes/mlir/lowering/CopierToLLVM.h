//===- CopierToLLVM.h - The copier dialect to the LLVM dialect ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The patterns of -convert-copier-to-llvm, which -convert-to-llvm uses too.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_LOWERING_COPIER_TO_LLVM_H
#define COPIER_MLIR_LOWERING_COPIER_TO_LLVM_H

#include "mlir/IR/DialectRegistry.h"

namespace copier {

/// Makes -convert-to-llvm lower the dialect.
void registerConvertCopierToLLVMInterface(mlir::DialectRegistry &Registry);

} // namespace copier

#endif // COPIER_MLIR_LOWERING_COPIER_TO_LLVM_H
