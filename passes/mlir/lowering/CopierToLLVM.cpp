//===- CopierToLLVM.cpp - The copier dialect to the LLVM dialect ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memref descriptors become addresses and bytes; what is called with them is in
// EntryPoints.cpp and Strided.cpp.
//
//===----------------------------------------------------------------------===//

#include "lowering/CopierToLLVM.h"
#include "copier/entry_points.h"
#include "lowering/EntryPoints.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMInterface.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Transforms/DialectConversion.h"
#include "transforms/Passes.h"

using namespace mlir;

namespace copier {

#define GEN_PASS_DEF_CONVERTCOPIERTOLLVM
#include "transforms/Passes.h.inc"

namespace {

/// What all patterns need: the module's entry points and arithmetic.
template <typename OpT> class Pattern : public ConvertOpToLLVMPattern<OpT> {
public:
  Pattern(const LLVMTypeConverter &Converter,
          std::shared_ptr<EntryPoints> Shared)
      : ConvertOpToLLVMPattern<OpT>(Converter), Points(std::move(Shared)) {}

protected:
  using Rewriter = ConversionPatternRewriter;

  Value constant(Rewriter &R, Location Loc, int64_t N) const {
    return LLVM::ConstantOp::create(R, Loc, R.getI64Type(), N);
  }
  Value multiply(Rewriter &R, Location Loc, Value A, Value B) const {
    return LLVM::MulOp::create(R, Loc, A, B);
  }
  Value add(Rewriter &R, Location Loc, Value A, Value B) const {
    return LLVM::AddOp::create(R, Loc, A, B);
  }
  Value advance(Rewriter &R, Location Loc, Value Pointer, Value Bytes) const {
    return LLVM::GEPOp::create(R, Loc, Pointer.getType(), R.getI8Type(),
                               Pointer, ArrayRef<LLVM::GEPArg>{Bytes});
  }
  Value addressOf(Rewriter &R, Location Loc, Value Descriptor,
                  MemRefType Type) const {
    return MemRefDescriptor(Descriptor)
        .bufferPtr(R, Loc, *this->getTypeConverter(), Type);
  }

  /// Replaces \p Op by a call.
  LogicalResult replaceByCall(OpT Op, Rewriter &R, EntryPoints::Function Callee,
                              ValueRange Arguments) const {
    if (failed(Callee))
      return failure();
    // It has done its duty, and the LLVM dialect does not know it. Not by the
    // rewriter, which would want the function itself to be converted.
    if (auto Owner = Op->template getParentOfType<FunctionOpInterface>())
      Owner->removeDiscardableAttr(CopierDialect::getCsyncsInsertedAttrName());
    LLVM::CallOp::create(R, Op.getLoc(), *Callee, Arguments);
    R.eraseOp(Op);
    return success();
  }

  ModuleOp moduleOf(OpT Op) const {
    return Op->template getParentOfType<ModuleOp>();
  }

  std::shared_ptr<EntryPoints> Points;
};

struct AMemcpyPattern : Pattern<AMemcpyOp> {
  using Pattern::Pattern;

