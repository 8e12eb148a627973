//===- copy.c - The seam in the kernel: copying pinned pages ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// From page to page through the kernel's own mapping of them, which cannot
// fault.
//
//===----------------------------------------------------------------------===//

#include "service/os.h"

#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

static void copy_pair(const struct copier_os_pair *pair) {
  const struct copier_os_pages *dst = pair->dst;
  const struct copier_os_pages *src = pair->src;
  size_t done = 0;
  while (done != dst->n) {
    size_t to = dst->offset + done;
    size_t from = src->offset + done;
    size_t n = min3(PAGE_SIZE - offset_in_page(to),
                    PAGE_SIZE - offset_in_page(from), dst->n - done);
    memcpy_page(dst->pages[to >> PAGE_SHIFT], offset_in_page(to),
                src->pages[from >> PAGE_SHIFT], offset_in_page(from), n);
    done += n;
  }
}

void copier_os_copy(const struct copier_os_pair *pairs, unsigned count) {
  for (unsigned i = 0; i != count; ++i)
    copy_pair(&pairs[i]);
}
