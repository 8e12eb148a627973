//===- EntryPoints.cpp - libcopier in a module of the LLVM dialect --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// No declaration gets an attribute but nounwind: amemcpy and csync touch any
// memory and keep what they are given (docs/copiergen.md says what went wrong
// where anything less was said).
//
//===----------------------------------------------------------------------===//

#include "lowering/EntryPoints.h"
#include "analysis/EntryCalls.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace copier {

static Type pointer(ModuleOp Module) {
  return LLVM::LLVMPointerType::get(Module.getContext());
}
static Type integer(ModuleOp Module, unsigned Bits) {
  return IntegerType::get(Module.getContext(), Bits);
}

EntryPoints::Function EntryPoints::declare(ModuleOp Module, StringRef Name,
                                           Type Result,
                                           ArrayRef<Type> Parameters) {
  auto Type = LLVM::LLVMFunctionType::get(Result, Parameters);
  if (Operation *Known = Module.lookupSymbol(Name)) {
    auto Function = dyn_cast<LLVM::LLVMFuncOp>(Known);
    if (Function && Function.getFunctionType() == Type)
      return Function;
    return Known->emitError() << "'" << Name
                              << "' is a symbol of libcopier, but here it is "
                                 "something else";
  }
  OpBuilder Builder(Module.getBodyRegion());
  auto Function =
      LLVM::LLVMFuncOp::create(Builder, Module.getLoc(), Name, Type);
  Function.setNoUnwind(true);
  return Function;
}

/// A function that LLVM always inlines; its body is still to be built if it has
/// only its entry block.
EntryPoints::Function EntryPoints::beginHelper(ModuleOp Module, StringRef Name,
                                               ArrayRef<Type> Parameters) {
  auto Void = LLVM::LLVMVoidType::get(Module.getContext());
  Function Helper = declare(Module, Name, Void, Parameters);
  if (failed(Helper) || !Helper->isExternal())
    return Helper;
  Helper->setLinkage(LLVM::Linkage::Internal);
  Helper->setAlwaysInline(true);
  OpBuilder Builder(Module.getContext());
  Helper->addEntryBlock(Builder);
  return Helper;
}

static bool isBuilt(LLVM::LLVMFuncOp Helper) {
  return !Helper.getBody().front().empty();
}

Value EntryPoints::loadCounter(OpBuilder &Builder, ModuleOp Module,
                               StringRef Name, unsigned Bits,
                               LLVM::AtomicOrdering Order) {
  Type Int64 = integer(Module, 64);
  auto Counter = Module.lookupSymbol<LLVM::GlobalOp>(Name);
  if (!Counter) {
    OpBuilder AtTop(Module.getBodyRegion());
    Counter = LLVM::GlobalOp::create(AtTop, Module.getLoc(), Int64,
                                     /*isConstant=*/false,
                                     LLVM::Linkage::External, Name,
                                     /*value=*/Attribute());
  }
  Location Loc = Module.getLoc();
  Value Address = LLVM::AddressOfOp::create(Builder, Loc, Counter);
  return LLVM::LoadOp::create(Builder, Loc, integer(Module, Bits), Address,
                              /*alignment=*/8,
                              /*isVolatile=*/false, /*isNonTemporal=*/false,
                              /*isInvariant=*/false,
                              /*isInvariantGroup=*/false, Order);
}

/// `if (condition) then; else otherwise; return` at the builder.
static void buildBranch(OpBuilder &Builder, LLVM::LLVMFuncOp Helper,
                        Value Condition,
                        llvm::function_ref<void(OpBuilder &)> Then,
                        llvm::function_ref<void(OpBuilder &)> Otherwise) {
  Location Loc = Helper.getLoc();
  Region &Body = Helper.getBody();
  Block *ThenBlock = Builder.createBlock(&Body);
  Block *OtherBlock = Builder.createBlock(&Body);
  Block *End = Builder.createBlock(&Body);
  Builder.setInsertionPointToEnd(Condition.getParentBlock());
  LLVM::CondBrOp::create(Builder, Loc, Condition, ThenBlock, OtherBlock);
  Builder.setInsertionPointToEnd(ThenBlock);
  Then(Builder);
  LLVM::BrOp::create(Builder, Loc, End);
  Builder.setInsertionPointToEnd(OtherBlock);
  Otherwise(Builder);
  LLVM::BrOp::create(Builder, Loc, End);
  Builder.setInsertionPointToEnd(End);
  LLVM::ReturnOp::create(Builder, Loc, ValueRange());
}