  LogicalResult matchAndRewrite(AMemcpyOp Op, OpAdaptor Adaptor,
                                Rewriter &R) const override {
    Location Loc = Op.getLoc();
    auto Source = cast<MemRefType>(Op.getSource().getType());
    auto Target = cast<MemRefType>(Op.getTarget().getType());
    CopyHints Hints{Op.getLazy(), int64_t(Op.getSegment().value_or(0))};
    Value Element = getSizeInBytes(Loc, Source.getElementType(), R);
    if (Element.getType() != R.getI64Type())
      return Op.emitError() << "can be lowered where an index has 64 bits only";

    MemRefDescriptor From(Adaptor.getSource()), To(Adaptor.getTarget());
    SmallVector<Value> Arguments{addressOf(R, Loc, To, Target),
                                 addressOf(R, Loc, From, Source)};
    unsigned Rank = Source.getRank();
    bool Plain = Source.areTrailingDimsContiguous(Rank) &&
                 Target.areTrailingDimsContiguous(Rank);
    if (Plain) {
      Value Bytes = Element;
      for (unsigned D = 0; D < Rank; ++D)
        Bytes = multiply(R, Loc, Bytes, From.size(R, Loc, D));
      Arguments.push_back(Bytes);
    }
    Arguments.push_back(Points->site(R, Op));
    if (!Plain || Hints.any()) {
      Arguments.push_back(LLVM::ConstantOp::create(
          R, Loc, R.getI32Type(), Hints.Lazy ? COPIER_HINT_LAZY : 0));
      Arguments.push_back(constant(R, Loc, Hints.Segment));
    }
    if (Plain)
      return replaceByCall(Op, R, Points->copy(moduleOf(Op), Hints.any()),
                           Arguments);

    Arguments.push_back(Element);
    for (unsigned D = 0; D < Rank; ++D)
      Arguments.push_back(From.size(R, Loc, D));
    for (MemRefDescriptor Descriptor : {To, From})
      for (unsigned D = 0; D < Rank; ++D)
        Arguments.push_back(
            multiply(R, Loc, Element, Descriptor.stride(R, Loc, D)));
    return replaceByCall(
        Op, R, Points->stridedCopy(moduleOf(Op), Rank, Hints.any()), Arguments);
  }
};

/// The bytes from the first to the last of a strided memref.
struct Extent {
  Value Address, Bytes;
};

template <typename OpT> class WaitPattern : public Pattern<OpT> {
public:
  using Pattern<OpT>::Pattern;
  using Rewriter = ConversionPatternRewriter;

protected:
  /// \p Strides in bytes.
  Extent extentOf(Rewriter &R, Location Loc, Value Address, Value Element,
                  ArrayRef<Value> Sizes, ArrayRef<Value> Strides) const {
    Value Zero = this->constant(R, Loc, 0), One = this->constant(R, Loc, 1);
    Value Low = Zero, High = Element;
    Value Empty = LLVM::ConstantOp::create(R, Loc, R.getI1Type(), false);
    for (auto [Size, Stride] : llvm::zip(Sizes, Strides)) {
      Value Last = this->multiply(
          R, Loc, LLVM::SubOp::create(R, Loc, Size, One), Stride);
      Low = this->add(R, Loc, Low, LLVM::SMinOp::create(R, Loc, Last, Zero));
      High = this->add(R, Loc, High, LLVM::SMaxOp::create(R, Loc, Last, Zero));
      Value None =
          LLVM::ICmpOp::create(R, Loc, LLVM::ICmpPredicate::eq, Size, Zero);
      Empty = LLVM::OrOp::create(R, Loc, Empty, None);
    }
    Value Bytes = LLVM::SubOp::create(R, Loc, High, Low);
    return {this->advance(R, Loc, Address, Low),
            LLVM::SelectOp::create(R, Loc, Empty, Zero, Bytes)};
  }

  Extent extentOf(Rewriter &R, Location Loc, Value MemRef,
                  MemRefType Type) const {
    MemRefDescriptor Descriptor(MemRef);
    Value Element = this->getSizeInBytes(Loc, Type.getElementType(), R);
    Value Address = this->addressOf(R, Loc, MemRef, Type);
    unsigned Rank = Type.getRank();
    if (Type.areTrailingDimsContiguous(Rank)) {
      Value Bytes = Element;
      for (unsigned D = 0; D < Rank; ++D)
        Bytes = this->multiply(R, Loc, Bytes, Descriptor.size(R, Loc, D));
      return {Address, Bytes};
    }
    SmallVector<Value> Sizes, Strides;
    for (unsigned D = 0; D < Rank; ++D) {
      Sizes.push_back(Descriptor.size(R, Loc, D));
      Strides.push_back(
          this->multiply(R, Loc, Element, Descriptor.stride(R, Loc, D)));
    }
    return extentOf(R, Loc, Address, Element, Sizes, Strides);
  }
};

struct CsyncPattern : WaitPattern<CsyncOp> {
  using WaitPattern::WaitPattern;

  LogicalResult matchAndRewrite(CsyncOp Op, OpAdaptor Adaptor,
                                Rewriter &R) const override {
    Extent E = Op.isWhole() ? extentOf(R, Op.getLoc(), Adaptor.getMemref(),
                                       Op.getMemRefType())
                            : extentOfPart(Op, Adaptor, R);
    return replaceByCall(Op, R, Points->csync(moduleOf(Op)),
                         {E.Address, E.Bytes});
  }

