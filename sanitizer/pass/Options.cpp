//===- Options.cpp - Which functions are checked ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The names of attributes and annotations are private to this file; that of the
// annotation is the frontend plugin's too.
//
//===----------------------------------------------------------------------===//

#include "Options.h"
#include "Annotations.h"
#include "Checks.h"
#include "Places.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SpecialCaseList.h"
#include "llvm/Support/VirtualFileSystem.h"

using namespace llvm;

static cl::list<std::string>
    IgnoreLists("copsan-ignorelist",
                cl::desc("Files that name functions and sources that "
                         "CopierSanitizer leaves unchecked"));

static constexpr StringLiteral StampAttribute = "sanitize-copier";
static constexpr StringLiteral DoneAttribute = "sanitize-copier-done";
static constexpr StringLiteral BorrowedAttribute = "sanitize-copier-borrowed";
static constexpr StringLiteral Section = "copier";

namespace copsan {

bool isToBeChecked(const Function &F) {
  return !F.isDeclaration() && F.hasFnAttribute(StampAttribute) &&
         !F.hasFnAttribute(DoneAttribute) &&
         !F.hasFnAttribute(Attribute::Naked) &&
         !F.hasFnAttribute(Attribute::DisableSanitizerInstrumentation);
}

/// Optimizations must not access memory where the program would not: that is
/// what this attribute says to them. It is ours alone where ThreadSanitizer is
/// not there to see it.
static void suppressSpeculation(Function &F) {
  if (F.hasFnAttribute(Attribute::SanitizeThread))
    return;
  F.addFnAttr(Attribute::SanitizeThread);
  F.addFnAttr(BorrowedAttribute);
}

void setDone(Function &F) {
  F.addFnAttr(DoneAttribute);
  if (F.hasFnAttribute(BorrowedAttribute))
    F.removeFnAttr(Attribute::SanitizeThread);
}

/// The functions that are annotated not to be checked.
static SmallPtrSet<const Function *, 8> unchecked(const Module &M) {
  SmallPtrSet<const Function *, 8> Result;
  const GlobalVariable *Annotations =
      M.getGlobalVariable("llvm.global.annotations");
  if (!Annotations || !Annotations->hasInitializer())
    return Result;
  const auto *Rows = dyn_cast<ConstantArray>(Annotations->getInitializer());
  for (unsigned I = 0; Rows && I != Rows->getNumOperands(); ++I) {
    const auto *Row = dyn_cast<ConstantStruct>(Rows->getOperand(I));
    if (!Row || Row->getNumOperands() < 2)
      continue;
    const auto *F = dyn_cast<Function>(Row->getOperand(0)->stripPointerCasts());
    const auto *Text =
        dyn_cast<GlobalVariable>(Row->getOperand(1)->stripPointerCasts());
    if (!F || !Text || !Text->hasInitializer())
      continue;
    const auto *Bytes = dyn_cast<ConstantDataArray>(Text->getInitializer());
    if (Bytes && Bytes->isCString() &&
        Bytes->getAsCString() == COPSAN_UNCHECKED_ANNOTATION)
      Result.insert(F);
  }
  return Result;
}

static std::unique_ptr<SpecialCaseList> ignoreList() {
  std::vector<std::string> Files(IgnoreLists.begin(), IgnoreLists.end());
  if (Files.empty())
    return nullptr;
  return SpecialCaseList::createOrDie(Files, *vfs::getRealFileSystem());
}

PreservedAnalyses MarkPass::run(Module &M, ModuleAnalysisManager &) {
  Places::import(M);
  std::unique_ptr<SpecialCaseList> Ignored = ignoreList();
  if (Ignored && Ignored->inSection(Section, "src", M.getSourceFileName()))
    return PreservedAnalyses::all();
  SmallPtrSet<const Function *, 8> Unchecked = unchecked(M);
  Places KnownPlaces(M);
  for (Function &F : M)
    if (!F.isDeclaration() && !Unchecked.contains(&F) &&
        !(Ignored && Ignored->inSection(Section, "fun", F.getName()))) {
      F.addFnAttr(StampAttribute);
      suppressSpeculation(F);
      markReturns(F, KnownPlaces);
    }
  return PreservedAnalyses::all();
}

} // namespace copsan
