//===- Segments.cpp - Waiting piece by piece ------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   csync m; for i { use m[i] }
// becomes
//   for o by segment { csync m[o, segment]; for i in segment { use m[i] } }
//   csync m
//
// The csync behind makes true for the rest of the program what the one in front
// did. Inside the loop everything that conflicts with what is pending must be
// an access of m in the rows of its iteration (Windows.cpp).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "transforms/Loops.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace copier {
namespace {

/// The loop or linalg operation behind the csync, past what touches no memory
/// and other csyncs.
Operation *consumerOf(CsyncOp Csync) {
  for (Operation *Op = Csync->getNextNode(); Op; Op = Op->getNextNode()) {
    if (isa<scf::ForOp, scf::ParallelOp, affine::AffineForOp, linalg::LinalgOp>(
            Op))
      return Op;
    if (!isa<CsyncOp>(Op) && !isMemoryEffectFree(Op))
      return nullptr;
  }
  return nullptr;
}

/// One csync and its consumer.
class Splitter {
public:
  Splitter(CsyncOp TheCsync, FunctionModel &TheModel, const State &Before,
           int64_t SegmentBytes)
      : Csync(TheCsync), Model(TheModel), Pending(Before),
        Segment(SegmentBytes), MemRef(Csync.getMemref()),
        Rewriter(Csync.getContext()) {}

  bool split() {
    Consumer = consumerOf(Csync);
    if (!Consumer || !hasSegments())
      return false;
    for (Operation *Op = Csync->getNextNode(); Op != Consumer;
         Op = Op->getNextNode())
      Model.transfer(Op, Pending);
    Rewriter.setInsertionPoint(Consumer);
    bool Split = false;
    if (auto For = dyn_cast<scf::ForOp>(Consumer))
      Split = splitFor(For);
    else if (auto AffineFor = dyn_cast<affine::AffineForOp>(Consumer))
      Split = splitAffineFor(AffineFor);
    else if (auto Parallel = dyn_cast<scf::ParallelOp>(Consumer))
      Split = splitParallel(Parallel);
    else if (auto Linalg = dyn_cast<linalg::LinalgOp>(Consumer))
      Split = splitLinalg(Linalg);
    return Split;
  }

private:
  MemRefType type() { return cast<MemRefType>(MemRef.getType()); }

  /// The bytes of a row; nothing if only known at run time.
  std::optional<int64_t> rowBytes() {
    int64_t Bytes =
        DataLayout::closest(Csync).getTypeSize(type().getElementType());
    for (int64_t Size : type().getShape().drop_front()) {
      if (ShapedType::isDynamic(Size))
        return std::nullopt;
      Bytes *= Size;
    }
    return std::max<int64_t>(Bytes, 1);
  }

  /// How many rows a segment has; constant where a row's size is.
  int64_t segmentRows() {
    return llvm::divideCeil(Segment, rowBytes().value_or(Segment));
  }

  /// Not where all is known to be one segment.
  bool hasSegments() {
    return type().getRank() &&
           (type().isDynamicDim(0) || type().getDimSize(0) > segmentRows());
  }

  Value constant(int64_t N) {
    return arith::ConstantIndexOp::create(Rewriter, Csync.getLoc(), N);
  }

  /// In front of the builder, the csync of what iterations from \p Begin to
  /// before \p End touch.
  void csyncRows(Value Begin, Value End, const RowWindow &Window) {
    Location Loc = Csync.getLoc();
    Value Zero = constant(0);
    Value Rows = memref::DimOp::create(Rewriter, Loc, MemRef, 0);
    Value First =
        arith::AddIOp::create(Rewriter, Loc, Begin, constant(Window.First));
    First = arith::MaxSIOp::create(Rewriter, Loc, First, Zero);
    Value Past =
        arith::AddIOp::create(Rewriter, Loc, End, constant(Window.Last));
    Past = arith::MinSIOp::create(Rewriter, Loc, Past, Rows);
    Value Count = arith::SubIOp::create(Rewriter, Loc, Past, First);
    Count = arith::MaxSIOp::create(Rewriter, Loc, Count, Zero);
    unsigned Rank = type().getRank();
    OpFoldResult None = Rewriter.getIndexAttr(0),
                 One = Rewriter.getIndexAttr(1);
    SmallVector<OpFoldResult> Offsets(Rank, None), Sizes, Strides(Rank, One);
    Offsets[0] = First;
    Sizes.push_back(Count);
    for (unsigned D = 1; D < Rank; ++D)
      Sizes.push_back(memref::getMixedSize(Rewriter, Loc, MemRef, D));
    CsyncOp::create(Rewriter, Loc, MemRef, Offsets, Sizes, Strides);
  }