static Value isNotZero(OpBuilder &Builder, Value V) {
  Value Zero = LLVM::ConstantOp::create(Builder, V.getLoc(), V.getType(), 0);
  return LLVM::ICmpOp::create(Builder, V.getLoc(), LLVM::ICmpPredicate::ne, V,
                              Zero);
}

EntryPoints::Function EntryPoints::copy(ModuleOp Module, bool Hinted) {
  Type Pointer = pointer(Module), Int64 = integer(Module, 64);
  SmallVector<Type> Parameters{Pointer, Pointer, Int64, Pointer};
  if (Hinted)
    Parameters.append({integer(Module, 32), Int64});
  Function Callee = declare(
      Module, Hinted ? COPIER_SYMBOL_AMEMCPY_HINTED : COPIER_SYMBOL_AMEMCPY,
      Pointer, Parameters);
  Function Helper =
      beginHelper(Module, Hinted ? HintedCopyHelper : CopyHelper, Parameters);
  if (failed(Callee) || failed(Helper) || isBuilt(*Helper))
    return failed(Callee) ? Callee : Helper;

  Location Loc = Module.getLoc();
  Block &Entry = Helper->getBody().front();
  OpBuilder Builder = OpBuilder::atBlockEnd(&Entry);
  Value MinSize = loadCounter(Builder, Module, COPIER_SYMBOL_MIN_SIZE, 64,
                              LLVM::AtomicOrdering::monotonic);
  Value IsLarge = LLVM::ICmpOp::create(Builder, Loc, LLVM::ICmpPredicate::uge,
                                       Entry.getArgument(2), MinSize);
  // A plain memcpy must not pass a pending copy.
  Value Pending = loadCounter(Builder, Module, COPIER_SYMBOL_PENDING, 32,
                              LLVM::AtomicOrdering::acquire);
  Value Submit =
      LLVM::OrOp::create(Builder, Loc, IsLarge, isNotZero(Builder, Pending));
  buildBranch(
      Builder, *Helper, Submit,
      [&](OpBuilder &B) {
        LLVM::CallOp::create(B, Loc, *Callee, Entry.getArguments());
      },
      [&](OpBuilder &B) {
        LLVM::MemcpyOp::create(B, Loc, Entry.getArgument(0),
                               Entry.getArgument(1), Entry.getArgument(2),
                               /*isVolatile=*/false);
      });
  return Helper;
}

EntryPoints::Function EntryPoints::whenPending(ModuleOp Module, StringRef Name,
                                               StringRef Symbol) {
  SmallVector<Type> Parameters;
  if (Symbol != COPIER_SYMBOL_CSYNC_ALL)
    Parameters = {pointer(Module), integer(Module, 64)};
  Function Callee = declare(
      Module, Symbol, LLVM::LLVMVoidType::get(Module.getContext()), Parameters);
  Function Helper = beginHelper(Module, Name, Parameters);
  if (failed(Callee) || failed(Helper) || isBuilt(*Helper))
    return failed(Callee) ? Callee : Helper;
  Block &Entry = Helper->getBody().front();
  OpBuilder Builder = OpBuilder::atBlockEnd(&Entry);
  Value Pending = loadCounter(Builder, Module, COPIER_SYMBOL_PENDING, 32,
                              LLVM::AtomicOrdering::acquire);
  buildBranch(
      Builder, *Helper, isNotZero(Builder, Pending),
      [&](OpBuilder &B) {
        LLVM::CallOp::create(B, Module.getLoc(), *Callee, Entry.getArguments());
      },
      [](OpBuilder &) {});
  return Helper;
}

