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

/// Mappings that are known to be safe. A pending copy's memory stays mapped as
/// it is, so what is known when it is pending is true until it is complete.
struct copier_known_memory {
  unsigned next; ///< Which entry is forgotten next.
  struct {
    struct copier_range range;
    bool is_writable;
  } ranges[4];
};

/// As copier_memory_is_safe, of memory of copies that are pending since
/// \p known was last emptied; asks the kernel only about what is not known.
bool copier_memory_is_known_safe(struct copier_known_memory *known,
                                 uintptr_t dst, uintptr_t src, size_t n);

/// Would a copy of \p n bytes from \p src to \p dst surely raise a signal?
bool copier_memory_is_bad(uintptr_t dst, uintptr_t src, size_t n);

/// Raises the signal that a copy of \p n bytes would, if any. Changes nothing,
/// not even where others are writing.
void copier_memory_touch(uintptr_t dst, uintptr_t src, size_t n);

/// In the child of a fork.
void copier_memory_after_fork(void);

#endif // COPIER_PROCESS_MEMORY_H
