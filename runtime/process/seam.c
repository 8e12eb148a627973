//===- seam.c - Where others look on ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The probes that would be in several functions: perf takes only the first
// place of a probe, so each has one.
//
//===----------------------------------------------------------------------===//

#include "process/seam.h"

const struct copier_hooks *copier_seam_hooks;

void copier_seam_trace_csync_begin(const void *addr, size_t n) {
  STAP_PROBE2(copier, csync_begin, addr, n);
}

void copier_seam_trace_csync_end(const void *addr, size_t n) {
  STAP_PROBE2(copier, csync_end, addr, n);
}

void copier_seam_abort(const void *addr, size_t n) {
  STAP_PROBE2(copier, abort, addr, n);
  COPIER_CALL_HOOK(abort, addr, n);
}