  Extent extentOfPart(CsyncOp Op, OpAdaptor Adaptor, Rewriter &R) const {
    Location Loc = Op.getLoc();
    auto values = [&](ArrayRef<int64_t> Static, ValueRange Dynamic) {
      SmallVector<Value> Result;
      for (int64_t N : Static)
        if (ShapedType::isDynamic(N)) {
          Result.push_back(Dynamic.front());
          Dynamic = Dynamic.drop_front();
        } else {
          Result.push_back(constant(R, Loc, N));
        }
      return Result;
    };
    auto Offsets = values(Op.getStaticOffsets(), Adaptor.getOffsets());
    auto Sizes = values(Op.getStaticSizes(), Adaptor.getSizes());
    auto Strides = values(Op.getStaticStrides(), Adaptor.getStrides());
    MemRefDescriptor Descriptor(Adaptor.getMemref());
    MemRefType Type = Op.getMemRefType();
    Value Element = getSizeInBytes(Loc, Type.getElementType(), R);
    Value Address = addressOf(R, Loc, Adaptor.getMemref(), Type);
    for (unsigned D = 0; D < Offsets.size(); ++D) {
      Value Stride = multiply(R, Loc, Element, Descriptor.stride(R, Loc, D));
      Address = advance(R, Loc, Address, multiply(R, Loc, Offsets[D], Stride));
      Strides[D] = multiply(R, Loc, Strides[D], Stride);
    }
    return extentOf(R, Loc, Address, Element, Sizes, Strides);
  }
};

struct CsyncAllPattern : Pattern<CsyncAllOp> {
  using Pattern::Pattern;
  LogicalResult matchAndRewrite(CsyncAllOp Op, OpAdaptor,
                                Rewriter &R) const override {
    return replaceByCall(Op, R, Points->csyncAll(moduleOf(Op)), {});
  }
};

struct AbortPattern : WaitPattern<AbortOp> {
  using WaitPattern::WaitPattern;
  LogicalResult matchAndRewrite(AbortOp Op, OpAdaptor Adaptor,
                                Rewriter &R) const override {
    auto Type = cast<MemRefType>(Op.getMemref().getType());
    // Bytes between the rows of a strided memref are somebody else's, and a
    // copy into them must not be given up.
    if (!Type.areTrailingDimsContiguous(Type.getRank()))
      return replaceByCall(
          Op, R, Points->csync(moduleOf(Op)),
          values(extentOf(R, Op.getLoc(), Adaptor.getMemref(), Type)));
    return replaceByCall(
        Op, R, Points->abort(moduleOf(Op)),
        values(extentOf(R, Op.getLoc(), Adaptor.getMemref(), Type)));
  }
  static SmallVector<Value> values(const Extent &E) {
    return {E.Address, E.Bytes};
  }
};

void populatePatterns(const LLVMTypeConverter &Converter,
                      RewritePatternSet &Patterns) {
  auto Points = std::make_shared<EntryPoints>();
  Patterns.add<AMemcpyPattern, CsyncPattern, CsyncAllPattern, AbortPattern>(
      Converter, Points);
}

struct ConvertCopierToLLVMPass
    : impl::ConvertCopierToLLVMBase<ConvertCopierToLLVMPass> {
  void runOnOperation() override {
    LLVMTypeConverter Converter(&getContext());
    RewritePatternSet Patterns(&getContext());
    populatePatterns(Converter, Patterns);
    LLVMConversionTarget Target(getContext());
    Target.addIllegalDialect<CopierDialect>();
    if (failed(applyPartialConversion(getOperation(), Target,
                                      std::move(Patterns))))
      signalPassFailure();
  }
};

/// What -convert-to-llvm asks the dialect for.
struct ToLLVM : ConvertToLLVMPatternInterface {
  using ConvertToLLVMPatternInterface::ConvertToLLVMPatternInterface;
  void loadDependentDialects(MLIRContext *Context) const final {
    Context->loadDialect<LLVM::LLVMDialect>();
  }
  void populateConvertToLLVMConversionPatterns(
      ConversionTarget &, LLVMTypeConverter &Converter,
      RewritePatternSet &Patterns) const final {
    populatePatterns(Converter, Patterns);
  }
};

} // namespace

void registerConvertCopierToLLVMInterface(DialectRegistry &Registry) {
  Registry.addExtension(+[](MLIRContext *, CopierDialect *Dialect) {
    Dialect->addInterfaces<ToLLVM>();
  });
}

} // namespace copier
