//===- LLVMMemcpy.cpp - -copier-llvm-memcpy -------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same analysis on the LLVM dialect. A pointer has no size, so what is
// csynced is what a site copied, where its operands are still valid, and
// everything where they are not.
//
//===----------------------------------------------------------------------===//

#include "analysis/EntryCalls.h"
#include "analysis/Plan.h"
#include "lowering/EntryPoints.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "transforms/Passes.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace copier {

#define GEN_PASS_DEF_LLVMMEMCPY
#include "transforms/Passes.h.inc"

namespace {

/// Whether the function's frame may be entered a second time with values of
/// before, or is not yet what it will be.
bool isUnusual(LLVM::LLVMFuncOp Function) {
  static const llvm::StringSet<> Twice = {"setjmp", "_setjmp", "sigsetjmp",
                                          "__sigsetjmp", "vfork"};
  if (ArrayAttr Passed = Function.getPassthroughAttr())
    for (Attribute Attr : Passed)
      if (auto Name = dyn_cast<StringAttr>(Attr))
        if (Name == "presplitcoroutine" || Name == "returns_twice")
          return true;
  return Function
      ->walk([](LLVM::CallOp Call) {
        return Call.getCallee() && Twice.contains(*Call.getCallee())
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

struct LLVMMemcpyPass : impl::LLVMMemcpyBase<LLVMMemcpyPass> {
  using LLVMMemcpyBase::LLVMMemcpyBase;

  void runOnOperation() override {
    SmallVector<LLVM::LLVMFuncOp> Functions;
    for (auto Function : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (!Function.isExternal() && !isHelper(Function.getName()))
        Functions.push_back(Function);
    for (LLVM::LLVMFuncOp Function : Functions)
      if (failed(submitCopies(Function)))
        return signalPassFailure();
    Summaries Known(getOperation());
    for (LLVM::LLVMFuncOp Function : Functions)
      if (failed(insertCsyncs(Function, Known)))
        return signalPassFailure();
  }

  LogicalResult submitCopies(LLVM::LLVMFuncOp Function) {
    bool Unusual = isUnusual(Function);
    SmallVector<LLVM::MemcpyOp> Copies;
    Function->walk([&](LLVM::MemcpyOp Copy) { Copies.push_back(Copy); });
    for (LLVM::MemcpyOp Copy : Copies) {
      StringRef Why =
          Unusual ? "the function may be entered twice" : whyLeft(Copy);
      auto Opts = remark::RemarkOpts::name("Copy")
                      .category(RemarkCategory)
                      .function(Function.getName());
      if (!Why.empty()) {
        ++numLeft;
        remark::missed(Copy.getLoc(), Opts)
            << "copy not made asynchronous: " << Why;
        continue;
      }
      ++numAsynchronous;
      remark::passed(Copy.getLoc(), Opts) << "copy made asynchronous";
      if (failed(submit(Copy)))
        return failure();
    }
    return success();
  }

  StringRef whyLeft(LLVM::MemcpyOp Copy) {
    if (Copy.getIsVolatile())
      return "volatile";
    for (Value Pointer : {Copy.getDst(), Copy.getSrc()})
      if (cast<LLVM::LLVMPointerType>(Pointer.getType()).getAddressSpace())
        return "in another address space";
    APInt Size;
    if (matchPattern(Copy.getLen(), m_ConstantInt(&Size)) &&
        Size.ult(uint64_t(minSize)))
      return "smaller than the minimum size";
    return "";
  }

  /// Nothing of the intrinsic's attributes goes along: they promise too much.
  LogicalResult submit(LLVM::MemcpyOp Copy) {
    auto Callee = Points.copy(getOperation(), /*Hinted=*/false);
    if (failed(Callee))
      return failure();
    OpBuilder Builder(Copy);
    Location Loc = Copy.getLoc();
    Value Size = Copy.getLen();
    if (Size.getType() != Builder.getI64Type())
      Size = LLVM::ZExtOp::create(Builder, Loc, Builder.getI64Type(), Size);
    LLVM::CallOp::create(Builder, Loc, *Callee,
                         ValueRange{Copy.getDst(), Copy.getSrc(), Size,
                                    Points.site(Builder, Copy)});
    Copy.erase();
    return success();
  }

  LogicalResult insertCsyncs(LLVM::LLVMFuncOp Function,
                             const Summaries &Known) {
    FunctionModel Model(Function, Known);
    if (Model.sites().empty())
      return success();
    for (const Need &N : planCsyncs(Model)) {
      auto Callee = N.isAll() ? Points.csyncAll(getOperation())
                              : Points.csync(getOperation());
      if (failed(Callee))
        return failure();
      SmallVector<Value> Arguments;
      if (N.Site)
        Arguments = {Model.sites()[*N.Site].Target,
                     Model.sites()[*N.Site].Size};
      ++(N.isAll() ? numCsyncAlls : numCsyncs);
      OpBuilder Builder(N.Before);
      LLVM::CallOp::create(Builder, N.Before->getLoc(), *Callee, Arguments);
    }
    dropPromises(Function);
    return success();
  }

  /// What was inferred of a function with plain copies is no longer true, nor
  /// of what calls it.
  void dropPromises(LLVM::LLVMFuncOp Function) {
    Function.removeMemoryEffectsAttr();
    for (auto Other : getOperation().getOps<LLVM::LLVMFuncOp>())
      if (!Other.isExternal())
        Other.removeMemoryEffectsAttr();
    getOperation()->walk(
        [](LLVM::CallOp Call) { Call.removeMemoryEffectsAttr(); });
  }

  EntryPoints Points;
};

} // namespace
} // namespace copier
