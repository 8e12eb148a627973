//===- Canonicalize.cpp - Canonical forms of the copier dialect -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Patterns that look at one block: adjacent csyncs become one, a csync goes
// where nothing can be pending since the last one or since the allocation, a
// copy of what was just copied reads the original.
//
//===----------------------------------------------------------------------===//

#include "dialect/Copier.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace copier {

/// Whether new copies may be pending after the operation: it is one, or it
/// calls, or nobody knows.
static bool maySubmit(Operation *Op) {
  return Op
      ->walk([](Operation *Inner) {
        if (isa<AMemcpyOp, CallOpInterface>(Inner))
          return WalkResult::interrupt();
        bool Known = isa<MemoryEffectOpInterface>(Inner) ||
                     Inner->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
                     Inner->hasTrait<OpTrait::IsTerminator>();
        return Known ? WalkResult::advance() : WalkResult::interrupt();
      })
      .wasInterrupted();
}

/// A memref without the casts around it, which name the same memory.
static Value withoutCasts(Value MemRef) {
  while (auto Cast = MemRef.getDefiningOp<memref::CastOp>())
    MemRef = Cast.getSource();
  return MemRef;
}

/// Whether all that \p Inner waits for is waited for by \p Outer, when no copy
/// is submitted between them.
static bool includes(Operation *Outer, CsyncOp Inner) {
  if (isa<CsyncAllOp>(Outer))
    return true;
  auto Csync = dyn_cast<CsyncOp>(Outer);
  if (!Csync)
    return false;
  Value OuterMemory = withoutCasts(Csync.getMemref());
  Value InnerMemory = withoutCasts(Inner.getMemref());
  if (OuterMemory == InnerMemory)
    return Csync.isWhole() ||
           (Csync.getMixedOffsets() == Inner.getMixedOffsets() &&
            Csync.getMixedSizes() == Inner.getMixedSizes() &&
            Csync.getMixedStrides() == Inner.getMixedStrides());
  auto View = InnerMemory.getDefiningOp<memref::SubViewOp>();
  return View && Csync.isWhole() &&
         withoutCasts(View.getSource()) == OuterMemory;
}

namespace {

/// A memref.cast before an operation of the dialect is nothing to it.
template <typename OpT> struct FoldCasts : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT Op,
                                PatternRewriter &Rewriter) const override {
    bool Changed = false;
    for (OpOperand &Operand : Op->getOpOperands()) {
      auto Cast = Operand.get().getDefiningOp<memref::CastOp>();
      if (!Cast || !isCopyable(Cast.getSource().getType()))
        continue;
      Rewriter.modifyOpInPlace(Op, [&] { Operand.set(Cast.getSource()); });
      Changed = true;
    }
    return success(Changed);
  }
};

/// A copy onto itself, and a copy of nothing, is no copy.
struct DropEmptyCopy : OpRewritePattern<AMemcpyOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AMemcpyOp Op,
                                PatternRewriter &Rewriter) const override {
    auto Type = cast<MemRefType>(Op.getSource().getType());
    if (Op.getSource() != Op.getTarget() &&
        !llvm::is_contained(Type.getShape(), 0))
      return failure();
    Rewriter.eraseOp(Op);
    return success();
  }
};

/// a -> b, b -> c becomes a -> b, a -> c: the second need not wait for the
/// first, and the first may turn out to be for nobody.
struct CopyFromOriginal : OpRewritePattern<AMemcpyOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AMemcpyOp Op,
                                PatternRewriter &Rewriter) const override {
    // Where csyncs stand already, none would wait for the new source.
    auto Function = Op->getParentOfType<FunctionOpInterface>();
    if (!Function ||
        Function->hasAttr(CopierDialect::getCsyncsInsertedAttrName()))
      return failure();
    for (Operation *Before = Op->getPrevNode(); Before;
         Before = Before->getPrevNode()) {
      auto First = dyn_cast<AMemcpyOp>(Before);
      if (First && First.getTarget() == Op.getSource()) {
        // Two that overlap may be copied by way of a third, not directly.
        if (!areDistinctObjects(viewRoot(First.getSource()),
                                viewRoot(Op.getTarget())))
          return failure();
        Rewriter.modifyOpInPlace(
            Op, [&] { Op.getSourceMutable().assign(First.getSource()); });
        return success();
      }
      auto Effects = dyn_cast<MemoryEffectOpInterface>(Before);
      bool Harmless =
          isMemoryEffectFree(Before) ||
          (Effects && (Effects.onlyHasEffect<MemoryEffects::Read>() ||
                       isa<memref::AllocOp>(Before)));
      if (!Harmless)
        return failure();
    }
    return failure();
  }
};

/// A csync is dropped where the same, or more, has been waited for and nothing
/// submitted since, or where its memory has only just come to be.
struct DropRepeatedCsync : OpRewritePattern<CsyncOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CsyncOp Op,
                                PatternRewriter &Rewriter) const override {
    if (!isSuperfluous(Op))
      return failure();
    Rewriter.eraseOp(Op);
    return success();
  }

  static bool isSuperfluous(CsyncOp Op) {
    if (llvm::is_contained(Op.getMemRefType().getShape(), 0) ||
        llvm::is_contained(Op.getStaticSizes(), 0))
      return true;
    Operation *Allocation = Op.getMemref().getDefiningOp();
    for (Operation *Before = Op->getPrevNode(); Before;
         Before = Before->getPrevNode()) {
      if (includes(Before, Op))
        return true;
      if (Before == Allocation &&
          isa<memref::AllocOp, memref::AllocaOp>(Before))
        return true;
      if (maySubmit(Before))
        return false;
    }
    return false;
  }
};

