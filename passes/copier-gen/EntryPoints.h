//===- EntryPoints.h - libcopier in a module ------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What generated code refers to: the functions and variables of
// copier/entry_points.h as declarations in the module, and its copy sites.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_ENTRY_POINTS_H
#define COPIER_GEN_ENTRY_POINTS_H

#include "copier-gen/Sites.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/IRBuilder.h"

namespace copier {

class EntryPoints {
public:
  explicit EntryPoints(llvm::Module &Mod);

  /// Why the module cannot use them: one of their names is taken. Empty if it
  /// can.
  std::string whyUnusable() const;

  llvm::CallInst *createCopy(llvm::IRBuilderBase &B, const CopySite &Site);
  /// The copy and its csync in one.
  llvm::CallInst *createCopyAtOnce(llvm::IRBuilderBase &B,
                                   const CopySite &Site);
  llvm::CallInst *createSync(llvm::IRBuilderBase &B, const CopySite &Site);
  llvm::CallInst *createGuard(llvm::IRBuilderBase &B, llvm::Value *Start,
                              llvm::Value *Size);
  llvm::CallInst *createSyncAll(llvm::IRBuilderBase &B);

  /// i1: may a copy of this process be pending?
  llvm::Value *createIsPending(llvm::IRBuilderBase &B);
  /// i1: is the copy large enough to be worth a task?
  llvm::Value *createIsLarge(llvm::IRBuilderBase &B, const CopySite &Site);

private:
  llvm::FunctionCallee function(llvm::StringRef Name, llvm::Type *Result,
                                llvm::ArrayRef<llvm::Type *> Parameters);
  llvm::GlobalVariable *variable(llvm::StringRef Name);
  llvm::Value *size(llvm::IRBuilderBase &B, const CopySite &Site);
  llvm::CallInst *createCopy(llvm::IRBuilderBase &B, const CopySite &Site,
                             llvm::StringRef Name);
  llvm::Constant *string(llvm::StringRef Text);
  llvm::Constant *site(const CopySite &Site);

  llvm::Module &M;
  llvm::Type *Void;
  llvm::PointerType *Pointer;
  llvm::IntegerType *SizeType;
  llvm::StringMap<llvm::Constant *> Strings;
};

} // namespace copier

#endif // COPIER_GEN_ENTRY_POINTS_H
