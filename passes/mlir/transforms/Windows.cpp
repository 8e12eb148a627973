//===- Windows.cpp - Which rows of a memref an iteration touches ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads off loads, stores and transfers whose first index is the induction
// variable plus a constant. Everything else that conflicts is a no.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "transforms/Loops.h"

using namespace mlir;

namespace copier {

/// c, if the expression over the operands is the induction variable plus c.
static std::optional<int64_t> distance(AffineExpr Expr, ValueRange Operands,
                                       unsigned Dims, Value Induction) {
  int64_t Constant = 0;
  if (auto Sum = dyn_cast<AffineBinaryOpExpr>(Expr)) {
    auto Known = dyn_cast<AffineConstantExpr>(Sum.getRHS());
    if (Sum.getKind() != AffineExprKind::Add || !Known)
      return std::nullopt;
    Constant = Known.getValue();
    Expr = Sum.getLHS();
  }
  Value Operand;
  if (auto Dim = dyn_cast<AffineDimExpr>(Expr))
    Operand = Operands[Dim.getPosition()];
  else if (auto Symbol = dyn_cast<AffineSymbolExpr>(Expr))
    Operand = Operands[Dims + Symbol.getPosition()];
  return Operand == Induction ? std::optional<int64_t>(Constant) : std::nullopt;
}

static std::optional<int64_t> distance(Value Index, Value Induction) {
  if (Index == Induction)
    return 0;
  if (auto Sum = Index.getDefiningOp<arith::AddIOp>()) {
    if (Sum.getLhs() == Induction)
      return getConstantIntValue(Sum.getRhs());
    if (Sum.getRhs() == Induction)
      return getConstantIntValue(Sum.getLhs());
  }
  if (auto Difference = Index.getDefiningOp<arith::SubIOp>())
    if (Difference.getLhs() == Induction)
      if (auto Known = getConstantIntValue(Difference.getRhs()))
        return -*Known;
  if (auto Apply = Index.getDefiningOp<affine::AffineApplyOp>())
    return distance(Apply.getAffineMap().getResult(0), Apply.getMapOperands(),
                    Apply.getAffineMap().getNumDims(), Induction);
  return std::nullopt;
}

/// Adds to the window the rows of its memref that the operation touches; false
/// if they do not follow the induction variable.
static bool addRows(Operation *Op, Value Induction, RowWindow &Window) {
  std::optional<int64_t> Row;
  int64_t Extent = 1;
  auto affineRow = [&](AffineMap Map, ValueRange Operands) {
    return distance(Map.getResult(0), Operands, Map.getNumDims(), Induction);
  };
  if (auto Load = dyn_cast<memref::LoadOp>(Op)) {
    Row = distance(Load.getIndices().front(), Induction);
  } else if (auto Store = dyn_cast<memref::StoreOp>(Op)) {
    Row = distance(Store.getIndices().front(), Induction);
  } else if (auto Read = dyn_cast<affine::AffineReadOpInterface>(Op)) {
    if (isa<affine::AffineLoadOp>(Op))
      Row = affineRow(Read.getAffineMap(), Read.getMapOperands());
  } else if (auto Write = dyn_cast<affine::AffineWriteOpInterface>(Op)) {
    if (isa<affine::AffineStoreOp>(Op))
      Row = affineRow(Write.getAffineMap(), Write.getMapOperands());
  } else if (auto Vector = dyn_cast<vector::LoadOp>(Op)) {
    Row = distance(Vector.getIndices().front(), Induction);
    Extent = Vector.getIndices().size() == 1
                 ? Vector.getVectorType().getNumElements()
                 : 1;
    // A vector of more dimensions, or past a row's end, has more rows.
    if (Vector.getIndices().size() > 1)
      Row = std::nullopt;
  }
  if (!Row)
    return false;
  Window.include(*Row);
  Window.include(*Row + Extent - 1);
  return true;
}

std::optional<RowWindow> windowOf(Operation *Loop, Value Induction,
                                  Value MemRef, FunctionModel &Model,
                                  const State &Pending) {
  std::optional<RowWindow> Result;
  bool Fits = true;
  Loop->walk([&](Operation *Op) {
    if (Op == Loop || !Fits)
      return;
    std::optional<Accesses> Made = Model.accesses(Op);
    if (!Made) {
      Fits = false;
      return;
    }
    for (const Access &A : *Made)
      for (auto [Number, Copy] : llvm::enumerate(Model.sites())) {
        if (!Pending.isPending(Number) || !Model.conflict(A, Copy))
          continue;
        if (!Result)
          Result.emplace();
        Fits &= A.Memory == MemRef && addRows(Op, Induction, *Result);
      }
  });
  return Fits ? Result : std::nullopt;
}

} // namespace copier
