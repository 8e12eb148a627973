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
    // A summary tells what its function leaves pending with the csyncs that the
    // plan assumes. What is inserted is less where one csync serves for two, so
    // it has to be seen again whether the callers wait for enough.
    for (bool Changed = true; Changed;) {
      Changed = false;
      Summaries Known(getOperation());
      getOperation()->walk([&](FunctionOpInterface Function) {
        if (!Function.isExternal() && !isa<LLVM::LLVMFuncOp>(Function))
          Changed |= runOnFunction(Function, Known);
      });
    }
    getOperation()->walk([&](FunctionOpInterface Function) {
      if (hasCopies(Function))
        Function->setAttr(CopierDialect::getCsyncsInsertedAttrName(),
                          UnitAttr::get(&getContext()));
    });
  }

  /// Whether csyncs had to be inserted.
  bool runOnFunction(FunctionOpInterface Function, const Summaries &Known) {
    bool Changed = false;
    for (bool Final = false; !Final;) {
      FunctionModel Model(Function, Known);
      if (Model.sites().empty())
        return false;
      SmallVector<Need> Needs = planCsyncs(Model);
      Final = true;
      for (const Need &N : Needs)
        if (placeOf(N, Model) != N.Before && insert(N, Model)) {
          ++numHoisted;
          Final = false;
        }
      Changed |= !Final;
      if (Final)
        for (const Need &N : Needs)
          Changed |= insert(N, Model);
    }
    return Changed;
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
