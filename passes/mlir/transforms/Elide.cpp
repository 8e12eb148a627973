//===- Elide.cpp - -copier-elide ------------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies that nobody reads, on all paths or on some. It runs before csyncs are
// inserted: a copy that is not there needs none.
//
//===----------------------------------------------------------------------===//

#include "analysis/Pending.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "transforms/Passes.h"

using namespace mlir;

namespace copier {

#define GEN_PASS_DEF_ELIDE
#include "transforms/Passes.h.inc"

namespace {

/// Whether a use only writes the memory, ends it, or makes a view for others to
/// look at, which then is in \p Views.
bool neverReads(OpOperand &Use, SmallVectorImpl<Value> &Views) {
  Operation *User = Use.getOwner();
  if (auto View = dyn_cast<ViewLikeOpInterface>(User)) {
    Views.push_back(View.getViewDest());
    return View.getViewSource() == Use.get();
  }
  if (auto Copy = dyn_cast<AMemcpyOp>(User))
    return Copy.getSource() != Use.get();
  if (isa<CsyncOp, AbortOp, memref::DimOp>(User))
    return true;
  auto Effects = dyn_cast<MemoryEffectOpInterface>(User);
  // A reallocation reads what it moves, and says nothing of it.
  if (!Effects || isa<memref::ReallocOp>(User))
    return false;
  SmallVector<MemoryEffects::EffectInstance> Instances;
  Effects.getEffectsOnValue(Use.get(), Instances);
  return !Instances.empty() && llvm::all_of(Instances, [](const auto &Effect) {
    return isa<MemoryEffects::Write, MemoryEffects::Free>(Effect.getEffect());
  });
}

/// Whether the memory is allocated here and what is in it never read.
bool isNeverRead(Value Memory) {
  Value Root = viewRoot(Memory);
  if (!isa_and_present<memref::AllocOp, memref::AllocaOp>(Root.getDefiningOp()))
    return false;
  SmallVector<Value> Views{Root};
  while (!Views.empty())
    for (OpOperand &Use : Views.pop_back_val().getUses())
      if (!neverReads(Use, Views))
        return false;
  return true;
}

/// Whether the operation overwrites all of \p Memory.
bool overwrites(Operation *Op, Value Memory) {
  if (auto Copy = dyn_cast<AMemcpyOp>(Op))
    return Copy.getTarget() == Memory;
  if (auto Copy = dyn_cast<memref::CopyOp>(Op))
    return Copy.getTarget() == Memory;
  if (auto Fill = dyn_cast<linalg::FillOp>(Op))
    return Fill.getOutputs().front() == Memory;
  return false;
}

struct ElidePass : impl::ElideBase<ElidePass> {
  void runOnOperation() override {
    if (failed(copyFromOriginals()))
      return signalPassFailure();
    Summaries Known(getOperation());
    getOperation()->walk([&](FunctionOpInterface Function) {
      if (Function.isExternal() ||
          Function->hasAttr(CopierDialect::getCsyncsInsertedAttrName()))
        return;
      FunctionModel Model(Function, Known);
      if (Model.sites().empty())
        return;
      dropUnread(Function, Model);
      // Sites are gone.
      FunctionModel Rest(Function, Known);
      insertAborts(Function, Rest);
    });
  }

  LogicalResult copyFromOriginals() {
    RewritePatternSet Patterns(&getContext());
    AMemcpyOp::getCanonicalizationPatterns(Patterns, &getContext());
    return applyPatternsGreedily(getOperation(), std::move(Patterns));
  }

  void dropUnread(FunctionOpInterface Function, FunctionModel &Model) {
    SmallVector<AMemcpyOp> Unread;
    Function->walk([&](AMemcpyOp Copy) {
      if (isNeverRead(Copy.getTarget()) || isOverwritten(Copy, Model))
        Unread.push_back(Copy);
    });
    for (AMemcpyOp Copy : Unread) {
      say(Copy, "copy dropped, nobody reads it");
      Copy.erase();
      ++numDropped;
    }
  }

  void say(Operation *Op, StringRef Text) {
    remark::passed(Op->getLoc(),
                   remark::RemarkOpts::name("Elide").category(RemarkCategory))
        << Text;
  }

  static bool mayRead(Operation *Op, Value Memory, FunctionModel &Model) {
    return Op
        ->walk([&](Operation *Inner) {
          if (auto Copy = dyn_cast<AMemcpyOp>(Inner))
            return Model.mayOverlap(Copy.getSource(), Memory)
                       ? WalkResult::interrupt()
                       : WalkResult::advance();
          if (Model.callsSubmitter(Inner))
            return WalkResult::interrupt();
          std::optional<Accesses> Made = Model.accesses(Inner);
          Site AsTarget{Inner, Memory, Memory, nullptr};
          bool Reads = !Made || llvm::any_of(*Made, [&](Access A) {
            A.Writes = A.Frees = false;
            return Model.conflict(A, AsTarget).has_value();
          });
          return Reads ? WalkResult::interrupt() : WalkResult::advance();
        })
        .wasInterrupted();
  }

  /// Whether the copy's target is overwritten in the same block before it is
  /// read.
  static bool isOverwritten(AMemcpyOp Copy, FunctionModel &Model) {
    for (Operation *Next = Copy->getNextNode(); Next;
         Next = Next->getNextNode()) {
      if (isa<CsyncOp, CsyncAllOp, AbortOp>(Next) ||
          Next->hasTrait<OpTrait::IsTerminator>() ||
          mayRead(Next, Copy.getTarget(), Model))
        return false;
      if (overwrites(Next, Copy.getTarget()))
        return true;
    }
    return false;
  }

  /// In front of a deallocation that some path reaches with a copy into the
  /// memory pending, an abort.
  void insertAborts(FunctionOpInterface Function, FunctionModel &Model) {
    PendingCopies Pending(Model);
    SmallVector<std::pair<memref::DeallocOp, unsigned>> Found;
    Function->walk([&](memref::DeallocOp Free) {
      const State &S = Pending.before(Free);
      for (auto [Number, Copy] : llvm::enumerate(Model.sites()))
        if (S.any() && S.isPending(Number) &&
            covers(Free.getMemref(), Copy.Target))
          Found.push_back({Free, Number});
    });
    memref::DeallocOp Last;
    for (auto [Free, Number] : Found) {
      if (Free != Last && isCopyable(Free.getMemref().getType())) {
        OpBuilder Builder(Free);
        AbortOp::create(Builder, Free.getLoc(), Free.getMemref());
        ++numAborts;
      }
      Last = Free;
      auto Copy = dyn_cast<AMemcpyOp>(Model.sites()[Number].Op);
      if (Copy && !Copy.getLazy() && isReadInBranchesOnly(Copy, Model)) {
        Copy.setLazy(true);
        ++numLazy;
        say(Copy, "copy made lazy, some path does not read it");
      }
    }
  }

  /// Whether what reads the target in the copy's block does so under a
  /// condition: what is read in any case had better be copied early.
  static bool isReadInBranchesOnly(AMemcpyOp Copy, FunctionModel &Model) {
    bool Read = false;
    for (Operation *Next = Copy->getNextNode(); Next;
         Next = Next->getNextNode()) {
      if (Next->getNumSuccessors())
        return false;
      if (!mayRead(Next, Copy.getTarget(), Model))
        continue;
      if (!isa<scf::IfOp, scf::IndexSwitchOp, affine::AffineIfOp>(Next))
        return false;
      Read = true;
    }
    return Read;
  }
};

} // namespace
} // namespace copier
