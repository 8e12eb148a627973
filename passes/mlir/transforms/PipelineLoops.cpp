//===- PipelineLoops.cpp - -copier-pipeline-loops -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pass itself; what it does is in DoubleBuffer.cpp and Segments.cpp.
//
//===----------------------------------------------------------------------===//

#include "transforms/Loops.h"
#include "transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace copier {

#define GEN_PASS_DEF_PIPELINELOOPS
#include "transforms/Passes.h.inc"

namespace {

struct PipelineLoopsPass : impl::PipelineLoopsBase<PipelineLoopsPass> {
  using PipelineLoopsBase::PipelineLoopsBase;

  void runOnOperation() override {
    if (segment <= 0 || !llvm::isPowerOf2_64(segment)) {
      emitError(getOperation().getLoc())
          << "copier-pipeline-loops: a segment of " << int64_t(segment)
          << " bytes is not a power of two";
      return signalPassFailure();
    }
    Summaries Known(getOperation());
    getOperation()->walk([&](FunctionOpInterface Function) {
      if (Function.isExternal() || isa<LLVM::LLVMFuncOp>(Function))
        return;
      if (doubleBuffer)
        numDoubled += doubleBuffers(Function, Known);
      if (segments)
        numSegmented += splitCsyncs(Function, Known, segment);
    });
  }
};

} // namespace
} // namespace copier
