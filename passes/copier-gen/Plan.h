//===- Plan.h - What is to become of a module -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan: which copies become asynchronous, where csyncs and guards go, and
// which functions get a second entry. It is made and printed from the unchanged
// module; Rewrite.h and Entries.h carry it out.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_PLAN_H
#define COPIER_GEN_PLAN_H

#include "copier-gen/Pending.h"
#include "llvm/IR/PassManager.h"
#include <memory>

namespace copier {

/// The plan of one function; empty where there is nothing to say of it.
struct FunctionPlan {
  llvm::Function *F = nullptr;
  std::vector<CopySite> Sites; ///< All copies, those that are left included.
  PendingPlan Pending;
  /// For each of the sites that is completed at once, what ends its window.
  std::vector<Sync> AtOnce;

  bool hasAsynchronousCopies() const {
    return llvm::any_of(
        Sites, [](const CopySite &Site) { return Site.isAsynchronous(); });
  }
  bool isEmpty() const { return Sites.empty() && !changes(); }
  /// Whether carrying it out changes the function.
  bool changes() const {
    return hasAsynchronousCopies() || !Pending.Syncs.empty() ||
           !Pending.Guards.empty();
  }
};

/// The plan of a module.
struct ModulePlan {
  std::unique_ptr<ProgramScope> Program; ///< Its functions of program scope.
  std::vector<FunctionPlan> Functions;   ///< In the module's order.
};

/// Plans the functions of \p M: those that are stamped, by their stamps; or,
/// with \p Unstamped, the others as well, by what the command line asks for.
/// Changes nothing.
ModulePlan planModule(llvm::Module &M, llvm::FunctionAnalysisManager &FAM,
                      bool Unstamped);

/// print<copier-pending>: prints the plan of every function that copies.
class CopierPendingPrinterPass
    : public llvm::PassInfoMixin<CopierPendingPrinterPass> {
public:
  explicit CopierPendingPrinterPass(llvm::raw_ostream &Stream) : OS(Stream) {}
  llvm::PreservedAnalyses run(llvm::Module &M,
                              llvm::ModuleAnalysisManager &MAM);
  static bool isRequired() { return true; }

private:
  llvm::raw_ostream &OS;
};

} // namespace copier

#endif // COPIER_GEN_PLAN_H
