//===- Passes.h - The passes of the copier dialect ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What Passes.td declares, and the pipeline that runs them in order.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_TRANSFORMS_PASSES_H
#define COPIER_MLIR_TRANSFORMS_PASSES_H

#include "dialect/Copier.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace copier {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "transforms/Passes.h.inc"

/// -copier-pipeline: all passes up to the lowering, in order.
void registerCopierPipeline();

/// How remarks of all passes are called.
constexpr char RemarkCategory[] = "copier";

} // namespace copier

#endif // COPIER_MLIR_TRANSFORMS_PASSES_H
