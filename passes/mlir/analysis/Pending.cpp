//===- Pending.cpp - Which copies may be pending where --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// MLIR's dense dataflow with the transfer function of the model. States only
// grow, and whatever a csync of a smaller state completed and that of a larger
// one does not is kept, so the fixpoint errs on the pending side.
//
//===----------------------------------------------------------------------===//

#include "analysis/Pending.h"
#include "mlir/Analysis/DataFlow/DenseAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"

using namespace mlir;

namespace copier {
namespace {

class Lattice : public dataflow::AbstractDenseLattice {
public:
  using AbstractDenseLattice::AbstractDenseLattice;

  ChangeResult join(const AbstractDenseLattice &Other) override {
    return join(static_cast<const Lattice &>(Other).Value);
  }
  ChangeResult join(const State &Other) {
    if (!Other.Latest.test(Value.Latest) && !Other.Older.test(Value.Older))
      return ChangeResult::NoChange;
    Value.Latest |= Other.Latest;
    Value.Older |= Other.Older;
    return ChangeResult::Change;
  }
  void print(llvm::raw_ostream &OS) const override {
    OS << Value.Latest.count() << " pending";
  }

  State Value;
};

class Analysis : public dataflow::DenseForwardDataFlowAnalysis<Lattice> {
public:
  Analysis(DataFlowSolver &Solver, FunctionModel &TheModel)
      : DenseForwardDataFlowAnalysis(Solver), Model(TheModel) {}

  LogicalResult visitOperation(Operation *Op, const Lattice &Before,
                               Lattice *After) override {
    step(Op, Before, After);
    return success();
  }

  /// The solver is not interprocedural: a call is a step by its summary.
  void visitCallControlFlowTransfer(CallOpInterface Call,
                                    dataflow::CallControlFlowAction,
                                    const Lattice &Before,
                                    Lattice *After) override {
    step(Call, Before, After);
  }

protected:
  /// Nothing is pending where a function begins, nor where a region does of
  /// which no control flow is known: all is complete before.
  void setToEntryState(Lattice *Entry) override {}

private:
  void step(Operation *Op, const Lattice &Before, Lattice *After) {
    State S = Before.Value;
    S.Latest.resize(Model.sites().size());
    S.Older.resize(Model.sites().size());
    Model.transfer(Op, S);
    propagateIfChanged(After, After->join(S));
  }

  FunctionModel &Model;
};

} // namespace

PendingCopies::PendingCopies(FunctionModel &Model)
    : Nothing(Model.sites().size()) {
  if (Model.sites().empty())
    return;
  DataFlowSolver Solver(DataFlowConfig().setInterprocedural(false));
  dataflow::loadBaselineAnalyses(Solver);
  Solver.load<Analysis>(Model);
  if (failed(Solver.initializeAndRun(Model.function())))
    llvm_unreachable("no transfer function fails");
  Model.function()->walk([&](Operation *Op) {
    const auto *Found =
        Solver.lookupState<Lattice>(Solver.getProgramPointBefore(Op));
    if (!Found || Found->Value.Latest.empty())
      return;
    State S = Found->Value;
    S.Latest.resize(Nothing.Latest.size());
    S.Older.resize(Nothing.Older.size());
    States.try_emplace(Op, std::move(S));
  });
}

const State &PendingCopies::before(Operation *Op) const {
  auto Found = States.find(Op);
  return Found == States.end() ? Nothing : Found->second;
}

} // namespace copier
