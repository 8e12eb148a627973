//===- copies-nothing.c - A libcopier that does not copy ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// It would be the fastest of all: the benchmarks must notice.
//
//===----------------------------------------------------------------------===//

#define COPIER_NO_INLINE
#include <copier.h>

struct copier_pending __copier_pending = {1, NULL};
_Thread_local struct copier_window __copier_window;
size_t __copier_min_size;

void *amemcpy(void *dst, const void *src, size_t n) { return dst; }
void *__copier_amemcpy(void *dst, const void *src, size_t n,
                       struct copier_site *site) {
  return dst;
}
void *__copier_amemcpy_hinted(void *dst, const void *src, size_t n,
                              struct copier_site *site, uint32_t hints,
                              size_t segment) {
  return dst;
}
int _amemcpy(void *dst, const void *src, size_t n, int fd,
             const struct copier_func *func, struct copier_descr *descr,
             size_t offset, unsigned opts) {
  return 0;
}
void csync(const void *addr, size_t n) {}
void csync_all(void) {}
void __copier_csync(const void *addr, size_t n) {}
void __copier_csync_all(void) {}
void __copier_guard(const void *addr, size_t n) {}
void copier_abort(const void *addr, size_t n) {}
int post_handlers(void) { return 0; }
