//===- Summaries.cpp - What calls do to pending copies --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fixpoint over all functions, which begins with none doing anything; so
// recursion needs no case of its own. Everything in a summary only grows.
//
//===----------------------------------------------------------------------===//

#include "analysis/Summaries.h"
#include "analysis/EntryCalls.h"
#include "analysis/Pending.h"
#include "dialect/Copier.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace copier {

static bool joinAccess(Access &Into, const Access &From) {
  bool News = (From.Reads && !Into.Reads) || (From.Writes && !Into.Writes) ||
              (From.Frees && !Into.Frees);
  Into.Reads |= From.Reads;
  Into.Writes |= From.Writes;
  Into.Frees |= From.Frees;
  return News;
}

bool Summary::join(const Summary &Other) {
  bool News = (Other.Unknown && !Unknown) || (Other.Submits && !Submits);
  Unknown |= Other.Unknown;
  Submits |= Other.Submits;
  for (auto [Into, From] : llvm::zip(Arguments, Other.Arguments))
    News |= joinAccess(Into, From);
  for (const auto &[Name, From] : Other.Globals) {
    Access &Into = Globals[Name];
    Into.Global = Name;
    News |= joinAccess(Into, From);
  }
  for (const ExitCopy &Copy : Other.Pending)
    if (!llvm::is_contained(Pending, Copy)) {
      Pending.push_back(Copy);
      News = true;
    }
  return News;
}

Summaries::Summaries(Operation *TheRoot) : Root(TheRoot) {
  Root->walk([&](FunctionOpInterface Function) {
    if (!Function.isExternal() && !isHelper(Function.getName()))
      Functions[Function] = initial(Function);
  });
  for (bool News = true; News;) {
    News = false;
    for (auto &[Function, Known] : Functions)
      News |= Known.join(compute(cast<FunctionOpInterface>(Function)));
  }
}

Summary Summaries::initial(FunctionOpInterface Function) const {
  Summary Result;
  Result.Arguments.resize(Function.getNumArguments());
  if (SymbolTable::getSymbolVisibility(Function) !=
      SymbolTable::Visibility::Private)
    return Result;
  auto Uses = SymbolTable::getSymbolUses(Function.getOperation(), Root);
  Result.LeavesPending =
      Uses && llvm::all_of(*Uses, [](const SymbolTable::SymbolUse &Use) {
        return isa<CallOpInterface>(Use.getUser());
      });
  return Result;
}

const Summary *Summaries::lookup(CallOpInterface Call) const {
  Operation *Callee = Call.resolveCallableInTable(&Symbols);
  auto Found = Functions.find(Callee);
  return Found == Functions.end() ? nullptr : &Found->second;
}

const Summary &Summaries::of(FunctionOpInterface Function) const {
  return Functions.find(Function)->second;
}

/// Notes an access to what a value of the function names.
static void addAccess(const Access &A, FunctionOpInterface Function,
                      Summary &Result) {
  if (!A.Reads && !A.Writes && !A.Frees)
    return;
  if (A.Global) {
    Access &Into = Result.Globals[A.Global];
    Into.Global = A.Global;
    joinAccess(Into, A);
    return;
  }
  Value Root = A.Memory ? viewRoot(A.Memory) : nullptr;
  auto Argument = dyn_cast_if_present<BlockArgument>(Root);
  if (Argument && Argument.getOwner() == &Function.front()) {
    joinAccess(Result.Arguments[Argument.getArgNumber()], A);
    return;
  }
  Operation *Op = Root ? Root.getDefiningOp() : nullptr;
  if (auto Global = dyn_cast_if_present<memref::GetGlobalOp>(Op)) {
    Access Named = A;
    Named.Global = Global.getNameAttr().getAttr();
    addAccess(Named, Function, Result);
    return;
  }
  // What the function has allocated no caller has a copy pending in.
  auto Effects = dyn_cast_if_present<MemoryEffectOpInterface>(Op);
  if (Effects && Effects.getEffectOnValue<MemoryEffects::Allocate>(Root))
    return;
  Result.Unknown = true;
}

void Summaries::addEffects(Operation *Op, Summary &Result) const {
  auto Function = Op->getParentOfType<FunctionOpInterface>();
  auto Call = dyn_cast<CallOpInterface>(Op);
  if (isa<AMemcpyOp>(Op) || entryCall(Op) == EntryCall::Copy)
    Result.Submits = true;
  if (!Call || entryCall(Op)) {
    std::optional<Accesses> Made = accessesOf(Op);
    Result.Unknown |= !Made;
    for (const Access &A : Made.value_or(Accesses()))
      addAccess(A, Function, Result);
    return;
  }
  const Summary *Callee = lookup(Call);
  Result.Unknown |= !Callee || Callee->Unknown;
  if (!Callee)
    return;
  Result.Submits |= Callee->Submits;
  for (auto [Effect, Operand] :
       llvm::zip(Callee->Arguments, Call.getArgOperands())) {
    Access Here = Effect;
    Here.Memory = Operand;
    addAccess(Here, Function, Result);
  }
  for (const auto &[Name, Effect] : Callee->Globals)
    addAccess(Effect, Function, Result);
}

Summary Summaries::compute(FunctionOpInterface Function) const {
  Summary Result;
  Result.Arguments.resize(Function.getNumArguments());
  Function->walk([&](Operation *Op) {
    if (Op != Function)
      addEffects(Op, Result);
  });
  if (!of(Function).LeavesPending)
    return Result;
  FunctionModel Model(Function, *this);
  PendingCopies Pending(Model);
  for (Block &B : Function.getFunctionBody()) {
    if (!B.getTerminator()->hasTrait<OpTrait::ReturnLike>())
      continue;
    State S = Pending.before(B.getTerminator());
    Model.transfer(B.getTerminator(), S);
    for (unsigned Number = 0; Number < Model.sites().size(); ++Number) {
      const Site &Copy = Model.sites()[Number];
      auto Source = interfaceOf(Copy.Source, Function);
      auto Target = interfaceOf(Copy.Target, Function);
      if (S.isPending(Number) && Source && Target)
        Result.Pending.push_back({*Source, *Target});
    }
  }
  return Result;
}

} // namespace copier
