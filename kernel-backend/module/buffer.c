//===- buffer.c - The seam in the kernel: buffers -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Pages of the kernel's, which whoever has one pinned keeps with all the
// others.
//
//===----------------------------------------------------------------------===//

#include "service/os.h"

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

static void free_buffer(struct kref *owners) {
  struct copier_os_buffer *buffer =
      container_of(owners, struct copier_os_buffer, owners);
  for (unsigned i = 0; i != buffer->page_count; ++i)
    __free_page(buffer->pages[i]);
  kfree(buffer);
}

struct copier_os_buffer *copier_os_buffer_new(size_t n) {
  unsigned count = DIV_ROUND_UP(n, PAGE_SIZE);
  struct copier_os_buffer *buffer =
      kzalloc(struct_size(buffer, pages, count), GFP_KERNEL_ACCOUNT);
  if (!buffer)
    return NULL;
  kref_init(&buffer->owners);
  for (; buffer->page_count != count; ++buffer->page_count) {
    struct page *page = alloc_page(GFP_KERNEL_ACCOUNT);
    if (!page) {
      copier_os_buffer_put(buffer);
      return NULL;
    }
    buffer->pages[buffer->page_count] = page;
  }
  return buffer;
}

void copier_os_buffer_get(struct copier_os_buffer *buffer) {
  kref_get(&buffer->owners);
}

void copier_os_buffer_put(struct copier_os_buffer *buffer) {
  kref_put(&buffer->owners, free_buffer);
}

void copier_os_buffer_pin(struct copier_os_buffer *buffer, size_t offset,
                          size_t n, struct copier_os_pages *pages) {
  unsigned first = offset >> PAGE_SHIFT;
  copier_os_buffer_get(buffer);
  pages->buffer = buffer;
  pages->offset = offset_in_page(offset);
  pages->n = n;
  pages->count = DIV_ROUND_UP(pages->offset + n, PAGE_SIZE);
  memcpy(pages->pages, buffer->pages + first,
         pages->count * sizeof(*pages->pages));
}
