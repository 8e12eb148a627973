//===- memory.h - Whether memory can be accessed without a signal --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A worker that is not the program's own thread must not run into a bad
// address: the signal belongs to the thread that csyncs. So it asks before it
// touches. Faults that the kernel resolves are no matter: it may take those.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_MEMORY_H
#define COPIER_PROCESS_MEMORY_H

#include "core/sources.h"

/// Copies \p pieces one after the other with the CPU.
void copier_memory_copy(const struct copier_piece *pieces, unsigned count);

/// Can \p n bytes be copied from \p src to \p dst without a signal? Where the
/// kernel tells what is mapped (Linux 6.11), that costs the same for any size;
/// else it faults the memory in. False when in doubt.
bool copier_memory_is_safe(uintptr_t dst, uintptr_t src, size_t n);

/// Would a copy of \p n bytes from \p src to \p dst surely raise a signal?
bool copier_memory_is_bad(uintptr_t dst, uintptr_t src, size_t n);

/// In the child of a fork.
void copier_memory_after_fork(void);

#endif // COPIER_PROCESS_MEMORY_H
