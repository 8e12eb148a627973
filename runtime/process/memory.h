//===- memory.h - Taking page faults before a copy does -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The service, and a process that ends, must not fault: the signal belongs to
// the thread that a memcpy would have sent it to.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_MEMORY_H
#define COPIER_PROCESS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Makes \p n bytes at \p src readable and at \p dst writable without a fault.
/// False if that fails, and where the kernel cannot do it (before Linux 5.14,
/// device memory). errno may change.
bool copier_memory_populate(uintptr_t dst, uintptr_t src, size_t n);

/// Is one of the two surely a bad address? errno may change.
bool copier_memory_is_bad(uintptr_t dst, uintptr_t src, size_t n);

#endif // COPIER_PROCESS_MEMORY_H
