//===- Pipelines.cpp - -copier-pipeline -----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order of the passes, and the options that they have in common.
//
//===----------------------------------------------------------------------===//

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Transforms/Passes.h"
#include "transforms/Passes.h"

using namespace mlir;

namespace copier {
namespace {

struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<int64_t> MinSize{
      *this, "min-size",
      llvm::cl::desc("Leave copies that are known to have fewer bytes"),
      llvm::cl::init(AsyncCopyOptions().minSize)};
  Option<int64_t> MinRow{
      *this, "min-row",
      llvm::cl::desc("Leave copies whose rows are known to have fewer bytes"),
      llvm::cl::init(AsyncCopyOptions().minRow)};
  Option<bool> Profit{
      *this, "profit",
      llvm::cl::desc("Leave copies that nothing can be overlapped with"),
      llvm::cl::init(AsyncCopyOptions().profit)};
  Option<int64_t> Segment{
      *this, "segment",
      llvm::cl::desc("Bytes of a segment, at least; a power of two"),
      llvm::cl::init(PipelineLoopsOptions().segment)};
};

void buildPipeline(OpPassManager &Manager, const PipelineOptions &Options) {
  AsyncCopyOptions Copies;
  Copies.minSize = Options.MinSize;
  Copies.minRow = Options.MinRow;
  Copies.profit = Options.Profit;
  PipelineLoopsOptions Before, After;
  Before.segment = After.segment = Options.Segment;
  Before.segments = false;
  After.doubleBuffer = false;

  Manager.addPass(createAsyncCopy(Copies));
  Manager.addPass(createElide());
  // Buffers are doubled before csyncs are there, which are then for the parts;
  // loops are split when it is known where csyncs are.
  Manager.addPass(createPipelineLoops(Before));
  Manager.addPass(createInsertCsync());
  Manager.addPass(createPipelineLoops(After));
  Manager.addPass(createCanonicalizerPass());
}

} // namespace

void registerCopierPipeline() {
  PassPipelineRegistration<PipelineOptions>(
      "copier-pipeline",
      "Make copies asynchronous: copies, elision, double buffers, csyncs, "
      "segments",
      buildPipeline);
}

} // namespace copier
