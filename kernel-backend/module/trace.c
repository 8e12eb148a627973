//===- trace.c - The seam in the kernel: tracing ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// See module/trace.h.
//
//===----------------------------------------------------------------------===//

#include "service/os.h"

#define CREATE_TRACE_POINTS
#include "module/trace.h"

void copier_os_trace_take(unsigned client, uint64_t ticket, uintptr_t dst,
                          uintptr_t src, size_t size, unsigned error) {
  trace_copier_take(client, ticket, dst, src, size, error);
}

void copier_os_trace_copy(unsigned client, size_t bytes, bool in_call) {
  trace_copier_copy(client, bytes, in_call);
}

void copier_os_trace_fault(unsigned client, uint64_t ticket, uintptr_t addr,
                           int error) {
  trace_copier_fault(client, ticket, addr, error);
}

void copier_os_trace_sleep(unsigned client, bool begins) {
  trace_copier_sleep(client, begins);
}
