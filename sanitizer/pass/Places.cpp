//===- Places.cpp - What the source says where code comes from ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A place is one line of text, its fields separated by tabs:
//
//   KIND FILE LINE COLUMN MODE BEGIN_LINE BEGIN_COLUMN END_LINE END_COLUMN
//   TEXT...
//
// KIND is L for a load or S for a store, with the csync as text; C for a call,
// with its arguments, empty where they have side effects; R for a return and E
// for the end of a block, without text. COLUMN 0 stands for the line.
//
//===----------------------------------------------------------------------===//

#include "Places.h"
#include "Annotations.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/DynamicLibrary.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace copsan {

enum {
  Kind,
  File,
  Line,
  Column,
  Mode,
  BeginLine,
  BeginColumn,
  EndLine,
  EndColumn,
  Text
};

static std::string key(StringRef Kind, StringRef File, StringRef Line,
                       StringRef Column) {
  return (Kind + ":" + sys::path::filename(File) + ":" + Line + ":" + Column)
      .str();
}

void Places::import(Module &Mod) {
  using Source = const char *();
  void *Found =
      sys::DynamicLibrary::SearchForAddressOfSymbol(COPSAN_PLACES_FUNCTION);
  if (!Found)
    return;
  StringRef Rest = reinterpret_cast<Source *>(Found)();
  NamedMDNode *Node = Mod.getOrInsertNamedMetadata(COPSAN_PLACES_METADATA);
  while (!Rest.empty()) {
    auto [First, Others] = Rest.split('\n');
    Node->addOperand(
        MDNode::get(Mod.getContext(), MDString::get(Mod.getContext(), First)));
    Rest = Others;
  }
}

Places::Places(Module &Mod) : M(Mod) {
  const NamedMDNode *Node = M.getNamedMetadata(COPSAN_PLACES_METADATA);
  for (unsigned I = 0; Node && I != Node->getNumOperands(); ++I) {
    auto *Place = cast<MDString>(Node->getOperand(I)->getOperand(0));
    SmallVector<StringRef, 16> Fields;
    Place->getString().split(Fields, '\t');
    if (Fields.size() > Text)
      Known[key(Fields[Kind], Fields[File], Fields[Line], Fields[Column])] =
          Place;
    unsigned Number;
    if (Fields[Kind] == "R" && !Fields[Line].getAsInteger(10, Number))
      Returns[sys::path::filename(Fields[File])].insert(Number);
  }
}

bool Places::isReturn(const DebugLoc &Loc) const {
  if (!Loc || !Loc.getLine())
    return false;
  auto Found = Returns.find(
      sys::path::filename(cast<DIScope>(Loc.getScope())->getFilename()));
  return Found != Returns.end() && Found->second.count(Loc.getLine());
}

DebugLoc Places::nextReturn(const DebugLoc &From, const DebugLoc &Last) {
  auto *Scope = cast<DIScope>(Last.getScope());
  auto Found = Returns.find(sys::path::filename(Scope->getFilename()));
  if (Found == Returns.end())
    return Last;
  auto Next = Found->second.lower_bound(From.getLine());
  if (Next == Found->second.end() || *Next >= Last.getLine())
    return Last;
  return DILocation::get(M.getContext(), *Next, 0, Last.getScope(),
                         Last.getInlinedAt());
}

Constant *Places::string(StringRef Text) {
  Constant *&Found = Strings[Text];
  if (!Found) {
    Constant *Bytes = ConstantDataArray::getString(M.getContext(), Text);
    auto *Global = new GlobalVariable(M, Bytes->getType(), /*isConstant=*/true,
                                      GlobalValue::PrivateLinkage, Bytes,
                                      ".copsan.string");
    Global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    Global->setAlignment(Align(1));
    // Not among the program's own strings, which it reads.
    Global->setSection(".copsan.texts");
    Found = Global;
  }
  return Found;
}

/// Where \p Text is, seen from the 32-bit member \p Index of \p Fix; 0 if it is
/// empty.
Constant *Places::distance(GlobalVariable *Fix, unsigned Index,
                           StringRef Text) {
  LLVMContext &Context = M.getContext();
  Type *Int32 = Type::getInt32Ty(Context);
  if (Text.empty())
    return ConstantInt::get(Int32, 0);
  Type *Int64 = Type::getInt64Ty(Context);
  Constant *Member = ConstantExpr::getInBoundsGetElementPtr(
      Int32, Fix, ConstantInt::get(Int64, Index));
  return ConstantExpr::getTrunc(
      ConstantExpr::getSub(ConstantExpr::getPtrToInt(string(Text), Int64),
                           ConstantExpr::getPtrToInt(Member, Int64)),
      Int32);
}

