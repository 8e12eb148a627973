//===- Passes.td - The passes of the copier dialect -----*- tablegen -*-===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every pass, its options and statistics: the only place where they are
// declared. The installed reference page is made of it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PASSES
#define COPIER_PASSES

include "mlir/Pass/PassBase.td"

def AsyncCopy : Pass<"copier-async-copy", "::mlir::ModuleOp"> {
  let summary = "make copies asynchronous where it pays";
  let description = [{
    Turns `memref.copy`, `linalg.copy`, linalg operations that only copy, and
    `bufferization.clone` into `copier.amemcpy`, if

    - the memory is ordinary and its layout strided;
    - the copy is not known to be smaller than `min-size` bytes, nor its
      contiguous rows than `min-row` bytes;
    - with `profit`, there is something to do while the bytes move: a loop, a
      linalg operation or a call between the copy and the first conflict in its
      block, or a loop or linalg operation that is the first conflict and can
      wait piece by piece.

    The program means the same afterwards; `-copier-insert-csync` has to follow
    before it is lowered.
  }];
  let options = [
    Option<"minSize", "min-size", "int64_t", /*default=*/"16384",
           "Leave copies that are known to have fewer bytes">,
    Option<"minRow", "min-row", "int64_t", /*default=*/"1024",
           "Leave copies whose contiguous rows are known to have fewer bytes">,
    Option<"profit", "profit", "bool", /*default=*/"true",
           "Leave copies that nothing can be overlapped with">];
  let statistics = [
    Statistic<"numAsynchronous", "asynchronous", "Copies made asynchronous">,
    Statistic<"numLeft", "left", "Copies left as they were">];
  let dependentDialects = ["::copier::CopierDialect",
                           "::mlir::memref::MemRefDialect"];
}

def Elide : Pass<"copier-elide", "::mlir::ModuleOp"> {
  let summary = "drop copies that nobody reads";
  let description = [{
    Works on copies into memory that the function allocates itself and that does
    not escape it.

    - A copy into memory that is never read is dropped, and so is one that is
      overwritten before it is read.
    - A copy that some path does not read before the memory is freed becomes
      `lazy`, and a `copier.abort` is put in front of the `memref.dealloc`, so
      that on that path the bytes never move.
    - What is copied on by way of a buffer is copied from the original
      (the canonicalization of `copier.amemcpy`).
  }];
  let statistics = [
    Statistic<"numDropped", "dropped", "Copies dropped">,
    Statistic<"numAborts", "aborts", "Aborts inserted">,
    Statistic<"numLazy", "lazy", "Copies made lazy">];
  let dependentDialects = ["::copier::CopierDialect"];
}

def InsertCsync : Pass<"copier-insert-csync", "::mlir::ModuleOp"> {
  let summary = "wait in front of everything that conflicts with a copy";
  let description = [{
    A forward dataflow over scf, affine, cf and calls finds the copies that may
    be pending at each operation; alias analysis and the memory-effect
    interfaces say which of them it conflicts with. In front of it goes a csync
    of what it accesses. Before an operation of which nothing is known goes a
    `copier.csync_all`.

    Private functions that are only called may return with copies pending; their
    callers wait for them. Every other function waits before it returns.

    A csync that every iteration of a loop comes across, for copies outside the
    loop, goes in front of the loop, unless there is work before it in the body.
    Csyncs that are there already are taken into account.
  }];
  let statistics = [
    Statistic<"numCsyncs", "csyncs", "Csyncs inserted">,
    Statistic<"numCsyncAlls", "csync-alls", "Csyncs of everything inserted">,
    Statistic<"numHoisted", "hoisted", "Csyncs put in front of a loop">];
  let dependentDialects = ["::copier::CopierDialect"];
}

def PrintPending : Pass<"copier-print-pending", "::mlir::ModuleOp"> {
  let summary = "print what the analysis knows, for tests";
  let description = [{
    Prints for each function its sites, the csyncs that it needs, and what it
    leaves pending, to standard error. Changes nothing.
  }];
}

def PipelineLoops : Pass<"copier-pipeline-loops", "::mlir::ModuleOp"> {
  let summary = "wait piece by piece in loops, and copy tiles ahead";
  let description = [{
    With `segments`, after `-copier-insert-csync`: a csync in front of a loop
    that goes through the memory from its first dimension's beginning to its end
    moves into the loop, a segment at a time. An `affine.for` or `scf.for` is
    split into one loop over segments and one inside; an `scf.parallel` becomes a
    sequence of parallel loops, one for each segment; a linalg operation is tiled
    into a loop over segments.

    With `double-buffer`, before `-copier-insert-csync`: where a loop copies a
    tile into a buffer and then computes with it, the buffer is doubled, and each
    iteration submits the copy of the next tile before it computes.
  }];
  let options = [
    Option<"segments", "segments", "bool", /*default=*/"true",
           "Wait segment by segment">,
    Option<"doubleBuffer", "double-buffer", "bool", /*default=*/"true",
           "Double the buffers of tiled copies">,
    Option<"segment", "segment", "int64_t", /*default=*/"65536",
           "Bytes of a segment, at least; a power of two">];
  let statistics = [
    Statistic<"numSegmented", "segmented", "Csyncs split into segments">,
    Statistic<"numDoubled", "doubled", "Buffers doubled">];
  let dependentDialects = ["::copier::CopierDialect",
                           "::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def ConvertCopierToLLVM : Pass<"convert-copier-to-llvm", "::mlir::ModuleOp"> {
  let summary = "lower the copier dialect to calls of libcopier";
  let description = [{
    A copy becomes a call of `__copier_amemcpy`, or `__copier_amemcpy_hinted`,
    behind the test that says whether a plain memcpy would do; a csync a call of
    `__copier_csync` behind a test of `__copier_pending`. Both stand in small
    functions that LLVM always inlines. A copy between strided memrefs is a loop
    over its contiguous runs.

    The declarations get no memory attributes: with them LLVM would delete
    copies. The same patterns serve `-convert-to-llvm`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def LLVMMemcpy : Pass<"copier-llvm-memcpy", "::mlir::ModuleOp"> {
  let summary = "make llvm.intr.memcpy asynchronous and insert csyncs";
  let description = [{
    For modules in the LLVM dialect, such as `mlir-translate --import-llvm`
    gives: copies by `llvm.intr.memcpy` of unknown size, or of at least
    `min-size` bytes, become calls of `__copier_amemcpy`, and calls of
    `__copier_csync` and `__copier_csync_all` go where the analysis of
    `-copier-insert-csync` wants them. Volatile copies, other address spaces and
    functions that call setjmp are left alone.
  }];
  let options = [
    Option<"minSize", "min-size", "int64_t", /*default=*/"16384",
           "Leave copies that are known to have fewer bytes">];
  let statistics = [
    Statistic<"numAsynchronous", "asynchronous", "Copies made asynchronous">,
    Statistic<"numLeft", "left", "Copies left as they were">,
    Statistic<"numCsyncs", "csyncs", "Csyncs inserted">,
    Statistic<"numCsyncAlls", "csync-alls", "Csyncs of everything inserted">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // COPIER_PASSES
