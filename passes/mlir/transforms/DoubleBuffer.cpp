//===- DoubleBuffer.cpp - Copying the next tile while computing -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   for i { copy tile(i) -> b; compute b }
// becomes
//   copy tile(0) -> b0; for i { copy tile(i+1) -> b1; compute b0; swap }
//
// MLIR doubles the buffer; here is decided where that is right and pays, and
// the copies are moved one iteration ahead. No csync may be there yet.
//
//===----------------------------------------------------------------------===//

#include "analysis/Work.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "transforms/Loops.h"

using namespace mlir;

namespace copier {
namespace {

/// A loop that copies a tile into a buffer of its own in each iteration.
class TiledCopy {
public:
  TiledCopy(AMemcpyOp TheCopy, FunctionModel &TheModel)
      : Copy(TheCopy), Model(TheModel) {}

  /// Whether the next tile may be copied ahead, and there is work beside it.
  bool matches() {
    Loop = dyn_cast<LoopLikeOpInterface>(Copy->getParentOp());
    if (!Loop || !isa<scf::ForOp, affine::AffineForOp>(Loop))
      return false;
    Lower = Loop.getSingleLowerBound();
    Upper = Loop.getSingleUpperBound();
    Step = Loop.getSingleStep();
    if (!Lower || !Upper || !Step || !hasWork())
      return false;
    return isBufferOfLoop() && isSourceConstant() && collectAddress();
  }

  void transform() {
    IRRewriter Rewriter(Copy->getContext());
    Rewriter.setInsertionPoint(Buffer);
    FailureOr<memref::AllocOp> Doubled =
        memref::multiBuffer(Rewriter, Buffer, 2, /*skipOverrideAnalysis=*/true);
    if (failed(Doubled))
      return;
    Done = true;
    Address.clear();
    collectAddress();
    // The first tile, if there is one.
    Rewriter.setInsertionPoint(Loop);
    submit(Rewriter, *Lower);
    // The tile after this.
    Rewriter.setInsertionPoint(Copy);
    AffineExpr Induction, By;
    bindDims(Rewriter.getContext(), Induction);
    bindSymbols(Rewriter.getContext(), By);
    submit(Rewriter,
           affine::makeComposedFoldedAffineApply(
               Rewriter, Copy.getLoc(), Induction + By, {induction(), *Step}));
    Rewriter.eraseOp(Copy);
  }

  bool isDone() const { return Done; }

private:
  OpFoldResult induction() { return Loop.getSingleInductionVar().value(); }

  bool hasWork() {
    return llvm::any_of(*Copy->getBlock(), [&](Operation &Op) {
      return &Op != Copy && isWork(&Op);
    });
  }

  /// The buffer is the loop's alone, and each iteration fills what it uses
  /// before it uses it.
  bool isBufferOfLoop() {
    Buffer = viewRoot(Copy.getTarget()).getDefiningOp<memref::AllocOp>();
    if (!Buffer || Loop->isAncestor(Buffer) || isDoubled())
      return false;
    Value Filled = Copy.getTarget();
    for (Operation *User : Buffer->getUsers()) {
      if (isa<memref::DeallocOp>(User) && !Loop->isAncestor(User))
        continue;
      if (!Loop->isAncestor(User))
        return false;
      // Used by way of the view that is filled, or not at all.
      if (Filled != Buffer.getResult() && User != Filled.getDefiningOp())
        return false;
    }
    return llvm::all_of(Filled.getUsers(), [&](Operation *User) {
      if (!Loop->isAncestor(User))
        return isa<memref::DeallocOp>(User);
      Operation *InBody = Copy->getBlock()->findAncestorOpInBlock(*User);
      return InBody && (InBody == Copy || Copy->isBeforeInBlock(InBody));
    });
  }

  /// The buffer of an earlier round is recognized by its parts.
  bool isDoubled() {
    return llvm::any_of(Buffer->getUsers(), [&](Operation *User) {
      auto Part = dyn_cast<memref::SubViewOp>(User);
      return Part && Part.getType().getRank() < Buffer.getType().getRank();
    });
  }

