//===- InsertCsync.cpp - -copier-insert-csync -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plans, and then inserts: first what goes in front of loops, since that makes
// part of the rest superfluous, until there is no more of it; then the rest.
//
//===----------------------------------------------------------------------===//

#include "analysis/EntryCalls.h"
#include "analysis/Plan.h"
#include "mlir/IR/Remarks.h"
#include "transforms/Passes.h"

using namespace mlir;

namespace copier {

#define GEN_PASS_DEF_INSERTCSYNC
#define GEN_PASS_DEF_PRINTPENDING
#include "transforms/Passes.h.inc"

namespace {

struct InsertCsyncPass : impl::InsertCsyncBase<InsertCsyncPass> {
  void runOnOperation() override {
    Summaries Known(getOperation());
    getOperation()->walk([&](FunctionOpInterface Function) {
      if (!Function.isExternal() && !isa<LLVM::LLVMFuncOp>(Function))
        runOnFunction(Function, Known);
    });
  }

  void runOnFunction(FunctionOpInterface Function, const Summaries &Known) {
    for (bool Final = false; !Final;) {
      FunctionModel Model(Function, Known);
      if (Model.sites().empty())
        return;
      SmallVector<Need> Needs = planCsyncs(Model);
      Final = true;
      for (const Need &N : Needs)
        if (placeOf(N, Model) != N.Before && insert(N, Model)) {
          ++numHoisted;
          Final = false;
        }
      if (Final)
        for (const Need &N : Needs)
          insert(N, Model);
    }
    if (hasCopies(Function))
      Function->setAttr(CopierDialect::getCsyncsInsertedAttrName(),
                        UnitAttr::get(&getContext()));
  }

  static bool hasCopies(FunctionOpInterface Function) {
    return Function->walk([](AMemcpyOp) { return WalkResult::interrupt(); })
        .wasInterrupted();
  }

  /// Inserts the csync unless there is one that does the same.
  bool insert(const Need &N, FunctionModel &Model) {
    Operation *Place = placeOf(N, Model);
    if (isSatisfied(N, Place, Model))
      return false;
    OpBuilder Builder(Place);
    if (N.isAll()) {
      CsyncAllOp::create(Builder, N.Before->getLoc());
      ++numCsyncAlls;
    } else {
      CsyncOp::create(Builder, N.Before->getLoc(), N.Memory);
      ++numCsyncs;
    }
    remark::analysis(N.Before->getLoc(),
                     remark::RemarkOpts::name("Csync")
                         .category(RemarkCategory)
                         .function(Model.function().getName()))
        << (N.isAll() ? "csync_all" : "csync") << " inserted for "
        << conflictText(N.Why) << " by " << N.Before->getName().getStringRef();
    return true;
  }
};

struct PrintPendingPass : impl::PrintPendingBase<PrintPendingPass> {
  void runOnOperation() override {
    Summaries Known(getOperation());
    getOperation()->walk([&](FunctionOpInterface Function) {
      if (Function.isExternal() || isHelper(Function.getName()))
        return;
      FunctionModel Model(Function, Known);
      printPlan(Model, Known.of(Function), llvm::errs());
    });
    markAllAnalysesPreserved();
  }
};

} // namespace
} // namespace copier
