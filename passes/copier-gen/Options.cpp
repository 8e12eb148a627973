//===- Options.cpp - What CopierGen is told, per function -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The attributes' names are private to this file.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Options.h"
#include "copier-gen/SourceControl.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CommandLine.h"

using namespace llvm;

static cl::opt<uint64_t>
    MinSize("copier-min-size", cl::init(4096),
            cl::desc("Copies of fewer bytes, where the size is a constant, "
                     "stay plain memory copies"));

static cl::opt<copier::Scope> RequestedScope(
    "copier-scope", cl::init(copier::Scope::Function),
    cl::desc("How far copies stay pending"),
    cl::values(clEnumValN(copier::Scope::Function, "function",
                          "until control leaves the function"),
               clEnumValN(copier::Scope::Program, "program",
                          "into callers and callees compiled for it")));

static constexpr StringLiteral MinSizeAttribute = "copier-min-size";
static constexpr StringLiteral ScopeAttribute = "copier-scope";
static constexpr StringLiteral DoneAttribute = "copier-done";

namespace copier {

bool isSupportedTarget(const Module &M) {
  const Triple &Target = M.getTargetTriple();
  return Target.str().empty() || (Target.getArch() == Triple::x86_64 &&
                                  Target.isOSLinux() && !Target.isX32());
}

uint64_t requestedMinSize() { return MinSize; }

std::optional<uint64_t> stampedMinSize(const Function &F) {
  uint64_t Size = 0;
  Attribute Stamp = F.getFnAttribute(MinSizeAttribute);
  if (!Stamp.isValid() || Stamp.getValueAsString().getAsInteger(10, Size))
    return std::nullopt;
  return Size;
}

Scope requestedScope() { return RequestedScope; }

Scope stampedScope(const Function &F) {
  return F.getFnAttribute(ScopeAttribute).getValueAsString() == "program"
             ? Scope::Program
             : Scope::Function;
}

bool isDone(const Function &F) { return F.hasFnAttribute(DoneAttribute); }

void setDone(Function &F) { F.addFnAttr(DoneAttribute); }

PreservedAnalyses CopierMarkPass::run(Module &M, ModuleAnalysisManager &MAM) {
  if (!isSupportedTarget(M))
    return PreservedAnalyses::all();
  markSynchronous(
      M, MAM.getResult<FunctionAnalysisManagerModuleProxy>(M).getManager());
  for (Function &F : M) {
    if (F.isDeclaration() || F.hasFnAttribute(MinSizeAttribute))
      continue;
    F.addFnAttr(MinSizeAttribute, utostr(MinSize));
    F.addFnAttr(ScopeAttribute,
                RequestedScope == Scope::Program ? "program" : "function");
  }
  return PreservedAnalyses::all();
}

} // namespace copier
