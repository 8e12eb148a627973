//===- Model.cpp - Sites, conflicts and what completes copies -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The transfer function of the dataflow. In the world of memrefs a csync names
// what is accessed, never what was copied: that value is at hand where the
// access is, and the csync is right whichever execution of whichever site is
// pending. Only at ends of life is it the other way round.
//
//===----------------------------------------------------------------------===//

#include "analysis/EntryCalls.h"
#include "analysis/Pending.h"
#include "dialect/Copier.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

using namespace mlir;

namespace copier {

StringRef conflictText(Conflict Why) {
  switch (Why) {
  case Conflict::TargetRead:
    return "target read";
  case Conflict::TargetWrite:
    return "target write";
  case Conflict::SourceWrite:
    return "source write";
  case Conflict::EndOfLife:
    return "end of life";
  case Conflict::ScopeEnd:
    return "end of an allocation scope";
  case Conflict::Return:
    return "return";
  case Conflict::Unknown:
    return "unknown effects";
  }
  llvm_unreachable("not a conflict");
}

FunctionModel::FunctionModel(FunctionOpInterface F, const Summaries &AllKnown)
    : Function(F), Known(AllKnown), Memories(F), Dominance(F) {
  Function->walk([&](Operation *Op) {
    addSites(Op);
    auto Effects = dyn_cast<MemoryEffectOpInterface>(Op);
    if (!Effects)
      return;
    for (Value Result : Op->getResults()) {
      auto Made = Effects.getEffectOnValue<MemoryEffects::Allocate>(Result);
      if (Made && isa<SideEffects::AutomaticAllocationScopeResource>(
                      Made->getResource()))
        Allocas.push_back(Result);
    }
  });
}

void FunctionModel::addSites(Operation *Op) {
  auto add = [&](Value Source, Value Target, Value Size) {
    SitesOf[Op].push_back(Sites.size());
    Sites.push_back({Op, Source, Target, Size});
  };
  if (auto Copy = dyn_cast<AMemcpyOp>(Op))
    return add(Copy.getSource(), Copy.getTarget(), nullptr);
  if (entryCall(Op) == EntryCall::Copy)
    return add(Op->getOperand(1), Op->getOperand(0), Op->getOperand(2));
  auto Call = dyn_cast<CallOpInterface>(Op);
  const Summary *Callee = Call ? Known.lookup(Call) : nullptr;
  if (!Callee || !Callee->LeavesPending)
    return;
  auto valueOf = [&](const Interface &I) -> Value {
    return I.IsResult ? Value(Op->getResult(I.Number))
                      : Value(Call.getArgOperands()[I.Number]);
  };
  for (const ExitCopy &Copy : Callee->Pending)
    add(valueOf(Copy.Source), valueOf(Copy.Target), nullptr);
}

bool FunctionModel::submits(Operation *Op) const {
  return llvm::any_of(
      Sites, [&](const Site &Copy) { return Op->isAncestor(Copy.Op); });
}

std::optional<Interface> interfaceOf(Value Memory,
                                     FunctionOpInterface Function) {
  Value Root = viewRoot(Memory);
  if (!covers(Root, Memory))
    return std::nullopt; // A view that may leave what the caller knows.
  auto Argument = dyn_cast<BlockArgument>(Root);
  if (Argument && Argument.getOwner() == &Function.front())
    return Interface{false, Argument.getArgNumber()};
  std::optional<Interface> Result;
  unsigned Returns = 0;
  for (Block &B : Function.getFunctionBody()) {
    Operation *Terminator = B.getTerminator();
    if (!Terminator->hasTrait<OpTrait::ReturnLike>())
      continue;
    ++Returns;
    for (OpOperand &Operand : Terminator->getOpOperands())
      if (Operand.get() == Root)
        Result = Interface{true, Operand.getOperandNumber()};
  }
  return Returns == 1 ? Result : std::nullopt;
}

std::optional<Accesses> FunctionModel::accesses(Operation *Op) const {
  auto Call = dyn_cast<CallOpInterface>(Op);
  if (!Call || entryCall(Op))
    return accessesOf(Op);
  const Summary *Callee = Known.lookup(Call);
  if (!Callee || Callee->Unknown)
    return std::nullopt;
  Accesses Result;
  for (auto [Effect, Operand] :
       llvm::zip(Callee->Arguments, Call.getArgOperands())) {
    if (!Effect.Reads && !Effect.Writes && !Effect.Frees)
      continue;
    Result.push_back(Effect);
    Result.back().Memory = Operand;
  }
  for (const auto &[Name, Effect] : Callee->Globals)
    Result.push_back(Effect);
  return Result;
}

/// Whether a memref may be, or be part of, a global.
static bool mayBeGlobal(Value Memory, StringAttr Name) {
  Value Root = viewRoot(Memory);
  if (auto Global = Root.getDefiningOp<memref::GetGlobalOp>())
    return Global.getNameAttr().getAttr() == Name;
  return !Root.getDefiningOp<memref::AllocOp>() &&
         !Root.getDefiningOp<memref::AllocaOp>();
}

std::optional<Conflict> FunctionModel::conflict(const Access &A,
                                                const Site &Copy) {
  auto meets = [&](Value Copied) {
    if (A.Global)
      return mayBeGlobal(Copied, A.Global);
    return !A.Memory || Memories.mayOverlap(A.Memory, Copied);
  };
  auto sharesObject = [&](Value Copied) {
    return A.Memory ? Memories.mayShareObject(A.Memory, Copied) : meets(Copied);
  };
  if (A.Frees && (sharesObject(Copy.Target) || sharesObject(Copy.Source)))
    return Conflict::EndOfLife;
  if ((A.Reads || A.Writes) && meets(Copy.Target))
    return A.Writes ? Conflict::TargetWrite : Conflict::TargetRead;
  if (A.Writes && meets(Copy.Source))
    return Conflict::SourceWrite;
  return std::nullopt;
}

bool FunctionModel::isValid(Value V, unsigned Site, Operation *At,
                            const State &S) {
  if (!Dominance.properlyDominates(V, At))
    return false;
  return isComputedOnce(V, Function) ||
         (!S.Older[Site] && Dominance.properlyDominates(Sites[Site].Op, At));
}

Need FunctionModel::needOfSite(unsigned Number, Operation *At, Conflict Why,
                               const State &S) {
  Need Result{At, nullptr, std::nullopt, Why, {Number}};
  const Site &Copy = Sites[Number];
  if (Copy.Size) {
    if (isValid(Copy.Target, Number, At, S) &&
        isValid(Copy.Size, Number, At, S))
      Result.Site = Number;
    return Result;
  }
  for (Value V = Copy.Target; V; V = containingMemory(V))
    if (isCopyable(V.getType()) && isValid(V, Number, At, S)) {
      Result.Memory = V;
      break;
    }
  return Result;
}

/// Adds a need unless an equal one is there, which then is for its sites too.
static void addNeed(Need New, SmallVectorImpl<Need> &Needs) {
  for (Need &Old : Needs)
    if (Old.isAll() || (Old.Memory == New.Memory && Old.Site == New.Site)) {
      for (unsigned Site : New.Sites)
        if (!llvm::is_contained(Old.Sites, Site))
          Old.Sites.push_back(Site);
      return;
    }
  if (New.isAll()) {
    // One wait for everything is better than it and others.
    for (const Need &Old : Needs)
      New.Sites.append(Old.Sites);
    Needs.clear();
  }
  Needs.push_back(std::move(New));
}

void FunctionModel::needsOfAccesses(Operation *Op, const Accesses &Made,
                                    const State &S,
                                    SmallVectorImpl<Need> &Result) {
  for (const Access &A : Made)
    for (unsigned Number = 0; Number < Sites.size(); ++Number) {
      if (!S.isPending(Number))
        continue;
      std::optional<Conflict> Why = conflict(A, Sites[Number]);
      if (!Why)
        continue;
      if (A.Memory && isCopyable(A.Memory.getType()))
        addNeed({Op, A.Memory, std::nullopt, *Why, {Number}}, Result);
      else
        addNeed(needOfSite(Number, Op, *Why, S), Result);
    }
}

void FunctionModel::needsOfScopeEnd(Operation *Op, const State &S,
                                    SmallVectorImpl<Need> &Result) {
  Operation *Scope = Op->getParentOp();
  for (Value Alloca : Allocas) {
    Operation *Owner = Alloca.getDefiningOp();
    if (!Owner ||
        Owner->getParentWithTrait<OpTrait::AutomaticAllocationScope>() != Scope)
      continue;
    for (unsigned Number = 0; Number < Sites.size(); ++Number) {
      const Site &Copy = Sites[Number];
      if (!S.isPending(Number) ||
          !(Memories.mayShareObject(Alloca, Copy.Target) ||
            Memories.mayShareObject(Alloca, Copy.Source)))
        continue;
      // The name is good for all that the scope has copied if it is computed
      // once in there.
      bool Named = isCopyable(Alloca.getType()) &&
                   isComputedOnce(Alloca, Scope) &&
                   Dominance.properlyDominates(Alloca, Op);
      addNeed({Op,
               Named ? Alloca : Value(),
               std::nullopt,
               Conflict::ScopeEnd,
               {Number}},
              Result);
    }
  }
}

void FunctionModel::needsOfReturn(Operation *Op, const State &S,
                                  SmallVectorImpl<Need> &Result) {
  bool Hands = Op->getParentOp() == Function && leavesPending();
  for (unsigned Number = 0; Number < Sites.size(); ++Number) {
    if (!S.isPending(Number))
      continue;
    const Site &Copy = Sites[Number];
    if (!Hands || Copy.Size || !interfaceOf(Copy.Source, Function) ||
        !interfaceOf(Copy.Target, Function))
      addNeed(needOfSite(Number, Op, Conflict::Return, S), Result);
  }
}

/// Whether control that leaves by this terminator leaves what the dataflow
/// follows: the function, or a region that no control flow is known of.
static bool leavesFlow(Operation *Op, Operation *Function) {
  if (!Op->hasTrait<OpTrait::IsTerminator>() || Op->getNumSuccessors())
    return false;
  Operation *Parent = Op->getParentOp();
  return Parent == Function || !isa<RegionBranchOpInterface>(Parent);
}

SmallVector<Need, 2> FunctionModel::needs(Operation *Op, const State &S) {
  SmallVector<Need, 2> Result;
  if (!S.any())
    return Result;
  std::optional<Accesses> Made = accesses(Op);
  if (!Made) {
    Need All{Op, nullptr, std::nullopt, Conflict::Unknown, {}};
    for (unsigned Number = 0; Number < Sites.size(); ++Number)
      if (S.isPending(Number))
        All.Sites.push_back(Number);
    Result.push_back(All);
    return Result;
  }
  needsOfAccesses(Op, *Made, S, Result);
  if (leavesFlow(Op, Function))
    needsOfReturn(Op, S, Result);
  else if (Op->hasTrait<OpTrait::IsTerminator>() && !Op->getNumSuccessors() &&
           Op->getParentOp()->hasTrait<OpTrait::AutomaticAllocationScope>())
    needsOfScopeEnd(Op, S, Result);
  return Result;
}

/// What a wait for all of \p Memory at \p At completes.
void FunctionModel::complete(Value Memory, Operation *At, bool WithSources,
                             State &S) {
  bool Once = isComputedOnce(Memory, Function);
  for (unsigned Number = 0; Number < Sites.size(); ++Number) {
    const Site &Copy = Sites[Number];
    if (!S.isPending(Number) || !(covers(Memory, Copy.Target) ||
                                  (WithSources && covers(Memory, Copy.Source))))
      continue;
    if (Once)
      S.Older.reset(Number);
    // A site that dominates has been executed since the memref was computed.
    if (Once || Dominance.properlyDominates(Copy.Op, At))
      S.Latest.reset(Number);
  }
}

void FunctionModel::applyNeed(const Need &N, State &S) {
  if (N.isAll()) {
    S.Latest.reset();
    S.Older.reset();
    return;
  }
  if (N.Memory)
    complete(N.Memory, N.Before, /*WithSources=*/true, S);
  for (unsigned Number : N.Sites) {
    bool Whole = N.Why == Conflict::ScopeEnd &&
                 (covers(N.Memory, Sites[Number].Target) ||
                  covers(N.Memory, Sites[Number].Source));
    if (Whole || N.Site == Number) {
      S.Latest.reset(Number);
      S.Older.reset(Number);
    }
  }
}

void FunctionModel::applyWait(Operation *Op, State &S) {
  if (auto Csync = dyn_cast<CsyncOp>(Op)) {
    if (Csync.isWhole())
      complete(Csync.getMemref(), Op, /*WithSources=*/true, S);
  } else if (auto Abort = dyn_cast<AbortOp>(Op)) {
    complete(Abort.getMemref(), Op, /*WithSources=*/false, S);
  } else if (isa<CsyncAllOp>(Op) || entryCall(Op) == EntryCall::CsyncAll) {
    S.Latest.reset();
    S.Older.reset();
  } else if (entryCall(Op) == EntryCall::Csync) {
    for (unsigned Number = 0; Number < Sites.size(); ++Number)
      if (S.isPending(Number) && Sites[Number].Target == Op->getOperand(0) &&
          Sites[Number].Size == Op->getOperand(1) &&
          isValid(Op->getOperand(0), Number, Op, S) &&
          isValid(Op->getOperand(1), Number, Op, S)) {
        S.Latest.reset(Number);
        S.Older.reset(Number);
      }
  }
}

void FunctionModel::transfer(Operation *Op, State &S) {
  for (const Need &N : needs(Op, S))
    applyNeed(N, S);
  applyWait(Op, S);
  auto Submitted = SitesOf.find(Op);
  if (Submitted == SitesOf.end())
    return;
  for (unsigned Number : Submitted->second) {
    if (S.Latest[Number])
      S.Older.set(Number);
    S.Latest.set(Number);
  }
}

} // namespace copier