  /// Nothing in the loop writes or frees what is copied.
  bool isSourceConstant() {
    Site AsSite{Copy, Copy.getSource(), Copy.getTarget(), nullptr};
    return !Loop->walk([&](Operation *Op) {
                  std::optional<Accesses> Made = Model.accesses(Op);
                  if (!Made || Model.callsSubmitter(Op))
                    return WalkResult::interrupt();
                  for (Access A : *Made) {
                    A.Reads = false;
                    std::optional<Conflict> Why = Model.conflict(A, AsSite);
                    if (Why == Conflict::SourceWrite ||
                        Why == Conflict::EndOfLife ||
                        (Why == Conflict::TargetWrite && !A.Memory))
                      return WalkResult::interrupt();
                    if (Why && A.Writes &&
                        Model.mayOverlap(A.Memory, Copy.getSource()))
                      return WalkResult::interrupt();
                  }
                  auto Other = dyn_cast<AMemcpyOp>(Op);
                  return Other && Model.mayOverlap(Other.getTarget(),
                                                   Copy.getSource())
                             ? WalkResult::interrupt()
                             : WalkResult::advance();
                })
                .wasInterrupted();
  }

  /// What the copy's operands are computed by in the loop's body, in order;
  /// false if that is more than arithmetic on the induction variable.
  bool collectAddress() {
    SmallVector<Value> Todo(Copy->getOperands());
    DenseSet<Operation *> Needed;
    while (!Todo.empty()) {
      Value V = Todo.pop_back_val();
      Operation *Op = V.getDefiningOp();
      if (!Op) {
        // A block argument: of the loop itself, only the induction variable.
        if (V.getParentBlock() == Copy->getBlock() &&
            OpFoldResult(V) != induction())
          return false;
        continue;
      }
      if (Op->getBlock() != Copy->getBlock() || !Needed.insert(Op).second)
        continue;
      if (!isPure(Op) || Op->getNumRegions())
        return false;
      Todo.append(Op->operand_begin(), Op->operand_end());
    }
    for (Operation &Op : *Copy->getBlock())
      if (Needed.contains(&Op))
        Address.push_back(&Op);
    return true;
  }

  /// Submits the copy of the iteration \p Index, if the loop gets there.
  void submit(IRRewriter &Rewriter, OpFoldResult Index) {
    OpBuilder::InsertionGuard Guard(Rewriter);
    Location Loc = Copy.getLoc();
    Value At = getValueOrCreateConstantIndexOp(Rewriter, Loc, Index);
    Value End = getValueOrCreateConstantIndexOp(Rewriter, Loc, *Upper);
    Value Inside = arith::CmpIOp::create(Rewriter, Loc,
                                         arith::CmpIPredicate::slt, At, End);
    auto If = scf::IfOp::create(Rewriter, Loc, Inside, /*withElse=*/false);
    Rewriter.setInsertionPointToStart(If.thenBlock());
    IRMapping Map;
    Map.map(*Loop.getSingleInductionVar(), At);
    for (Operation *Op : Address)
      Rewriter.clone(*Op, Map);
    Rewriter.clone(*Copy, Map);
  }

  AMemcpyOp Copy;
  FunctionModel &Model;
  LoopLikeOpInterface Loop;
  memref::AllocOp Buffer;
  std::optional<OpFoldResult> Lower, Upper, Step;
  SmallVector<Operation *> Address;
  bool Done = false;
};

} // namespace

unsigned doubleBuffers(FunctionOpInterface Function, const Summaries &Known) {
  SmallVector<AMemcpyOp> Copies;
  Function->walk([&](AMemcpyOp Copy) { Copies.push_back(Copy); });
  unsigned Doubled = 0;
  for (AMemcpyOp Copy : Copies) {
    FunctionModel Model(Function, Known);
    TiledCopy Tiled(Copy, Model);
    if (!Tiled.matches())
      continue;
    Location Loc = Copy.getLoc();
    Tiled.transform();
    if (!Tiled.isDone())
      continue;
    ++Doubled;
    remark::passed(Loc, remark::RemarkOpts::name("DoubleBuffer")
                            .category("copier")
                            .function(Function.getName()))
        << "buffer doubled, the next tile is copied ahead";
  }
  return Doubled;
}

} // namespace copier
