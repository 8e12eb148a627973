//===- Objects.h - What memory is new to a function -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of which objects the bytes cannot belong to a copy from before, and of which
// alias analysis only believes it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GEN_OBJECTS_H
#define COPIER_GEN_OBJECTS_H

namespace llvm {
class MemoryLocation;
class TargetLibraryInfo;
class Value;
} // namespace llvm

namespace copier {

/// Whether \p Object is memory of its function's frame: what alloca makes, or
/// an argument that is passed by value.
bool isInFrame(const llvm::Value &Object);

/// Whether \p Object is memory that libc has just allocated. What was there
/// before has been freed, and so synced.
bool isFreshFromLibc(const llvm::Value &Object,
                     const llvm::TargetLibraryInfo &TLI);

/// Whether alias analysis takes \p A and \p B for apart on the word of somebody
/// who only speaks of accesses: a function that hands out memory of its own
/// (`malloc` attribute), or takes it (`restrict`). The bytes may have been
/// handed out before, with a copy pending, and taken back unseen.
bool mayBeTheSameReused(const llvm::MemoryLocation &A,
                        const llvm::MemoryLocation &B,
                        const llvm::TargetLibraryInfo &TLI);

} // namespace copier

#endif // COPIER_GEN_OBJECTS_H
