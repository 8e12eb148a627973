//===- EntryPoints.cpp - libcopier in a module ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// No declaration gets an attribute but nounwind. amemcpy and csync touch any
// memory and keep what they are given; where anything less was said, the
// optimizer deleted copies and moved stores across csyncs (docs/copiergen.md).
//
//===----------------------------------------------------------------------===//

#include "copier-gen/EntryPoints.h"
#include "copier/entry_points.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace copier {

EntryPoints::EntryPoints(Module &Mod)
    : M(Mod), Void(Type::getVoidTy(M.getContext())),
      Pointer(PointerType::getUnqual(M.getContext())),
      SizeType(Type::getInt64Ty(M.getContext())) {}

std::string EntryPoints::whyUnusable() const {
  for (StringRef Name :
       {COPIER_SYMBOL_AMEMCPY, COPIER_SYMBOL_AMEMMOVE, COPIER_SYMBOL_CSYNC,
        COPIER_SYMBOL_CSYNC_ALL, COPIER_SYMBOL_GUARD, COPIER_SYMBOL_MEMCPY,
        COPIER_SYMBOL_MEMMOVE, COPIER_SYMBOL_PENDING, COPIER_SYMBOL_MIN_SIZE})
    if (const GlobalValue *Taken = M.getNamedValue(Name))
      if (!Taken->isDeclaration())
        return ("the module defines " + Name).str();
  return "";
}

FunctionCallee EntryPoints::function(StringRef Name, Type *Result,
                                     ArrayRef<Type *> Parameters) {
  FunctionCallee Callee = M.getOrInsertFunction(
      Name, FunctionType::get(Result, Parameters, /*isVarArg=*/false));
  if (auto *F = dyn_cast<Function>(Callee.getCallee()))
    F->setDoesNotThrow();
  return Callee;
}

GlobalVariable *EntryPoints::variable(StringRef Name) {
  if (GlobalVariable *Known = M.getGlobalVariable(Name))
    return Known;
  return new GlobalVariable(M, SizeType, /*isConstant=*/false,
                            GlobalValue::ExternalLinkage, nullptr, Name);
}

Value *EntryPoints::size(IRBuilderBase &B, const CopySite &Site) {
  return B.CreateZExtOrTrunc(Site.Size, SizeType);
}

/// Private, null-terminated, once per module.
Constant *EntryPoints::string(StringRef Text) {
  Constant *&Known = Strings[Text];
  if (!Known) {
    Constant *Bytes = ConstantDataArray::getString(M.getContext(), Text);
    auto *Global = new GlobalVariable(M, Bytes->getType(), /*isConstant=*/true,
                                      GlobalValue::PrivateLinkage, Bytes,
                                      ".copier.string");
    Global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    Global->setAlignment(Align(1));
    Known = Global;
  }
  return Known;
}

/// A struct copier_site.
Constant *EntryPoints::site(const CopySite &Site) {
  SourcePlace Place = sourcePlace(*Site.Call);
  Type *Int32 = Type::getInt32Ty(M.getContext());
  Constant *Value =
      ConstantStruct::getAnon({string(Place.File), string(Place.Function),
                               ConstantInt::get(Int32, Place.Line),
                               ConstantInt::get(Int32, Place.Column),
                               ConstantPointerNull::get(Pointer)});
  auto *Global =
      new GlobalVariable(M, Value->getType(), /*isConstant=*/false,
                         GlobalValue::PrivateLinkage, Value, ".copier.site");
  Global->setAlignment(Align(8));
  return Global;
}

CallInst *EntryPoints::createCopy(IRBuilderBase &B, const CopySite &Site) {
  return createCopy(
      B, Site, Site.isMove() ? COPIER_SYMBOL_AMEMMOVE : COPIER_SYMBOL_AMEMCPY);
}

CallInst *EntryPoints::createCopyAtOnce(IRBuilderBase &B,
                                        const CopySite &Site) {
  return createCopy(
      B, Site, Site.isMove() ? COPIER_SYMBOL_MEMMOVE : COPIER_SYMBOL_MEMCPY);
}

CallInst *EntryPoints::createCopy(IRBuilderBase &B, const CopySite &Site,
                                  StringRef Name) {
  return B.CreateCall(
      function(Name, Pointer, {Pointer, Pointer, SizeType, Pointer}),
      {Site.Destination, Site.Source, size(B, Site), site(Site)});
}

CallInst *EntryPoints::createSync(IRBuilderBase &B, const CopySite &Site) {
  return B.CreateCall(function(COPIER_SYMBOL_CSYNC, Void, {Pointer, SizeType}),
                      {Site.Destination, size(B, Site)});
}

CallInst *EntryPoints::createGuard(IRBuilderBase &B, Value *Start,
                                   Value *Size) {
  return B.CreateCall(function(COPIER_SYMBOL_GUARD, Void, {Pointer, SizeType}),
                      {Start, B.CreateZExtOrTrunc(Size, SizeType)});
}

CallInst *EntryPoints::createSyncAll(IRBuilderBase &B) {
  return B.CreateCall(function(COPIER_SYMBOL_CSYNC_ALL, Void, {}));
}

Value *EntryPoints::createIsPending(IRBuilderBase &B) {
  // The lower half of the first word of struct copier_pending.
  LoadInst *Pending = B.CreateAlignedLoad(
      B.getInt32Ty(), variable(COPIER_SYMBOL_PENDING), Align(8));
  // What the program reads next must not be read before.
  Pending->setAtomic(AtomicOrdering::Acquire);
  return B.CreateIsNotNull(Pending);
}

Value *EntryPoints::createIsLarge(IRBuilderBase &B, const CopySite &Site) {
  LoadInst *MinSize =
      B.CreateAlignedLoad(SizeType, variable(COPIER_SYMBOL_MIN_SIZE), Align(8));
  MinSize->setAtomic(AtomicOrdering::Monotonic);
  return B.CreateICmpUGE(size(B, Site), MinSize);
}

} // namespace copier
