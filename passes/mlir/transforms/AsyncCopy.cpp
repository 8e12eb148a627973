//===- AsyncCopy.cpp - -copier-async-copy ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which copies become asynchronous. It decides by what can be seen in the
// copy's block; where the csyncs go is not its business.
//
//===----------------------------------------------------------------------===//

#include "analysis/Pending.h"
#include "analysis/Work.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "transforms/Passes.h"

using namespace mlir;

namespace copier {

#define GEN_PASS_DEF_ASYNCCOPY
#include "transforms/Passes.h.inc"

namespace {

/// A copy in any of its forms.
struct Copy {
  Operation *Op;
  Value Source, Target;
};

std::optional<Copy> copyOf(Operation *Op) {
  if (auto Plain = dyn_cast<memref::CopyOp>(Op))
    return Copy{Op, Plain.getSource(), Plain.getTarget()};
  auto Linalg = dyn_cast<linalg::LinalgOp>(Op);
  if (Linalg && Linalg.hasPureBufferSemantics() &&
      (isa<linalg::CopyOp>(Op) || linalg::isaCopyOpInterface(Linalg)) &&
      llvm::all_of(Linalg.getIndexingMapsArray(),
                   [](AffineMap Map) { return Map.isIdentity(); }))
    return Copy{Op, Linalg.getDpsInputs()[0], Linalg.getDpsInits()[0]};
  return std::nullopt;
}

/// How many elements are certainly contiguous in a row of the layout; nothing
/// where it depends on sizes of run time.
std::optional<int64_t> contiguousElements(MemRefType Type) {
  SmallVector<int64_t> Strides;
  int64_t Offset, Run = 1;
  if (failed(Type.getStridesAndOffset(Strides, Offset)))
    return 1;
  for (int64_t D = Type.getRank() - 1; D >= 0; --D) {
    if (ShapedType::isDynamic(Strides[D]))
      return D == Type.getRank() - 1 ? std::optional<int64_t>() : Run;
    if (Strides[D] != Run && Type.getDimSize(D) != 1)
      return Run;
    if (Type.isDynamicDim(D))
      return std::nullopt;
    Run *= Type.getDimSize(D);
  }
  return Run;
}

struct AsyncCopyPass : impl::AsyncCopyBase<AsyncCopyPass> {
  using AsyncCopyBase::AsyncCopyBase;

  void runOnOperation() override {
    expandClones();
    Summaries Known(getOperation());
    getOperation()->walk([&](FunctionOpInterface Function) {
      if (!Function.isExternal())
        runOnFunction(Function, Known);
    });
  }

  /// A clone may share memory with what it is a clone of, so it cannot wait; an
  /// allocation and a copy can.
  void expandClones() {
    getOperation()->walk([](bufferization::CloneOp Clone) {
      auto Type = dyn_cast<MemRefType>(Clone.getType());
      if (!Type || !isCopyable(Type) || !Type.getLayout().isIdentity() ||
          !isCopyable(Clone.getInput().getType()))
        return;
      OpBuilder Builder(Clone);
      SmallVector<Value> Sizes;
      for (int64_t D = 0; D < Type.getRank(); ++D)
        if (Type.isDynamicDim(D))
          Sizes.push_back(memref::DimOp::create(Builder, Clone.getLoc(),
                                                Clone.getInput(), D));
      Value Memory =
          memref::AllocOp::create(Builder, Clone.getLoc(), Type, Sizes);
      memref::CopyOp::create(Builder, Clone.getLoc(), Clone.getInput(), Memory);
      Clone.replaceAllUsesWith(Memory);
      Clone.erase();
    });
  }

  void runOnFunction(FunctionOpInterface Function, const Summaries &Known) {
    FunctionModel Model(Function, Known);
    SmallVector<std::pair<Copy, StringRef>> Copies;
    Function->walk([&](Operation *Op) {
      if (std::optional<Copy> Found = copyOf(Op))
        Copies.push_back({*Found, whyLeft(*Found, Model)});
    });
    for (const auto &[Found, Why] : Copies) {
      auto Opts = remark::RemarkOpts::name("Copy")
                      .category(RemarkCategory)
                      .function(Function.getName());
      if (!Why.empty()) {
        remark::missed(Found.Op->getLoc(), Opts)
            << "copy not made asynchronous: " << Why;
        ++numLeft;
        continue;
      }
      remark::passed(Found.Op->getLoc(), Opts) << "copy made asynchronous";
      ++numAsynchronous;
      OpBuilder Builder(Found.Op);
      AMemcpyOp::create(Builder, Found.Op->getLoc(), Found.Source,
                        Found.Target);
      Found.Op->erase();
    }
  }

  /// The reason to leave the copy; empty to make it asynchronous.
  StringRef whyLeft(const Copy &C, FunctionModel &Model) {
    if (!isCopyable(C.Source.getType()) || !isCopyable(C.Target.getType()))
      return "not an ordinary strided memref";
    auto Source = cast<MemRefType>(C.Source.getType());
    auto Target = cast<MemRefType>(C.Target.getType());
    if (Source.getElementType() != Target.getElementType())
      return "it converts elements";
    if (!Source.getElementType().isIntOrIndexOrFloat() &&
        !isa<ComplexType, VectorType>(Source.getElementType()))
      return "elements of no known size";
    DataLayout Layout = DataLayout::closest(C.Op);
    auto Element = static_cast<int64_t>(
        Layout.getTypeSize(Source.getElementType()).getFixedValue());
    if (Source.hasStaticShape() && Source.getNumElements() * Element < minSize)
      return "smaller than the minimum size";
    for (MemRefType Type : {Source, Target}) {
      std::optional<int64_t> Run = contiguousElements(Type);
      if (Run && *Run * Element < minRow &&
          !(Type.hasStaticShape() && *Run == Type.getNumElements()))
        return "its contiguous rows are too small";
    }
    if (profit && !hasWindow(C, Model))
      return "nothing to do until the first conflict";
    return "";
  }

  /// Whether there is work before the first conflict, or the first conflict is
  /// work that can wait piece by piece.
  bool hasWindow(const Copy &C, FunctionModel &Model) {
    Site AsSite{C.Op, C.Source, C.Target, nullptr};
    for (Operation *Next = C.Op->getNextNode(); Next;
         Next = Next->getNextNode()) {
      if (copyOf(Next))
        continue; // Ordered by the runtime, if it becomes asynchronous.
      if (isWork(Next))
        return !isa<CallOpInterface>(Next) ||
               !conflictsWithin(Next, AsSite, Model);
      if (conflictsWithin(Next, AsSite, Model))
        return false;
    }
    // The end of the block: of a loop's body, the next iteration's work; of a
    // branch, whatever follows; of a private function, the caller's.
    return !isa<FunctionOpInterface>(C.Op->getParentOp()) ||
           Model.leavesPending();
  }

  static bool conflictsWithin(Operation *Op, const Site &Copy,
                              FunctionModel &Model) {
    return Op
        ->walk([&](Operation *Inner) {
          std::optional<Accesses> Made = Model.accesses(Inner);
          bool Meets = !Made || llvm::any_of(*Made, [&](const Access &A) {
            return Model.conflict(A, Copy).has_value();
          });
          return Meets ? WalkResult::interrupt() : WalkResult::advance();
        })
        .wasInterrupted();
  }
};

} // namespace
} // namespace copier