/// A struct copsan_fix.
Constant *Places::emit(ArrayRef<StringRef> Fields, StringRef Csync) {
  SmallVector<StringRef, 8> Texts = {Fields[File], Csync};
  for (unsigned I = 0; I != 6; ++I)
    Texts.push_back(Fields[Kind] == "C" && Text + I < Fields.size()
                        ? Fields[Text + I]
                        : "");
  SmallVector<unsigned, 8> Numbers;
  for (unsigned Field : {Mode, BeginLine, BeginColumn, EndLine, EndColumn})
    if (Fields[Field].getAsInteger(10, Numbers.emplace_back()))
      Numbers.back() = 0;

  Type *Int32 = Type::getInt32Ty(M.getContext());
  auto *Record = ArrayType::get(Int32, Texts.size() + Numbers.size());
  auto *Fix =
      new GlobalVariable(M, Record, /*isConstant=*/true,
                         GlobalValue::PrivateLinkage, nullptr, ".copsan.fix");
  SmallVector<Constant *, 16> Members;
  for (StringRef One : Texts)
    Members.push_back(distance(Fix, Members.size(), One));
  for (unsigned Number : Numbers)
    Members.push_back(ConstantInt::get(Int32, Number));
  Fix->setInitializer(ConstantArray::get(Record, Members));
  Fix->setAlignment(Align(4));
  // Apart from what the program reads.
  Fix->setSection(".copsan.fixes");
  return Fix;
}

MDString *Places::find(StringRef KindText, const DebugLoc &Loc, bool ByLine) {
  auto *Scope = cast<DIScope>(Loc.getScope());
  std::string Column = ByLine ? "0" : utostr(Loc.getCol());
  auto Found = Known.find(
      key(KindText, Scope->getFilename(), utostr(Loc.getLine()), Column));
  return Found == Known.end() ? nullptr : Found->second;
}

/// The csync for what a memory intrinsic does that is a call in the source.
static std::string csyncOfCall(const Check &C, ArrayRef<StringRef> Fields) {
  bool IsRead = C.Kind == Check::Read;
  StringRef Pointer = Fields[Text + IsRead];
  StringRef Size = Fields.size() > Text + 2 ? Fields[Text + 2] : "";
  if (!isa<AnyMemIntrinsic>(C.Before) || Pointer.empty() || Size.empty())
    return "";
  return ("csync(" + Pointer + ", " + Size + ")").str();
}

MDString *Places::find(const Check &C) {
  if (C.Kind == Check::Call)
    return find("C", C.Loc, false);
  if (C.Kind == Check::EndOfLife) {
    MDString *Return = find("R", C.Loc, true);
    return Return ? Return : find("E", C.Loc, true);
  }
  StringRef KindText = C.Kind == Check::Write ? "S" : "L";
  for (bool ByLine : {false, true})
    for (StringRef Text : {KindText, StringRef("C")})
      if (MDString *Place = find(Text, C.Loc, ByLine))
        return Place;
  return nullptr;
}

Constant *Places::fixFor(const Check &C) {
  Constant *Null =
      ConstantPointerNull::get(PointerType::getUnqual(M.getContext()));
  bool IsEnd = C.Kind == Check::EndOfLife;
  if (!C.Loc || !C.Loc.getLine() || (IsEnd && C.Variable.empty()))
    return Null;
  MDString *Place = find(C);
  if (!Place)
    return Null;
  SmallVector<StringRef, 16> Fields;
  Place->getString().split(Fields, '\t');
  std::string Csync;
  if (IsEnd)
    Csync = ("csync(&" + C.Variable + ", sizeof(" + C.Variable + "))").str();
  else if (Fields[Kind] != "C")
    Csync = Fields[Text].str();
  else if (C.Kind != Check::Call)
    Csync = csyncOfCall(C, Fields);
  if (Csync.empty() && C.Kind != Check::Call)
    return Null;
  Constant *&Fix = Fixes[(Place->getString() + "\t" + Csync).str()];
  if (!Fix)
    Fix = emit(Fields, Csync);
  return Fix;
}

} // namespace copsan