  /// The csync goes from in front of the consumer to behind what replaces it.
  void moveCsyncBehind(Operation *Replacement) {
    Csync->moveAfter(Replacement);
  }

  /// `Step` times as many iterations as make up a segment.
  Value segmentStep(Value Step) {
    std::optional<int64_t> Known = getConstantIntValue(Step);
    if (Known && *Known > 0)
      return constant(llvm::divideCeil(segmentRows(), *Known) * *Known);
    return arith::MulIOp::create(Rewriter, Csync.getLoc(), Step,
                                 constant(segmentRows()));
  }

  /// A loop over segments from \p Lower to \p Upper, with the csync in it. The
  /// builder is left behind that, in the body.
  scf::ForOp createOuter(Value Lower, Value Upper, Value Step, ValueRange Init,
                         const RowWindow &Window, Value &End) {
    Location Loc = Consumer->getLoc();
    Value By = segmentStep(Step);
    auto Outer = scf::ForOp::create(Rewriter, Loc, Lower, Upper, By, Init);
    Rewriter.setInsertionPointToStart(Outer.getBody());
    Value Begin = Outer.getInductionVar();
    End = arith::MinSIOp::create(
        Rewriter, Loc, arith::AddIOp::create(Rewriter, Loc, Begin, By), Upper);
    csyncRows(Begin, End, Window);
    return Outer;
  }

  bool splitFor(scf::ForOp For) {
    auto Window = windowOf(For, For.getInductionVar(), MemRef, Model, Pending);
    if (!Window || !For.getInductionVar().getType().isIndex())
      return false;
    Value End;
    auto Outer = createOuter(For.getLowerBound(), For.getUpperBound(),
                             For.getStep(), For.getInitArgs(), *Window, End);
    IRMapping Map;
    Map.map(For.getLowerBound(), Outer.getInductionVar());
    auto Inner = cast<scf::ForOp>(Rewriter.clone(*For));
    Inner.setLowerBound(Outer.getInductionVar());
    Inner.setUpperBound(End);
    Inner.getInitArgsMutable().assign(Outer.getRegionIterArgs());
    if (Inner.getNumResults())
      scf::YieldOp::create(Rewriter, For.getLoc(), Inner.getResults());
    return replaceBy(Outer);
  }

  bool splitParallel(scf::ParallelOp Parallel) {
    // The first dimension that the rows follow; with a reduction the order of
    // its steps would change.
    if (Parallel.getNumReductions())
      return false;
    for (auto [D, Induction] : llvm::enumerate(Parallel.getInductionVars())) {
      auto Window = windowOf(Parallel, Induction, MemRef, Model, Pending);
      if (!Window)
        continue;
      Value End;
      auto Outer =
          createOuter(Parallel.getLowerBound()[D], Parallel.getUpperBound()[D],
                      Parallel.getStep()[D], {}, *Window, End);
      auto Inner = cast<scf::ParallelOp>(Rewriter.clone(*Parallel));
      Inner.getLowerBoundMutable()[D].set(Outer.getInductionVar());
      Inner.getUpperBoundMutable()[D].set(End);
      return replaceBy(Outer);
    }
    return false;
  }

  bool splitAffineFor(affine::AffineForOp For) {
    auto Window = windowOf(For, For.getInductionVar(), MemRef, Model, Pending);
    if (!Window)
      return false;
    Location Loc = For.getLoc();
    int64_t Step = For.getStepAsInt();
    int64_t By = llvm::divideCeil(segmentRows(), Step) * Step;
    auto Outer = affine::AffineForOp::create(
        Rewriter, Loc, For.getLowerBoundOperands(), For.getLowerBoundMap(),
        For.getUpperBoundOperands(), For.getUpperBoundMap(), By,
        For.getInits());
    Rewriter.setInsertionPointToStart(Outer.getBody());
    Value Begin = Outer.getInductionVar();
    // min(upper bound, begin + by), with the new dimension in front.
    AffineMap Upper = For.getUpperBoundMap().shiftDims(1);
    SmallVector<AffineExpr> Ends(Upper.getResults());
    Ends.push_back(Rewriter.getAffineDimExpr(0) + By);
    Upper = AffineMap::get(Upper.getNumDims(), Upper.getNumSymbols(), Ends,
                           Rewriter.getContext());
    SmallVector<Value> Operands{Begin};
    llvm::append_range(Operands, For.getUpperBoundOperands());
    Value End = affine::AffineMinOp::create(Rewriter, Loc, Upper, Operands);
    csyncRows(Begin, End, *Window);

    auto Inner = cast<affine::AffineForOp>(Rewriter.clone(*For));
    Inner.setLowerBound({Begin}, Rewriter.getDimIdentityMap());
    Inner.setUpperBound(Operands, Upper);
    Inner.getInitsMutable().assign(Outer.getRegionIterArgs());
    if (Inner.getNumResults())
      affine::AffineYieldOp::create(Rewriter, Loc, Inner.getResults());
    return replaceBy(Outer);
  }

