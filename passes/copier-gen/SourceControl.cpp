//===- SourceControl.cpp - What the source keeps synchronous --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and makes annotations. The code generator takes an annotated size for
// what it is; until then no pass looks through.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/SourceControl.h"
#include "copier-gen/Options.h"
#include "copier-gen/Sites.h"
#include "copier/entry_points.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

static constexpr StringLiteral KeptAttribute = "copier-synchronous";

namespace copier {

bool isKeptSynchronous(const Function &F) {
  return F.hasFnAttribute(KeptAttribute);
}

static bool isOurs(const Value *Text) {
  StringRef Known;
  return getConstantStringInfo(Text, Known) &&
         Known == COPIER_ANNOTATION_SYNCHRONOUS;
}

bool isKeptSynchronous(const Value &Size) {
  const auto *Annotated = dyn_cast<IntrinsicInst>(&Size);
  return Annotated && Annotated->getIntrinsicID() == Intrinsic::annotation &&
         isOurs(Annotated->getArgOperand(1));
}

/// The functions that clang lists with an annotation of ours: entries are
/// structs of the function, the text, and what does not matter here.
static std::vector<Function *> annotatedFunctions(Module &M) {
  std::vector<Function *> Result;
  const GlobalVariable *List = M.getGlobalVariable("llvm.global.annotations");
  if (!List || !List->hasInitializer())
    return Result;
  for (const Use &Entry : List->getInitializer()->operands()) {
    const auto *Fields = dyn_cast<ConstantStruct>(Entry);
    if (!Fields || Fields->getNumOperands() < 2 ||
        !isOurs(Fields->getOperand(1)))
      continue;
    Value *Annotated = Fields->getOperand(0)->stripPointerCasts();
    if (auto *F = dyn_cast<Function>(Annotated); F && !F->isDeclaration())
      Result.push_back(F);
  }
  return Result;
}

/// Annotates the copies of \p F as the macro for one copy does.
static void annotateCopies(Function &F, const TargetLibraryInfo &TLI,
                           Constant *Text) {
  for (const CopySite &Site : findCopySites(F, requestedMinSize(), TLI)) {
    if (!Site.isAsynchronous())
      continue;
    IRBuilder<> B(Site.Call);
    Value *Size = B.CreateIntrinsic(
        Intrinsic::annotation, {Site.Size->getType(), B.getPtrTy()},
        {Site.Size, Text, ConstantPointerNull::get(B.getPtrTy()),
         B.getInt32(sourcePlace(*Site.Call).Line)});
    Site.Call->setArgOperand(2, Size);
  }
}

void markSynchronous(Module &M, FunctionAnalysisManager &FAM) {
  std::vector<Function *> Kept = annotatedFunctions(M);
  if (Kept.empty())
    return;
  Constant *Text = nullptr;
  for (Function *F : Kept) {
    if (!Text)
      Text = IRBuilder<>(&F->getEntryBlock())
                 .CreateGlobalString(COPIER_ANNOTATION_SYNCHRONOUS);
    annotateCopies(*F, FAM.getResult<TargetLibraryAnalysis>(*F), Text);
    F->addFnAttr(KeptAttribute);
  }
}

} // namespace copier
