//===- Entries.cpp - Two entries for one function -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The function F becomes
//
//   internal T F.copier(args) { ... }        // as it was
//   T F(args) {                              // linkage, name, address as it
//   was
//     T result = F.copier(args);
//     if (__copier_pending)                  // if it may leave copies pending
//       __copier_csync_all();
//     return result;
//   }
//
// Every use is one of the new F, except the calls that are guarded.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Entries.h"
#include "copier-gen/Options.h"
#include "copier-gen/Rewrite.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace copier {

/// Gives \p Entry all that makes \p Body what it is to others.
static void moveIdentity(Function &Body, Function &Entry) {
  Entry.copyAttributesFrom(&Body);
  Entry.setComdat(Body.getComdat());
  SmallVector<std::pair<unsigned, MDNode *>, 4> Attached;
  Body.getAllMetadata(Attached);
  for (auto [Kind, Node] : Attached)
    if (Kind != LLVMContext::MD_dbg)
      Entry.setMetadata(Kind, Node);
  Entry.takeName(&Body);
  Body.setName(Entry.getName() + ".copier");
  Body.setLinkage(GlobalValue::InternalLinkage);
  Body.setVisibility(GlobalValue::DefaultVisibility);
  Body.setDLLStorageClass(GlobalValue::DefaultStorageClass);
  Body.setComdat(nullptr);
  Body.setDSOLocal(true);
  Body.setPrefixData(nullptr);
}

static void giveEntryBody(Function &Body, Function &Entry, bool IsLeaving,
                          EntryPoints &Library) {
  IRBuilder<> B(BasicBlock::Create(Entry.getContext(), "", &Entry));
  SmallVector<Value *, 8> Arguments;
  for (Argument &Arg : Entry.args())
    Arguments.push_back(&Arg);
  CallInst *Call = B.CreateCall(&Body, Arguments);
  Call->setCallingConv(Body.getCallingConv());
  AttributeList Attributes = Body.getAttributes();
  Call->setAttributes(Attributes.removeFnAttributes(Entry.getContext()));
  Instruction *Return =
      Call->getType()->isVoidTy() ? B.CreateRetVoid() : B.CreateRet(Call);
  if (!IsLeaving)
    return;
  B.SetInsertPoint(insertIfPending(Return, Library));
  Library.createSyncAll(B);
}

static Function *split(Function &Body, const ProgramScope &Program,
                       EntryPoints &Library) {
  // Asked now, as the answers depend on the uses and the linkage.
  SmallPtrSet<const User *, 16> Guarded;
  for (const User *U : Body.users())
    if (const auto *Call = dyn_cast<CallBase>(U);
        Call && Program.guardedCallee(*Call) == &Body)
      Guarded.insert(U);
  bool IsLeaving = Program.isLeaving(Body);

  auto *Entry = Function::Create(Body.getFunctionType(), Body.getLinkage(),
                                 Body.getAddressSpace());
  Body.getParent()->getFunctionList().insert(Body.getIterator(), Entry);
  moveIdentity(Body, *Entry);
  Body.replaceUsesWithIf(Entry, [&](Use &U) {
    const auto *Call = dyn_cast<CallBase>(U.getUser());
    return !isa<BlockAddress>(U.getUser()) &&
           !(Call && Call->isCallee(&U) && Guarded.contains(Call));
  });
  giveEntryBody(Body, *Entry, IsLeaving, Library);
  setDone(*Entry);
  return Entry;
}

std::vector<Function *> splitEntries(const ProgramScope &Program,
                                     EntryPoints &Library) {
  std::vector<Function *> Entries;
  for (Function *F : Program.members())
    if (Program.needsTwoEntries(*F))
      Entries.push_back(split(*F, Program, Library));
  return Entries;
}

} // namespace copier
