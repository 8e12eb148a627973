//===- Access.cpp - What an operation does to memory ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's alias analysis compares underlying objects; here are added the objects
// that it does not tell apart, and parts of one object at constant offsets.
//
//===----------------------------------------------------------------------===//

#include "analysis/Access.h"
#include "analysis/EntryCalls.h"
#include "dialect/Copier.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace copier {

/// What makes memory visible to other threads, or leaves the world of memrefs:
/// everything has to be complete before.
static bool publishes(Operation *Op) {
  return isa<memref::AtomicRMWOp, memref::GenericAtomicRMWOp,
             bufferization::ToTensorOp, bufferization::ToBufferOp,
             bufferization::CloneOp>(Op);
}

static Access accessOf(const MemoryEffects::EffectInstance &Effect) {
  Access Result;
  Result.Memory = Effect.getValue();
  Result.Reads = isa<MemoryEffects::Read>(Effect.getEffect());
  Result.Writes = isa<MemoryEffects::Write>(Effect.getEffect());
  Result.Frees = isa<MemoryEffects::Free>(Effect.getEffect());
  return Result;
}

/// What the operation does without what is in its regions.
static std::optional<Accesses> ownAccesses(Operation *Op) {
  Accesses Result;
  if (isa<AMemcpyOp, CsyncOp, CsyncAllOp, AbortOp>(Op) || entryCall(Op))
    return Result;
  if (publishes(Op))
    return std::nullopt;
  if (isa<LLVM::LifetimeStartOp, LLVM::LifetimeEndOp>(Op)) {
    Result.push_back({Op->getOperand(0), nullptr, false, false, true});
    return Result;
  }
  if (auto Effects = dyn_cast<MemoryEffectOpInterface>(Op)) {
    SmallVector<MemoryEffects::EffectInstance> Instances;
    Effects.getEffects(Instances);
    for (const MemoryEffects::EffectInstance &Effect : Instances)
      if (!isa<MemoryEffects::Allocate>(Effect.getEffect()))
        Result.push_back(accessOf(Effect));
    return Result;
  }
  if (isa<RegionBranchOpInterface>(Op) ||
      Op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
      Op->hasTrait<OpTrait::IsTerminator>())
    return Result;
  return std::nullopt;
}

std::optional<Accesses> accessesOf(Operation *Op) {
  std::optional<Accesses> Result = ownAccesses(Op);
  if (!Result || isa<RegionBranchOpInterface>(Op))
    return Result;
  // Regions that no control flow is known of: their accesses are the
  // operation's, and a call in there is as good as unknown.
  WalkResult Known = Op->walk([&](Operation *Inner) {
    if (Inner == Op)
      return WalkResult::advance();
    std::optional<Accesses> More =
        isa<CallOpInterface>(Inner) ? std::nullopt : ownAccesses(Inner);
    if (!More)
      return WalkResult::interrupt();
    Result->append(More->begin(), More->end());
    return WalkResult::advance();
  });
  return Known.wasInterrupted() ? std::nullopt : Result;
}

Value containingMemory(Value Memory) {
  Operation *Op = Memory.getDefiningOp();
  if (isa_and_present<memref::SubViewOp, memref::CastOp, memref::ViewOp,
                      memref::CollapseShapeOp, memref::ExpandShapeOp,
                      memref::TransposeOp>(Op))
    return cast<ViewLikeOpInterface>(Op).getViewSource();
  return nullptr;
}

bool covers(Value Outer, Value Inner) {
  for (Value V = Inner; V; V = containingMemory(V))
    if (V == Outer)
      return true;
  return false;
}

bool isComputedOnce(Value V, Operation *Scope) {
  for (Block *B = V.getParentBlock(); B; B = B->getParentOp()->getBlock()) {
    if (!B->isEntryBlock())
      return false; // It may be part of a cycle.
    Operation *Parent = B->getParentOp();
    if (Parent == Scope)
      return true;
    if (!isa<scf::IfOp, scf::IndexSwitchOp, scf::ExecuteRegionOp,
             affine::AffineIfOp, memref::AllocaScopeOp>(Parent))
      return false;
  }
  return false;
}

/// Elements [Begin, End) that a memref of constant layout reaches, counted from
/// the beginning of the object that it is a view of.
struct Interval {
  int64_t Begin, End;
};

static std::optional<Interval> intervalOf(Value Memory) {
  auto Type = dyn_cast<MemRefType>(Memory.getType());
  if (!Type || !Type.hasStaticShape())
    return std::nullopt;
  SmallVector<int64_t> Strides;
  int64_t Offset;
  if (failed(Type.getStridesAndOffset(Strides, Offset)) ||
      ShapedType::isDynamic(Offset))
    return std::nullopt;
  int64_t Last = Offset;
  for (auto [Stride, Size] : llvm::zip(Strides, Type.getShape())) {
    if (Size == 0)
      return Interval{Offset, Offset};
    if (ShapedType::isDynamic(Stride) || Stride < 0)
      return std::nullopt;
    Last += Stride * (Size - 1);
  }
  return Interval{Offset, Last + 1};
}

/// The object whose beginning offsets in the memref's type are counted from.
static Value baseOf(Value Memory) {
  while (isa_and_present<memref::SubViewOp, memref::CastOp,
                         memref::CollapseShapeOp, memref::ExpandShapeOp>(
      Memory.getDefiningOp()))
    Memory = containingMemory(Memory);
  return Memory;
}

static bool hasFixedBase(Value Base) {
  if (auto Argument = dyn_cast<BlockArgument>(Base))
    return isa<FunctionOpInterface>(Argument.getOwner()->getParentOp()) &&
           Argument.getOwner()->isEntryBlock();
  return isa<memref::AllocOp, memref::AllocaOp, memref::GetGlobalOp>(
      Base.getDefiningOp());
}

static bool areDisjointParts(Value A, Value B) {
  auto TypeA = dyn_cast<MemRefType>(A.getType());
  auto TypeB = dyn_cast<MemRefType>(B.getType());
  if (!TypeA || !TypeB || TypeA.getElementType() != TypeB.getElementType() ||
      baseOf(A) != baseOf(B))
    return false;
  std::optional<Interval> IntervalA = intervalOf(A), IntervalB = intervalOf(B);
  // The same base in another iteration is either the same memory or an object
  // of its own. What else defines a memref may give a shifted view.
  return IntervalA && IntervalB && hasFixedBase(baseOf(A)) &&
         (IntervalA->End <= IntervalB->Begin ||
          IntervalB->End <= IntervalA->Begin);
}

bool Memory::mayShareObject(Value A, Value B) {
  return !areDistinctObjects(viewRoot(A), viewRoot(B)) &&
         !Aliases.alias(A, B).isNo();
}

bool Memory::mayOverlap(Value A, Value B) {
  return mayShareObject(A, B) && !areDisjointParts(A, B);
}

} // namespace copier
