//===- Work.h - What a copy can run beside --------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The static notion of work: loops, linalg operations and calls. Everything
// else takes less time than a wait saves.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_ANALYSIS_WORK_H
#define COPIER_MLIR_ANALYSIS_WORK_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace copier {

/// Whether the operation, with what is in it, takes a while.
inline bool isWork(mlir::Operation *Op) {
  return Op
      ->walk([](mlir::Operation *Inner) {
        return llvm::isa<mlir::LoopLikeOpInterface, mlir::linalg::LinalgOp,
                         mlir::CallOpInterface>(Inner)
                   ? mlir::WalkResult::interrupt()
                   : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

} // namespace copier

#endif // COPIER_MLIR_ANALYSIS_WORK_H
