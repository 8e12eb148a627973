//===- Copier.cpp - Syntax and verifiers of the copier dialect ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What CopierOps.td cannot say: the rules of the verifiers and the syntax of a
// part of a memref. Canonicalizations are in Canonicalize.cpp.
//
//===----------------------------------------------------------------------===//

#include "dialect/Copier.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace copier {

void CopierDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialect/CopierOps.cpp.inc"
      >();
}

LogicalResult CopierDialect::verifyOperationAttribute(Operation *Op,
                                                      NamedAttribute Attr) {
  if (Attr.getName() != getCsyncsInsertedAttrName())
    return Op->emitOpError()
           << "has an unknown attribute of copier: " << Attr.getName();
  if (!isa<UnitAttr>(Attr.getValue()))
    return Op->emitOpError() << Attr.getName() << " must be a unit attribute";
  return success();
}

bool isCopyable(Type T) {
  auto MemRef = dyn_cast<MemRefType>(T);
  if (!MemRef || !MemRef.isStrided())
    return false;
  Attribute Space = MemRef.getMemorySpace();
  if (!Space)
    return true;
  auto Number = dyn_cast<IntegerAttr>(Space);
  return Number && Number.getValue().isZero();
}

Value viewRoot(Value Memory) {
  while (auto View = Memory.getDefiningOp<ViewLikeOpInterface>()) {
    if (View.getViewDest() != Memory)
      break;
    Memory = View.getViewSource();
  }
  return Memory;
}

static bool isAllocation(Value Root) {
  auto Op = Root.getDefiningOp<MemoryEffectOpInterface>();
  return Op && Op.getEffectOnValue<MemoryEffects::Allocate>(Root).has_value();
}

static bool isArgument(Value Root) {
  auto Argument = dyn_cast<BlockArgument>(Root);
  return Argument && Argument.getOwner()->isEntryBlock() &&
         isa<FunctionOpInterface>(Argument.getOwner()->getParentOp());
}

/// Whether the function's caller promises that nothing else names the argument.
static bool isUnaliased(Value Root) {
  if (!isArgument(Root))
    return false;
  auto Argument = cast<BlockArgument>(Root);
  auto Function = cast<FunctionOpInterface>(Argument.getOwner()->getParentOp());
  return Function.getArgAttr(Argument.getArgNumber(), "llvm.noalias") !=
         nullptr;
}

bool areDistinctObjects(Value Root, Value Other) {
  if (Root == Other)
    return false;
  auto Global = Root.getDefiningOp<memref::GetGlobalOp>();
  auto OtherGlobal = Other.getDefiningOp<memref::GetGlobalOp>();
  if (Global && OtherGlobal)
    return Global.getName() != OtherGlobal.getName();
  auto isOlder = [](Value V) {
    return isArgument(V) || V.getDefiningOp<memref::GetGlobalOp>();
  };
  if (isOlder(Root) && isOlder(Other))
    return isUnaliased(Root) || isUnaliased(Other);
  return isAllocation(Root) ? isAllocation(Other) || isOlder(Other)
                            : isAllocation(Other) && isOlder(Root);
}

/// The rule that all operands of the dialect share.
static LogicalResult verifyMemory(Operation *Op, Value MemRef) {
  if (isCopyable(MemRef.getType()))
    return success();
  return Op->emitOpError() << "works on the default memory space, not on "
                           << MemRef.getType();
}

LogicalResult AMemcpyOp::verify() {
  auto Source = cast<MemRefType>(getSource().getType());
  auto Target = cast<MemRefType>(getTarget().getType());
  if (failed(verifyMemory(*this, getSource())) ||
      failed(verifyMemory(*this, getTarget())))
    return failure();
  if (Source.getElementType() != Target.getElementType())
    return emitOpError() << "copies elements of " << Source.getElementType()
                         << " to elements of " << Target.getElementType();
  if (failed(verifyCompatibleShape(Source, Target)))
    return emitOpError() << "copies between different shapes, " << Source
                         << " and " << Target;
  if (std::optional<uint64_t> Segment = getSegment())
    if (int64_t(*Segment) <= 0 || !llvm::isPowerOf2_64(*Segment))
      return emitOpError() << "has a segment of " << int64_t(*Segment)
                           << " bytes, which is not a power of two";
  return success();
}