  bool replaceBy(Operation *Outer) {
    Consumer->replaceAllUsesWith(Outer->getResults());
    Consumer->erase();
    moveCsyncBehind(Outer);
    return true;
  }

  /// Tiles a linalg operation by the loop that goes through the rows.
  bool splitLinalg(linalg::LinalgOp Linalg) {
    if (!Linalg.hasPureBufferSemantics() || !rowBytes() ||
        !conflictsOnlyIn(Linalg))
      return false;
    OpOperand *Operand = nullptr;
    for (OpOperand &O : Linalg->getOpOperands())
      if (O.get() == MemRef) {
        if (Operand)
          return false;
        Operand = &O;
      }
    if (!Operand)
      return false;
    AffineMap Map = Linalg.getMatchingIndexingMap(Operand);
    std::optional<unsigned> Rows = rowLoop(Map, Linalg);
    if (!Rows)
      return false;
    SmallVector<int64_t> Tiles(Linalg.getNumLoops(), 0);
    Tiles[*Rows] = segmentRows();
    unsigned Number = Operand->getOperandNumber();
    FailureOr<linalg::TiledLinalgOp> Tiled = linalg::tileLinalgOp(
        Rewriter, Linalg,
        linalg::LinalgTilingOptions().setTileSizes(Tiles).setLoopType(
            linalg::LinalgTilingLoopType::Loops));
    if (failed(Tiled) || Tiled->loops.empty())
      return false;
    Rewriter.setInsertionPoint(Tiled->op);
    CsyncOp::create(Rewriter, Csync.getLoc(), Tiled->op->getOperand(Number));
    moveCsyncBehind(Tiled->loops.front());
    Rewriter.eraseOp(Linalg);
    return true;
  }

  /// The parallel loop whose index alone, or plus that of a window, is the row.
  static std::optional<unsigned> rowLoop(AffineMap Map,
                                         linalg::LinalgOp Linalg) {
    AffineExpr Row = Map.getResult(0);
    if (auto Sum = dyn_cast<AffineBinaryOpExpr>(Row))
      if (Sum.getKind() == AffineExprKind::Add)
        Row = Sum.getLHS();
    auto Dim = dyn_cast<AffineDimExpr>(Row);
    if (!Dim || Linalg.getIteratorTypesArray()[Dim.getPosition()] !=
                    utils::IteratorType::parallel)
      return std::nullopt;
    return Dim.getPosition();
  }

  /// Whether no operand but the memref conflicts with what is pending.
  bool conflictsOnlyIn(linalg::LinalgOp Linalg) {
    std::optional<Accesses> Made = Model.accesses(Linalg);
    return Made && llvm::all_of(*Made, [&](const Access &A) {
             return A.Memory == MemRef ||
                    llvm::none_of(llvm::enumerate(Model.sites()),
                                  [&](const auto &Numbered) {
                                    return Pending.isPending(
                                               Numbered.index()) &&
                                           Model.conflict(A, Numbered.value());
                                  });
           });
  }

  CsyncOp Csync;
  FunctionModel &Model;
  State Pending;
  int64_t Segment;
  Value MemRef;
  IRRewriter Rewriter;
  Operation *Consumer = nullptr;
};

} // namespace

unsigned splitCsyncs(FunctionOpInterface Function, const Summaries &Known,
                     int64_t Segment) {
  SmallVector<CsyncOp> Csyncs;
  Function->walk([&](CsyncOp Csync) {
    if (Csync.isWhole())
      Csyncs.push_back(Csync);
  });
  unsigned Split = 0;
  std::optional<FunctionModel> Model;
  std::optional<PendingCopies> Pending;
  for (CsyncOp Csync : Csyncs) {
    if (!consumerOf(Csync))
      continue;
    if (!Model) {
      Model.emplace(Function, Known);
      Pending.emplace(*Model);
    }
    Location Loc = Csync.getLoc();
    if (!Splitter(Csync, *Model, Pending->before(Csync), Segment).split())
      continue;
    // The function is another one now.
    Pending.reset();
    Model.reset();
    ++Split;
    remark::passed(Loc, remark::RemarkOpts::name("Segments")
                            .category("copier")
                            .function(Function.getName()))
        << "csync split into segments";
  }
  return Split;
}

} // namespace copier
