//===- simd.c - Copying by vector registers -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The compiler, which has been told to use none, need not know of these
// registers.
//
//===----------------------------------------------------------------------===//

#include "module/simd.h"

void copier_copy_avx2(void *dst, const void *src, unsigned long blocks) {
  for (; blocks; --blocks) {
    __asm__ volatile("vmovdqu (%0), %%ymm0\n\t"
                     "vmovdqu 32(%0), %%ymm1\n\t"
                     "vmovdqu 64(%0), %%ymm2\n\t"
                     "vmovdqu 96(%0), %%ymm3\n\t"
                     "vmovdqu 128(%0), %%ymm4\n\t"
                     "vmovdqu 160(%0), %%ymm5\n\t"
                     "vmovdqu 192(%0), %%ymm6\n\t"
                     "vmovdqu 224(%0), %%ymm7\n\t"
                     "vmovdqu %%ymm0, (%1)\n\t"
                     "vmovdqu %%ymm1, 32(%1)\n\t"
                     "vmovdqu %%ymm2, 64(%1)\n\t"
                     "vmovdqu %%ymm3, 96(%1)\n\t"
                     "vmovdqu %%ymm4, 128(%1)\n\t"
                     "vmovdqu %%ymm5, 160(%1)\n\t"
                     "vmovdqu %%ymm6, 192(%1)\n\t"
                     "vmovdqu %%ymm7, 224(%1)"
                     :
                     : "r"(src), "r"(dst)
                     : "memory");
    src = (const char *)src + COPIER_SIMD_BLOCK;
    dst = (char *)dst + COPIER_SIMD_BLOCK;
  }
  __asm__ volatile("vzeroupper");
}

void copier_copy_avx512(void *dst, const void *src, unsigned long blocks) {
  for (; blocks; --blocks) {
    __asm__ volatile("vmovdqu64 (%0), %%zmm0\n\t"
                     "vmovdqu64 64(%0), %%zmm1\n\t"
                     "vmovdqu64 128(%0), %%zmm2\n\t"
                     "vmovdqu64 192(%0), %%zmm3\n\t"
                     "vmovdqu64 %%zmm0, (%1)\n\t"
                     "vmovdqu64 %%zmm1, 64(%1)\n\t"
                     "vmovdqu64 %%zmm2, 128(%1)\n\t"
                     "vmovdqu64 %%zmm3, 192(%1)"
                     :
                     : "r"(src), "r"(dst)
                     : "memory");
    src = (const char *)src + COPIER_SIMD_BLOCK;
    dst = (char *)dst + COPIER_SIMD_BLOCK;
  }
  __asm__ volatile("vzeroupper");
}
