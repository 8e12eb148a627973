//===- api.c - The functions that programs and compilers call -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The high-level interface. copier.h and copier/entry_points.h are the
// contract.
//
//===----------------------------------------------------------------------===//

#include "client/submit.h"
#include "copier.h"
#include "process/descr.h"
#include "process/pending.h"
#include "process/seam.h"

#include <string.h>

/// Most copies are short.
static inline bool is_plain(size_t n) {
  return n < __copier_min_size &&
         !(uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
}

static void *copy(void *dst, const void *src, size_t n,
                  struct copier_site *site, const void *return_address,
                  bool may_overlap) {
  if (is_plain(n))
    // memmove of nothing wants valid pointers all the same.
    return n ? memmove(dst, src, n) : dst;
  if (n == 0 || dst == src)
    return dst;
  copier_seam_submit(dst, src, n, site, return_address);
  copier_submit(
      &(struct copier_request){
          .client = &copier_default_client,
          .dst = (uintptr_t)dst,
          .src = (uintptr_t)src,
          .n = n,
          .record = copier_record_for(site, return_address),
      },
      may_overlap);
  return dst;
}

void *amemcpy(void *dst, const void *src, size_t n) {
  return copy(dst, src, n, NULL, __builtin_return_address(0), false);
}

void *amemmove(void *dst, const void *src, size_t n) {
  return copy(dst, src, n, NULL, __builtin_return_address(0), true);
}

void *__copier_amemcpy(void *dst, const void *src, size_t n,
                       struct copier_site *site) {
  return copy(dst, src, n, site, __builtin_return_address(0), false);
}

void *__copier_amemmove(void *dst, const void *src, size_t n,
                        struct copier_site *site) {
  return copy(dst, src, n, site, __builtin_return_address(0), true);
}

void *__copier_memcpy(void *dst, const void *src, size_t n,
                      struct copier_site *site) {
  if (is_plain(n))
    return memcpy(dst, src, n);
  copy(dst, src, n, site, __builtin_return_address(0), false);
  csync(dst, n);
  return dst;
}

void *__copier_memmove(void *dst, const void *src, size_t n,
                       struct copier_site *site) {
  if (is_plain(n))
    return memmove(dst, src, n);
  copy(dst, src, n, site, __builtin_return_address(0), true);
  csync(dst, n);
  return dst;
}

void *__copier_amemcpy_hinted(void *dst, const void *src, size_t n,
                              struct copier_site *site, uint32_t hints,
                              size_t segment) {
  // The runtime's own segments are no larger than what a csync is worth.
  (void)segment;
  if (!(hints & COPIER_HINT_LAZY) || n == 0 || dst == src)
    return copy(dst, src, n, site, __builtin_return_address(0), false);
  copier_seam_named(dst, -1, COPIER_LAZY);
  copier_seam_submit(dst, src, n, site, __builtin_return_address(0));
  struct copier_request request = {
      .client = &copier_default_client,
      .dst = (uintptr_t)dst,
      .src = (uintptr_t)src,
      .n = n,
      .record = copier_record_for(site, __builtin_return_address(0)),
      .flags = COPIER_TASK_LAZY,
  };
  request.job = copier_job_new(request.record);
  if (request.job)
    copier_job_set_lazy(request.job);
  copier_submit(&request, false);
  return dst;
}

void __copier_csync(const void *addr, size_t n) {
  copier_seam_csync_begin(addr, n);
  copier_pending_complete(copier_range_of((uintptr_t)addr, n), COPIER_NO_RANGE);
  copier_seam_csync_end(addr, n);
}

void __copier_csync_all(void) {
  copier_seam_csync_all_begin();
  copier_pending_complete(COPIER_EVERYTHING, COPIER_NO_RANGE);
  copier_seam_csync_all_end();
}

void csync(const void *addr, size_t n) {
  uint64_t word = __atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
  if ((uint32_t)word && !copier_is_elsewhere(word, addr, n))
    __copier_csync(addr, n);
}

void __copier_guard(const void *addr, size_t n) { csync(addr, n); }

void csync_all(void) {
  if (!(uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE))
    return;
  __copier_csync_all();
  post_handlers();
}

void copier_abort(const void *addr, size_t n) {
  if (!(uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE) ||
      n == 0)
    return;
  copier_seam_abort(addr, n);
  copier_pending_abort(copier_range_of((uintptr_t)addr, n));
}
