//===- EntryCalls.h - Calls of libcopier in the LLVM dialect --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where copies are calls already, as in what the LLVM dialect's own pass makes,
// the analysis knows them by the symbols of entry_points.h.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MLIR_ANALYSIS_ENTRY_CALLS_H
#define COPIER_MLIR_ANALYSIS_ENTRY_CALLS_H

#include "copier/entry_points.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringSwitch.h"

namespace copier {

enum class EntryCall { Copy, Csync, CsyncAll, Abort };

/// The functions that the lowering puts around the entry points; their
/// parameters are the same.
constexpr char CopyHelper[] = "copier.amemcpy";
constexpr char HintedCopyHelper[] = "copier.amemcpy_hinted";
constexpr char CsyncHelper[] = "copier.csync";
constexpr char CsyncAllHelper[] = "copier.csync_all";
constexpr char AbortHelper[] = "copier.abort";

/// Whether a function is one of them, which no pass may look into.
inline bool isHelper(llvm::StringRef Name) {
  return Name.starts_with("copier.");
}

/// Which entry point the operation calls, if any.
inline std::optional<EntryCall> entryCall(mlir::Operation *Op) {
  auto Call = llvm::dyn_cast<mlir::LLVM::CallOp>(Op);
  if (!Call || !Call.getCallee())
    return std::nullopt;
  return llvm::StringSwitch<std::optional<EntryCall>>(*Call.getCallee())
      .Cases({COPIER_SYMBOL_AMEMCPY, COPIER_SYMBOL_AMEMMOVE,
              COPIER_SYMBOL_AMEMCPY_HINTED, CopyHelper, HintedCopyHelper},
             EntryCall::Copy)
      .Cases({COPIER_SYMBOL_CSYNC, CsyncHelper}, EntryCall::Csync)
      .Cases({COPIER_SYMBOL_CSYNC_ALL, CsyncAllHelper}, EntryCall::CsyncAll)
      .Cases({COPIER_SYMBOL_ABORT, AbortHelper}, EntryCall::Abort)
      .Default(std::nullopt);
}

} // namespace copier

#endif // COPIER_MLIR_ANALYSIS_ENTRY_CALLS_H