/// A csync followed by one that includes it, nothing but csyncs between.
struct DropIncludedCsync : OpRewritePattern<CsyncOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CsyncOp Op,
                                PatternRewriter &Rewriter) const override {
    for (Operation *Next = Op->getNextNode(); Next;
         Next = Next->getNextNode()) {
      if (includes(Next, Op)) {
        Rewriter.eraseOp(Op);
        return success();
      }
      if (!isa<CsyncOp>(Next) && !isMemoryEffectFree(Next))
        return failure();
    }
    return failure();
  }
};

/// A part that is everything is the whole.
struct PartToWhole : OpRewritePattern<CsyncOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CsyncOp Op,
                                PatternRewriter &Rewriter) const override {
    if (Op.isWhole() || !Op.getMemRefType().hasStaticShape() ||
        Op.getStaticSizes() != Op.getMemRefType().getShape() ||
        !llvm::all_of(Op.getStaticOffsets(), [](int64_t O) { return !O; }) ||
        !llvm::all_of(Op.getStaticStrides(), [](int64_t S) { return S == 1; }))
      return failure();
    Rewriter.replaceOpWithNewOp<CsyncOp>(Op, Op.getMemref());
    return success();
  }
};

/// Two csyncs, one behind the other, of parts that lie one behind the other.
struct MergeAdjacentCsyncs : OpRewritePattern<CsyncOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CsyncOp Op,
                                PatternRewriter &Rewriter) const override {
    auto Next = dyn_cast_if_present<CsyncOp>(Op->getNextNode());
    if (!Next || Op.isWhole() || Next.isWhole() ||
        Op.getMemref() != Next.getMemref() || !isStatic(Op) || !isStatic(Next))
      return failure();
    unsigned Rank = Op.getStaticOffsets().size(), Differing = Rank;
    for (unsigned D = 0; D < Rank; ++D) {
      if (Op.getStaticOffsets()[D] == Next.getStaticOffsets()[D] &&
          Op.getStaticSizes()[D] == Next.getStaticSizes()[D])
        continue;
      if (Differing != Rank)
        return failure();
      Differing = D;
    }
    if (Differing == Rank)
      return failure(); // The same twice: dropped elsewhere.
    SmallVector<int64_t> Offsets(Op.getStaticOffsets());
    SmallVector<int64_t> Sizes(Op.getStaticSizes());
    int64_t Begin = Offsets[Differing], End = Begin + Sizes[Differing];
    int64_t NextBegin = Next.getStaticOffsets()[Differing];
    int64_t NextEnd = NextBegin + Next.getStaticSizes()[Differing];
    if (std::max(Begin, NextBegin) > std::min(End, NextEnd))
      return failure(); // What lies between would be waited for too.
    Offsets[Differing] = std::min(Begin, NextBegin);
    Sizes[Differing] = std::max(End, NextEnd) - Offsets[Differing];
    auto constants = [&](ArrayRef<int64_t> Numbers) {
      return getAsIndexOpFoldResult(Op.getContext(), Numbers);
    };
    Rewriter.replaceOpWithNewOp<CsyncOp>(Next, Op.getMemref(),
                                         constants(Offsets), constants(Sizes),
                                         constants(Op.getStaticStrides()));
    Rewriter.eraseOp(Op);
    return success();
  }

  static bool isStatic(CsyncOp Op) {
    return Op.getOffsets().empty() && Op.getSizes().empty() &&
           llvm::all_of(Op.getStaticStrides(),
                        [](int64_t S) { return S == 1; });
  }
};

/// csync_all again, or where it is followed by another.
struct DropRepeatedCsyncAll : OpRewritePattern<CsyncAllOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CsyncAllOp Op,
                                PatternRewriter &Rewriter) const override {
    for (Operation *Before = Op->getPrevNode(); Before;
         Before = Before->getPrevNode()) {
      if (isa<CsyncAllOp>(Before)) {
        Rewriter.eraseOp(Op);
        return success();
      }
      if (maySubmit(Before))
        return failure();
    }
    return failure();
  }
};

/// An abort after a csync of the same, or of all, has nothing to give up.
struct DropLateAbort : OpRewritePattern<AbortOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(AbortOp Op,
                                PatternRewriter &Rewriter) const override {
    for (Operation *Before = Op->getPrevNode(); Before;
         Before = Before->getPrevNode()) {
      auto Csync = dyn_cast<CsyncOp>(Before);
      if (isa<CsyncAllOp>(Before) ||
          (Csync && Csync.isWhole() && Csync.getMemref() == Op.getMemref())) {
        Rewriter.eraseOp(Op);
        return success();
      }
      if (maySubmit(Before))
        return failure();
    }
    return failure();
  }
};

} // namespace

void AMemcpyOp::getCanonicalizationPatterns(RewritePatternSet &Patterns,
                                            MLIRContext *Context) {
  Patterns.add<FoldCasts<AMemcpyOp>, DropEmptyCopy, CopyFromOriginal>(Context);
}

void CsyncOp::getCanonicalizationPatterns(RewritePatternSet &Patterns,
                                          MLIRContext *Context) {
  Patterns.add<FoldCasts<CsyncOp>, DropRepeatedCsync, DropIncludedCsync,
               PartToWhole, MergeAdjacentCsyncs>(Context);
}

void CsyncAllOp::getCanonicalizationPatterns(RewritePatternSet &Patterns,
                                             MLIRContext *Context) {
  Patterns.add<DropRepeatedCsyncAll>(Context);
}

void AbortOp::getCanonicalizationPatterns(RewritePatternSet &Patterns,
                                          MLIRContext *Context) {
  Patterns.add<FoldCasts<AbortOp>, DropLateAbort>(Context);
}

} // namespace copier
