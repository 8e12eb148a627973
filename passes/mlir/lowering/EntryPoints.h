//===- EntryPoints.h - libcopier in a module of the LLVM dialect ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declares the symbols of entry_points.h in a module and builds the small
// functions around them: a test, and a call if it says so. They are functions
// and not blocks, so that they can be called from within scf, and are always
// inlined. Also the records of copy sites.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_LOWERING_ENTRY_POINTS_H
#define COPIER_MLIR_LOWERING_ENTRY_POINTS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace copier {

/// What a copy says about itself beside its bytes.
struct CopyHints {
  bool Lazy = false;
  int64_t Segment = 0;
  bool any() const { return Lazy || Segment; }
};

/// Functions fail, with an error at the module, if one of the symbols is
/// something else in there already.
class EntryPoints {
public:
  using Function = mlir::FailureOr<mlir::LLVM::LLVMFuncOp>;

  /// (target, source, bytes, site), and (hints, segment) for a hinted one.
  Function copy(mlir::ModuleOp Module, bool Hinted);
  /// (target, source, site, hints, segment, element bytes, then for each
  /// dimension sizes, target strides, source strides, in bytes).
  Function stridedCopy(mlir::ModuleOp Module, unsigned Rank, bool Hinted);
  /// (address, bytes)
  Function csync(mlir::ModuleOp Module);
  /// ()
  Function csyncAll(mlir::ModuleOp Module);
  /// (address, bytes)
  Function abort(mlir::ModuleOp Module);

  /// The address of a new struct copier_site for a copy at \p Op.
  mlir::Value site(mlir::OpBuilder &Builder, mlir::Operation *Op);

private:
  Function declare(mlir::ModuleOp Module, mlir::StringRef Name,
                   mlir::Type Result, mlir::ArrayRef<mlir::Type> Parameters);
  Function beginHelper(mlir::ModuleOp Module, mlir::StringRef Name,
                       mlir::ArrayRef<mlir::Type> Parameters);
  /// The lower \p Bits of a counter, which has 64.
  mlir::Value loadCounter(mlir::OpBuilder &Builder, mlir::ModuleOp Module,
                          mlir::StringRef Name, unsigned Bits,
                          mlir::LLVM::AtomicOrdering Order);
  Function whenPending(mlir::ModuleOp Module, mlir::StringRef Name,
                       mlir::StringRef Symbol);
  mlir::LLVM::GlobalOp string(mlir::ModuleOp Module, mlir::StringRef Text);
  std::string freshName(mlir::ModuleOp Module, mlir::StringRef Prefix);

  unsigned Names = 0;
  llvm::StringMap<std::string> Strings;
};

} // namespace copier

#endif // COPIER_MLIR_LOWERING_ENTRY_POINTS_H
