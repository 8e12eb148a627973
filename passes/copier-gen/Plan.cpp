//===- Plan.cpp - What is to become of a module ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Puts sites, conflicts and dataflow together. What one function of program
// scope leaves pending concerns those that call it, and what it has pending
// those that it calls: functions are planned again until nothing new is
// learned.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Plan.h"
#include "copier-gen/Guards.h"
#include "copier-gen/Options.h"
#include "copier-gen/Windows.h"
#include "llvm/ADT/SCCIterator.h"
#include "llvm/Analysis/BasicAliasAnalysis.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include <set>

using namespace llvm;

namespace copier {

/// Whether nothing can be pending in the member \p F of \p Program but what it
/// copies itself.
static bool isOnItsOwn(Function &F, const ProgramScope &Program) {
  return !Program.isEntered(F) && none_of(instructions(F), [&](Instruction &I) {
    return Program.leavingCallee(I) != nullptr;
  });
}

/// Marks the copies of \p Plan that have nothing to run beside; false if there
/// are no more of them. Without these others may have less to run beside.
static bool completeAtOnce(FunctionPlan &Plan, const FunctionContext &Context) {
  bool Any = false;
  for (auto [Index, Site] : enumerate(Plan.Sites)) {
    const Sync *End = Site.staysPending()
                          ? findEndOfNothing(Index, Context, Plan.Pending)
                          : nullptr;
    if (!End)
      continue;
    Sync Needed;
    Needed.Before = End->Before;
    Needed.Why = End->Why;
    Needed.Sites.push_back(Index);
    Plan.AtOnce.push_back(std::move(Needed));
    Site.AtOnce = Any = true;
  }
  return Any;
}

/// \p Program is null if \p F is not a member of it.
static FunctionPlan planFunction(Function &F, uint64_t MinSize,
                                 FunctionAnalysisManager &FAM,
                                 const ProgramScope *Program) {
  const auto &TLI = FAM.getResult<TargetLibraryAnalysis>(F);
  FunctionPlan Plan;
  Plan.F = &F;
  Plan.Sites = findCopySites(F, MinSize, TLI);
  if (!Plan.hasAsynchronousCopies() && (!Program || isOnItsOwn(F, *Program)))
    return Plan;
  // GlobalsAA trusts who hands out memory as BasicAA does (Objects.h), and does
  // not tell.
  AAResults Basic(TLI);
  Basic.addAAResult(FAM.getResult<BasicAA>(F));
  AAResults &AA = Program ? Basic : FAM.getResult<AAManager>(F);
  ConflictAnalysis Conflicts(F, Plan.Sites, AA, TLI, Program);
  std::optional<ForeignConflicts> Foreign;
  if (Program)
    Foreign.emplace(F, Conflicts, *Program, AA, TLI);
  FunctionContext Context = {F,
                             Plan.Sites,
                             Conflicts,
                             FAM.getResult<DominatorTreeAnalysis>(F),
                             FAM.getResult<LoopAnalysis>(F),
                             Program,
                             Foreign ? &*Foreign : nullptr};
  // Who asks for copies of any size tests, and wants all of them to be pending.
  do
    Plan.Pending = findSyncs(Context);
  while (MinSize > 1 && completeAtOnce(Plan, Context));
  if (!Plan.Pending.Guards.empty())
    placeGuards(Context, FAM.getResult<ScalarEvolutionAnalysis>(F),
                Plan.Pending.Guards);
  return Plan;
}

namespace {

class Planner {
public:
  Planner(Module &M, FunctionAnalysisManager &FAM, bool Unstamped);

  ModulePlan run();

private:
  void chooseMembers();
  std::vector<Function *> calleesFirst();
  void planMembers();
  void learn(const FunctionPlan &Plan, std::set<unsigned> &Work);

  Module &M;
  FunctionAnalysisManager &FAM;
  const bool Unstamped;
  std::vector<Function *> Chosen; ///< To be planned, in the module's order.
  std::unique_ptr<ProgramScope> Program;
  DenseMap<const Function *, unsigned> Position;  ///< Of members.
  DenseMap<const Function *, FunctionPlan> Plans; ///< Of members; looked up.
};

} // namespace

Planner::Planner(Module &Mod, FunctionAnalysisManager &Manager, bool All)
    : M(Mod), FAM(Manager), Unstamped(All) {
  for (Function &F : M)
    if (!F.isDeclaration() && (Unstamped || (stampedMinSize(F) && !isDone(F))))
      Chosen.push_back(&F);
  chooseMembers();
}

void Planner::chooseMembers() {
  std::vector<Function *> Members;
  for (Function *F : Chosen) {
    Scope Reach = stampedMinSize(*F) ? stampedScope(*F) : requestedScope();
    if (Reach == Scope::Program && !F->hasAvailableExternallyLinkage() &&
        whyFunctionIsLeft(*F).empty())
      Members.push_back(F);
  }
  Program = std::make_unique<ProgramScope>(std::move(Members));
}

/// The members, each after those it calls, as far as there are no cycles.
std::vector<Function *> Planner::calleesFirst() {
  std::vector<Function *> Order;
  auto Add = [&](Function *F) {
    if (F && Program->contains(*F) &&
        Position.try_emplace(F, Order.size()).second)
      Order.push_back(F);
  };
  CallGraph Graph(M);
  for (auto Component = scc_begin(&Graph); !Component.isAtEnd(); ++Component)
    for (CallGraphNode *Node : *Component)
      Add(Node->getFunction());
  for (Function *F : Chosen) // What nobody can reach.
    Add(F);
  return Order;
}

/// Adds to \p Work whom the news in \p Plan concern.
void Planner::learn(const FunctionPlan &Plan, std::set<unsigned> &Work) {
  for (Function *Callee : Plan.Pending.Entered)
    if (Program->setEntered(*Callee))
      Work.insert(Position.at(Callee));
  if (!Plan.Pending.Leaves || !Program->setLeaving(*Plan.F))
    return;
  for (const User *U : Plan.F->users())
    if (const auto *Call = dyn_cast<CallBase>(U))
      if (Program->leavingCallee(*Call) == Plan.F)
        Work.insert(Position.at(Call->getFunction()));
}

void Planner::planMembers() {
  std::vector<Function *> Order = calleesFirst();
  std::set<unsigned> Work;
  for (unsigned Index = 0; Index != Order.size(); ++Index)
    Work.insert(Work.end(), Index);
  while (!Work.empty()) {
    Function &F = *Order[*Work.begin()];
    Work.erase(Work.begin());
    FunctionPlan &Plan = Plans[&F];
    Plan = planFunction(F, stampedMinSize(F).value_or(requestedMinSize()), FAM,
                        Program.get());
    learn(Plan, Work);
  }
}

ModulePlan Planner::run() {
  planMembers();
  ModulePlan Result;
  for (Function *F : Chosen) {
    FunctionPlan Plan =
        Program->contains(*F)
            ? std::move(Plans.find(F)->second)
            : planFunction(*F, stampedMinSize(*F).value_or(requestedMinSize()),
                           FAM, nullptr);
    if (!Plan.isEmpty())
      Result.Functions.push_back(std::move(Plan));
  }
  Result.Program = std::move(Program);
  return Result;
}

ModulePlan planModule(Module &M, FunctionAnalysisManager &FAM, bool Unstamped) {
  return Planner(M, FAM, Unstamped).run();
}

} // namespace copier
