//===- units.h - The CPU as a copy unit ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One unit for each SIMD level, libc's memcpy, which chooses a level itself,
// and the better of two for each copy, which is the default. docs/dispatcher.md
// has the measurements.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_UNITS_H
#define COPIER_PROCESS_UNITS_H

#include "core/dispatch.h"

/// A copy of so many bytes finds and leaves nothing in most caches. It is made
/// by the unit even where it is made at once, which is else libc's to do.
#define COPIER_BEYOND_CACHES ((size_t)32 << 20)

/// All of them, the default first; the last one is NULL.
extern const struct copier_unit *const copier_cpu_units[];

/// What the environment chose.
extern const struct copier_unit *copier_cpu_unit;
extern const struct copier_unit *copier_dma_unit; ///< NULL: none.

/// Has the processor what \p unit needs?
bool copier_cpu_unit_is_supported(const struct copier_unit *unit);

#endif // COPIER_PROCESS_UNITS_H
