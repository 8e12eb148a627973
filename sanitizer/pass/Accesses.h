//===- Accesses.h - Which memory an instruction touches -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every instruction that reads, writes or ends the life of memory, as ranges.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_ACCESSES_H
#define COPSAN_ACCESSES_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Instruction.h"

namespace copsan {

struct Access {
  enum KindTy { Read, Write, Update };

  llvm::Instruction *I;
  KindTy Kind;
  llvm::Value *Pointer;
  /// In bytes; null: `FixedSize`.
  llvm::Value *Size = nullptr;
  uint64_t FixedSize = 0;
  /// Of a masked access: only the lanes that are set, of `LaneSize` bytes.
  llvm::Value *Mask = nullptr;
  uint64_t LaneSize = 0;
};

/// The accesses of \p I. Calls of functions have none: interceptors see them.
llvm::SmallVector<Access, 2> accessesOf(llvm::Instruction &I);

} // namespace copsan

#endif // COPSAN_ACCESSES_H
