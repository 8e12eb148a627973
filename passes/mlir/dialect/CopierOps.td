//===- CopierOps.td - The copier dialect ---------------*- tablegen -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dialect and its operations. Syntax, verifiers' rules and memory effects
// are said here and nowhere else; the installed reference page is made of it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_OPS
#define COPIER_OPS

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ViewLikeInterface.td"

def Copier_Dialect : Dialect {
  let name = "copier";
  let cppNamespace = "::copier";
  let summary = "Asynchronous memory copies";
  let description = [{
    A copy that is submitted here and waited for where it matters. The meaning
    is that of libcopier: `copier.amemcpy` has the effect of a copy, at an
    unspecified time between the operation and the end of the first
    `copier.csync` that covers it. Until then it is *pending*, and an access
    that could tell is a *conflict*: a read or write of the target, a write of
    the source, the end of life of either.

    Before `-copier-insert-csync` a program is read as if each copy were made at
    once; that pass puts the waits in. Until then no csync need be there, and
    any pass may run. Afterwards any pass may run as well, because a csync
    reads and writes all memory as far as MLIR is concerned: nothing that
    matters passes it.
  }];
  let extraClassDeclaration = [{
    /// On a function whose csyncs have been inserted. From then on a copy may
    /// not get another source, since nobody would wait for that.
    static constexpr ::llvm::StringLiteral getCsyncsInsertedAttrName() {
      return "copier.csyncs_inserted";
    }
  }];
  let hasOperationAttrVerify = 1;
}

class Copier_Op<string mnemonic, list<Trait> traits = []>
    : Op<Copier_Dialect, mnemonic, traits>;

def Copier_AMemcpyOp : Copier_Op<"amemcpy", []> {
  let summary = "copy a memref asynchronously";
  let description = [{
    Copies `source` to `target`, which have the same shape and element type and
    any strided layout, at some time before a csync that covers either returns.
    They must not overlap. Copies that overlap with other pending copies need no
    csync between them: the runtime keeps their order.

    `lazy` says that the copy should run only when something depends on it.
    `segment(N)` says that the target will be csynced in pieces of N bytes, a
    power of two. Both are hints; neither changes what the copy does.

    ```mlir
    copier.amemcpy %a, %b : memref<?xf32> to memref<?xf32>
    copier.amemcpy %a, %tile lazy segment(4096)
        : memref<64x64xf32, strided<[1024, 1], offset: ?>> to memref<64x64xf32>
    ```
  }];
  let arguments = (ins
    Arg<AnyStridedMemRef, "what is copied", [MemRead]>:$source,
    Arg<AnyStridedMemRef, "where to", [MemWrite]>:$target,
    UnitAttr:$lazy, OptionalAttr<I64Attr>:$segment);
  let builders = [
    OpBuilder<(ins "::mlir::Value":$source, "::mlir::Value":$target), [{
      build($_builder, $_state, source, target, /*lazy=*/false,
            /*segment=*/nullptr);
    }]>];
  let assemblyFormat = [{
    $source `,` $target (`lazy` $lazy^)? (`segment` `(` $segment^ `)`)?
    attr-dict `:` type($source) `to` type($target)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

/// What waits: a barrier to everything, so that no pass moves an access across.
class Copier_WaitOp<string mnemonic, list<Trait> traits = []>
    : Copier_Op<mnemonic,
                !listconcat([MemoryEffects<[MemRead, MemWrite]>], traits)>;

def Copier_CsyncOp : Copier_WaitOp<"csync", [
    AttrSizedOperandSegments, OffsetSizeAndStrideOpInterface]> {
  let summary = "wait for the copies of a memref, or of a part of it";
  let description = [{
    On return every earlier copy of this process whose target or source meets
    the memory named is complete there, with everything that it depends on.
    With nothing pending it is a load and a branch.

    A part is named by offsets, sizes and strides as in `memref.subview`, one of
    each for every dimension. Of a strided part everything between its first
    and its last byte is waited for.

    ```mlir
    copier.csync %b : memref<?xf32>
    copier.csync %b[%i] [64] [1] : memref<?xf32>
    ```
  }];
  let arguments = (ins AnyStridedMemRef:$memref,
    Variadic<Index>:$offsets, Variadic<Index>:$sizes, Variadic<Index>:$strides,
    DenseI64ArrayAttr:$static_offsets, DenseI64ArrayAttr:$static_sizes,
    DenseI64ArrayAttr:$static_strides);
  let builders = [
    OpBuilder<(ins "::mlir::Value":$memref)>,
    OpBuilder<(ins "::mlir::Value":$memref,
      "::llvm::ArrayRef<::mlir::OpFoldResult>":$offsets,
      "::llvm::ArrayRef<::mlir::OpFoldResult>":$sizes,
      "::llvm::ArrayRef<::mlir::OpFoldResult>":$strides)>];
  let assemblyFormat = [{
    $memref `` custom<Part>($offsets, $sizes, $strides, $static_offsets,
                         $static_sizes, $static_strides)
    attr-dict `:` type($memref)
  }];
  let extraClassDeclaration = [{
    ::mlir::MemRefType getMemRefType() {
      return ::llvm::cast<::mlir::MemRefType>(getMemref().getType());
    }
    /// Whether all of the memref is waited for.
    bool isWhole() { return getStaticOffsets().empty(); }
    std::array<unsigned, 3> getArrayAttrMaxRanks() {
      unsigned rank = getStaticOffsets().size();
      return {rank, rank, rank};
    }
    static unsigned getOffsetSizeAndStrideStartOperandIndex() { return 1; }
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Copier_CsyncAllOp : Copier_WaitOp<"csync_all"> {
  let summary = "wait for every copy";
  let description = [{
    On return every earlier copy of this process is complete. It stands before
    what may touch any memory, such as a call of an unknown function.

    ```mlir
    copier.csync_all
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasCanonicalizer = 1;
}

def Copier_AbortOp : Copier_WaitOp<"abort"> {
  let summary = "give up the copies into a memref that nobody will read";
  let description = [{
    Afterwards no copy into `memref` is pending, and what those that were had
    not copied is unspecified until it is written. Copies that were to read it
    still get what they would have got. It is for a buffer that dies unread.

    ```mlir
    copier.abort %b : memref<?xf32>
    memref.dealloc %b : memref<?xf32>
    ```
  }];
  let arguments = (ins AnyStridedMemRef:$memref);
  let assemblyFormat = "$memref attr-dict `:` type($memref)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif // COPIER_OPS
