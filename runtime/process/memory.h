//===- memory.h - Taking page faults before a copy does -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy must not fault while its claim is held, and a fault must hit the
// thread to which a memcpy would have sent it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_MEMORY_H
#define COPIER_PROCESS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Touches all pages of both ranges, for writing at \p dst without changing a
/// byte. A bad address raises SIGSEGV or SIGBUS here, in this thread.
void copier_memory_touch(uintptr_t dst, uintptr_t src, size_t n);

/// As touch, but false instead of a signal; also false where the kernel cannot
/// tell (before Linux 5.14, device memory). errno may change.
bool copier_memory_populate(uintptr_t dst, uintptr_t src, size_t n);

#endif // COPIER_PROCESS_MEMORY_H
