//===- Strided.cpp - Copies between strided memrefs -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function for each rank: it finds at run time how many inner dimensions
// are contiguous on both sides, and submits one copy for each run of them.
//
//===----------------------------------------------------------------------===//

#include "lowering/EntryPoints.h"

using namespace mlir;

namespace copier {
namespace {

/// Builds the body of the function. Its arguments are those that
/// EntryPoints::stridedCopy promises.
class StridedBody {
public:
  StridedBody(LLVM::LLVMFuncOp TheHelper, LLVM::LLVMFuncOp CopyRun,
              unsigned TheRank, bool IsHinted)
      : Helper(TheHelper), Copy(CopyRun), Rank(TheRank), Hinted(IsHinted),
        Loc(Helper.getLoc()), Entry(Helper.getBody().front()),
        Builder(OpBuilder::atBlockEnd(&Entry)) {}

  void build() {
    mergeContiguous();
    Block *Exit = Builder.createBlock(&Helper.getBody());
    LLVM::ReturnOp::create(Builder, Loc, ValueRange());
    Builder.setInsertionPointToEnd(&Entry);
    buildLoop(0, Entry.getArgument(0), Entry.getArgument(1), Exit);
  }

private:
  Value element() { return Entry.getArgument(5); }
  Value size(unsigned D) { return Entry.getArgument(6 + D); }
  Value targetStride(unsigned D) { return Entry.getArgument(6 + Rank + D); }
  Value sourceStride(unsigned D) { return Entry.getArgument(6 + 2 * Rank + D); }
  Value constant(int64_t N) {
    return LLVM::ConstantOp::create(Builder, Loc, Builder.getI64Type(), N);
  }
  Value isEqual(Value A, Value B) {
    return LLVM::ICmpOp::create(Builder, Loc, LLVM::ICmpPredicate::eq, A, B);
  }

  /// Run: the bytes of a contiguous run. Counts: how often each dimension is
  /// gone through, once for those in the run.
  void mergeContiguous() {
    Run = element();
    Counts.resize(Rank);
    Value Merging =
        LLVM::ConstantOp::create(Builder, Loc, Builder.getI1Type(), true);
    Value One = constant(1);
    for (unsigned D = Rank; D-- > 0;) {
      Value Follows =
          LLVM::AndOp::create(Builder, Loc, isEqual(targetStride(D), Run),
                              isEqual(sourceStride(D), Run));
      // The stride of a dimension of one element means nothing.
      Follows =
          LLVM::OrOp::create(Builder, Loc, Follows, isEqual(size(D), One));
      Merging = LLVM::AndOp::create(Builder, Loc, Merging, Follows);
      Value Longer = LLVM::MulOp::create(Builder, Loc, Run, size(D));
      Counts[D] = LLVM::SelectOp::create(Builder, Loc, Merging, One, size(D));
      Run = LLVM::SelectOp::create(Builder, Loc, Merging, Longer, Run);
    }
  }

  /// At the builder, the loops from dimension \p D inwards; then \p Exit.
  void buildLoop(unsigned D, Value Target, Value Source, Block *Exit) {
    if (D == Rank) {
      SmallVector<Value> Arguments{Target, Source, Run, Entry.getArgument(2)};
      if (Hinted)
        Arguments.append({Entry.getArgument(3), Entry.getArgument(4)});
      LLVM::CallOp::create(Builder, Loc, Copy, Arguments);
      LLVM::BrOp::create(Builder, Loc, Exit);
      return;
    }
    Type Types[] = {Builder.getI64Type(), Target.getType(), Source.getType()};
    Block *Before = Builder.getInsertionBlock();
    Region &Body = Helper.getBody();
    Block *Header =
        Builder.createBlock(&Body, Body.end(), Types, {Loc, Loc, Loc});
    Block *Inside = Builder.createBlock(&Body);
    Block *Latch = Builder.createBlock(&Body);
    Builder.setInsertionPointToEnd(Before);
    LLVM::BrOp::create(Builder, Loc, ValueRange{constant(0), Target, Source},
                       Header);

    Builder.setInsertionPointToEnd(Header);
    Value Index = Header->getArgument(0);
    Value More = LLVM::ICmpOp::create(Builder, Loc, LLVM::ICmpPredicate::slt,
                                      Index, Counts[D]);
    LLVM::CondBrOp::create(Builder, Loc, More, Inside, Exit);

    Builder.setInsertionPointToEnd(Latch);
    Value Next = LLVM::AddOp::create(Builder, Loc, Index, constant(1));
    LLVM::BrOp::create(
        Builder, Loc,
        ValueRange{Next, advance(Header->getArgument(1), targetStride(D)),
                   advance(Header->getArgument(2), sourceStride(D))},
        Header);

    Builder.setInsertionPointToEnd(Inside);
    buildLoop(D + 1, Header->getArgument(1), Header->getArgument(2), Latch);
  }

  Value advance(Value Pointer, Value Bytes) {
    return LLVM::GEPOp::create(Builder, Loc, Pointer.getType(),
                               Builder.getI8Type(), Pointer,
                               ArrayRef<LLVM::GEPArg>{Bytes});
  }

  LLVM::LLVMFuncOp Helper, Copy;
  unsigned Rank;
  bool Hinted;
  Location Loc;
  Block &Entry;
  OpBuilder Builder;
  Value Run;
  SmallVector<Value> Counts;
};

} // namespace

EntryPoints::Function EntryPoints::stridedCopy(ModuleOp Module, unsigned Rank,
                                               bool Hinted) {
  Function Copy = copy(Module, Hinted);
  MLIRContext *Context = Module.getContext();
  Type Pointer = LLVM::LLVMPointerType::get(Context);
  Type Int64 = IntegerType::get(Context, 64);
  SmallVector<Type> Parameters{
      Pointer, Pointer, Pointer, IntegerType::get(Context, 32), Int64, Int64};
  Parameters.append(static_cast<size_t>(3) * Rank, Int64);
  Function Helper = beginHelper(
      Module,
      ("copier.amemcpy_" + Twine(Hinted ? "hinted_" : "") + Twine(Rank) + "d")
          .str(),
      Parameters);
  if (failed(Copy) || failed(Helper))
    return failed(Copy) ? Copy : Helper;
  // It is a loop nest, and not small: LLVM decides about inlining it.
  Helper->setAlwaysInline(false);
  if (Helper->getBody().front().empty())
    StridedBody(*Helper, *Copy, Rank, Hinted).build();
  return Helper;
}

} // namespace copier
