//===- simd.h - Copying by vector registers -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Pure instructions: whoever calls them has seen to it that the CPU has them
// and the registers may be used. Knows nothing of the kernel, so that a program
// can test them.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MODULE_SIMD_H
#define COPIER_MODULE_SIMD_H

/// What one call copies is a multiple of this.
#define COPIER_SIMD_BLOCK 256

/// Copy \p blocks blocks, which do not overlap and need not be aligned.
void copier_copy_avx2(void *dst, const void *src, unsigned long blocks);
void copier_copy_avx512(void *dst, const void *src, unsigned long blocks);

#endif // COPIER_MODULE_SIMD_H