EntryPoints::Function EntryPoints::csync(ModuleOp Module) {
  return whenPending(Module, CsyncHelper, COPIER_SYMBOL_CSYNC);
}
EntryPoints::Function EntryPoints::csyncAll(ModuleOp Module) {
  return whenPending(Module, CsyncAllHelper, COPIER_SYMBOL_CSYNC_ALL);
}
EntryPoints::Function EntryPoints::abort(ModuleOp Module) {
  return whenPending(Module, AbortHelper, COPIER_SYMBOL_ABORT);
}

std::string EntryPoints::freshName(ModuleOp Module, StringRef Prefix) {
  std::string Name;
  do
    Name = (Prefix + Twine(Names++)).str();
  while (Module.lookupSymbol(Name));
  return Name;
}

LLVM::GlobalOp EntryPoints::string(ModuleOp Module, StringRef Text) {
  std::string &Name = Strings[Text];
  if (auto Known = Module.lookupSymbol<LLVM::GlobalOp>(Name))
    return Known;
  Name = freshName(Module, "copier.string.");
  std::string Bytes = (Text + StringRef("\0", 1)).str();
  auto Type = LLVM::LLVMArrayType::get(integer(Module, 8), Bytes.size());
  OpBuilder Builder(Module.getBodyRegion());
  return LLVM::GlobalOp::create(Builder, Module.getLoc(), Type,
                                /*isConstant=*/true, LLVM::Linkage::Internal,
                                Name, Builder.getStringAttr(Bytes));
}

Value EntryPoints::site(OpBuilder &Builder, Operation *Op) {
  auto Module = Op->getParentOfType<ModuleOp>();
  auto Place = Op->getLoc()->findInstanceOf<FileLineColLoc>();
  auto Owner = Op->getParentOfType<FunctionOpInterface>();
  LLVM::GlobalOp File =
      string(Module, Place ? Place.getFilename().getValue() : "<unknown>");
  LLVM::GlobalOp Function =
      string(Module, Owner ? Owner.getName() : "<unknown>");

  Location Loc = Op->getLoc();
  Type Pointer = pointer(Module), Int32 = integer(Module, 32);
  auto Type = LLVM::LLVMStructType::getLiteral(
      Module.getContext(), {Pointer, Pointer, Int32, Int32, Pointer});
  OpBuilder AtTop(Module.getBodyRegion());
  auto Global = LLVM::GlobalOp::create(
      AtTop, Loc, Type, /*isConstant=*/false, LLVM::Linkage::Internal,
      freshName(Module, "copier.site."), Attribute(), /*alignment=*/8);
  Block *Initializer = AtTop.createBlock(&Global.getInitializerRegion());
  AtTop.setInsertionPointToStart(Initializer);
  auto number = [&](unsigned N) -> Value {
    return LLVM::ConstantOp::create(AtTop, Loc, Int32, N);
  };
  Value Fields[] = {LLVM::AddressOfOp::create(AtTop, Loc, File),
                    LLVM::AddressOfOp::create(AtTop, Loc, Function),
                    number(Place ? Place.getLine() : 0),
                    number(Place ? Place.getColumn() : 0),
                    LLVM::ZeroOp::create(AtTop, Loc, Pointer)};
  Value Record = LLVM::UndefOp::create(AtTop, Loc, Type);
  for (auto [Index, Field] : llvm::enumerate(Fields))
    Record = LLVM::InsertValueOp::create(AtTop, Loc, Record, Field,
                                         static_cast<int64_t>(Index));
  LLVM::ReturnOp::create(AtTop, Loc, Record);
  return LLVM::AddressOfOp::create(Builder, Loc, Global);
}

} // namespace copier
