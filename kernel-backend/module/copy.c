//===- copy.c - The seam in the kernel: copying pinned pages ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// From page to page through the kernel's own mapping of them, which cannot
// fault. The registers are saved once for what is copied together, but given
// back now and then: nobody else runs on this CPU meanwhile.
//
//===----------------------------------------------------------------------===//

#include "module/copy.h"
#include "module/simd.h"
#include "service/os.h"
#include "uapi/copier.h"

#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

/// Fewer bytes are not worth saving the registers.
#define LEAST_BYTES 2048

/// The registers are given back after so many.
#define MOST_BYTES 65536

static void (*copy_blocks)(void *dst, const void *src, unsigned long blocks);
static unsigned features;

static bool has(unsigned feature, u64 state) {
  return boot_cpu_has(feature) && cpu_has_xfeatures(state, NULL);
}

void copier_copy_choose(unsigned most_bits) {
  const u64 avx = XFEATURE_MASK_SSE | XFEATURE_MASK_YMM;
  if (most_bits >= 512 &&
      has(X86_FEATURE_AVX512F, avx | XFEATURE_MASK_AVX512)) {
    copy_blocks = copier_copy_avx512;
    features = COPIER_ABI_FEATURE_AVX512;
  } else if (most_bits >= 256 && has(X86_FEATURE_AVX2, avx)) {
    copy_blocks = copier_copy_avx2;
    features = COPIER_ABI_FEATURE_AVX2;
  }
}

unsigned copier_copy_features(void) { return features; }

/// What is copied together.
struct section {
  bool has_registers;
  size_t left; ///< Bytes until they are given back.
};

static void begin_section(struct section *section) {
  section->has_registers = copy_blocks && irq_fpu_usable();
  section->left = MOST_BYTES;
  if (section->has_registers)
    kernel_fpu_begin();
}

static void end_section(const struct section *section) {
  if (section->has_registers)
    kernel_fpu_end();
}

/// Copies bytes within a page.
static void copy_bytes(struct section *section, struct page *to, size_t to_at,
                       struct page *from, size_t from_at, size_t n) {
  char *dst = kmap_local_page(to);
  char *src = kmap_local_page(from);
  size_t blocks = section->has_registers ? n / COPIER_SIMD_BLOCK : 0;
  size_t done = blocks * COPIER_SIMD_BLOCK;
  if (blocks)
    copy_blocks(dst + to_at, src + from_at, blocks);
  memcpy(dst + to_at + done, src + from_at + done, n - done);
  kunmap_local(src);
  kunmap_local(dst);
}

static void copy_pair(struct section *section,
                      const struct copier_os_pair *pair) {
  const struct copier_os_pages *dst = pair->dst;
  const struct copier_os_pages *src = pair->src;
  size_t done = 0;
  while (done != dst->n) {
    size_t to = dst->offset + done;
    size_t from = src->offset + done;
    size_t n = min3(PAGE_SIZE - offset_in_page(to),
                    PAGE_SIZE - offset_in_page(from), dst->n - done);
    if (section->left < n) {
      end_section(section);
      cond_resched();
      begin_section(section);
    }
    copy_bytes(section, dst->pages[to >> PAGE_SHIFT], offset_in_page(to),
               src->pages[from >> PAGE_SHIFT], offset_in_page(from), n);
    section->left -= n;
    done += n;
  }
}

void copier_os_copy(const struct copier_os_pair *pairs, unsigned count) {
  struct section section = {false, MOST_BYTES};
  size_t n = 0;
  for (unsigned i = 0; i != count; ++i)
    n += pairs[i].dst->n;
  if (n >= LEAST_BYTES)
    begin_section(&section);
  for (unsigned i = 0; i != count; ++i)
    copy_pair(&section, &pairs[i]);
  end_section(&section);
}