LogicalResult CsyncOp::verify() {
  if (failed(verifyMemory(*this, getMemref())))
    return failure();
  int64_t Rank = getMemRefType().getRank();
  if (!isWhole() && int64_t(getStaticOffsets().size()) != Rank)
    return emitOpError() << "names a part by " << getStaticOffsets().size()
                         << " dimensions of a memref of rank " << Rank;
  return success();
}

LogicalResult AbortOp::verify() { return verifyMemory(*this, getMemref()); }

void CsyncOp::build(OpBuilder &Builder, OperationState &State, Value MemRef) {
  ArrayRef<int64_t> None;
  build(Builder, State, MemRef, ValueRange(), ValueRange(), ValueRange(), None,
        None, None);
}

void CsyncOp::build(OpBuilder &Builder, OperationState &State, Value MemRef,
                    ArrayRef<OpFoldResult> Offsets,
                    ArrayRef<OpFoldResult> Sizes,
                    ArrayRef<OpFoldResult> Strides) {
  SmallVector<int64_t> StaticOffsets, StaticSizes, StaticStrides;
  SmallVector<Value> DynamicOffsets, DynamicSizes, DynamicStrides;
  dispatchIndexOpFoldResults(Offsets, DynamicOffsets, StaticOffsets);
  dispatchIndexOpFoldResults(Sizes, DynamicSizes, StaticSizes);
  dispatchIndexOpFoldResults(Strides, DynamicStrides, StaticStrides);
  build(Builder, State, MemRef, DynamicOffsets, DynamicSizes, DynamicStrides,
        StaticOffsets, StaticSizes, StaticStrides);
}

/// `[offsets] [sizes] [strides]`, or nothing for the whole.
static ParseResult
parsePart(OpAsmParser &Parser,
          SmallVectorImpl<OpAsmParser::UnresolvedOperand> &Offsets,
          SmallVectorImpl<OpAsmParser::UnresolvedOperand> &Sizes,
          SmallVectorImpl<OpAsmParser::UnresolvedOperand> &Strides,
          DenseI64ArrayAttr &StaticOffsets, DenseI64ArrayAttr &StaticSizes,
          DenseI64ArrayAttr &StaticStrides) {
  StaticOffsets = StaticSizes = StaticStrides =
      Parser.getBuilder().getDenseI64ArrayAttr({});
  SMLoc Where = Parser.getCurrentLocation();
  if (parseDynamicIndexList(Parser, Offsets, StaticOffsets, nullptr,
                            AsmParser::Delimiter::OptionalSquare))
    return failure();
  // A memref of rank zero has no parts.
  if (StaticOffsets.empty())
    return success();
  if (parseDynamicIndexList(Parser, Sizes, StaticSizes) ||
      parseDynamicIndexList(Parser, Strides, StaticStrides))
    return failure();
  if (StaticOffsets.size() != StaticSizes.size() ||
      StaticOffsets.size() != StaticStrides.size())
    return Parser.emitError(Where, "needs as many offsets as sizes as strides");
  return success();
}

static void printPart(OpAsmPrinter &Printer, CsyncOp Op, OperandRange Offsets,
                      OperandRange Sizes, OperandRange Strides,
                      DenseI64ArrayAttr StaticOffsets,
                      DenseI64ArrayAttr StaticSizes,
                      DenseI64ArrayAttr StaticStrides) {
  if (StaticOffsets.empty())
    return;
  printDynamicIndexList(Printer, Op, Offsets, StaticOffsets.asArrayRef());
  Printer << ' ';
  printDynamicIndexList(Printer, Op, Sizes, StaticSizes.asArrayRef());
  Printer << ' ';
  printDynamicIndexList(Printer, Op, Strides, StaticStrides.asArrayRef());
}

} // namespace copier

#include "dialect/CopierDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialect/CopierOps.cpp.inc"
