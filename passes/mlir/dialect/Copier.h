//===- Copier.h - The copier dialect --------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The classes that are generated from CopierOps.td. It knows memrefs and
// nothing of passes or of the runtime.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_DIALECT_COPIER_H
#define COPIER_MLIR_DIALECT_COPIER_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "dialect/CopierDialect.h.inc"

#define GET_OP_CLASSES
#include "dialect/CopierOps.h.inc"

namespace copier {

/// Whether a copy of such a memref can be asynchronous: its layout is strided
/// and its memory is the ordinary one.
bool isCopyable(mlir::Type Type);

/// What a chain of view-like operations (subview, cast, ...) is a view of.
mlir::Value viewRoot(mlir::Value Memory);

/// Whether two roots are objects that surely differ: allocations, an
/// allocation and what was there before it, globals of different names, an
/// argument that is `llvm.noalias` and another one or a global.
bool areDistinctObjects(mlir::Value Root, mlir::Value Other);

} // namespace copier

#endif // COPIER_MLIR_DIALECT_COPIER_H
