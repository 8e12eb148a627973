//===- api.c - The functions that programs and compilers call -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decides for each copy whether to submit it or to copy at once. copier.h and
// copier/entry_points.h are the contract.
//
//===----------------------------------------------------------------------===//

#include "client/config.h"
#include "client/lifecycle.h"
#include "copier.h"
#include "process/pending.h"
#include "process/stats.h"

#include <errno.h>
#include <string.h>

/// Copies before returning, after what must come first.
static void copy_now(struct copier_range written, struct copier_range read) {
  if (__atomic_load_n(&__copier_pending, __ATOMIC_ACQUIRE))
    copier_pending_complete(written, read);
  memmove((void *)written.begin, (const void *)read.begin,
          written.end - written.begin);
}

static bool submit(struct copier_range written, struct copier_range read,
                   size_t n, struct copier_record *record) {
  if (n < copier_config.min_size || copier_ranges_meet(written, read))
    return false;
  int saved_errno = errno;
  copier_lifecycle_watch_thread();
  bool taken = copier_config.backend->submit(&(struct copier_task){
      .dst = written.begin,
      .src = read.begin,
      .size = n,
      .segment_shift = copier_segment_shift(n, copier_config.segment_shift),
      .cookie = record,
  });
  errno = saved_errno;
  return taken;
}

static void *copy(void *dst, const void *src, size_t n,
                  struct copier_site *site, const void *return_address) {
  if (n == 0 || dst == src)
    return dst;
  struct copier_record *record = copier_stats_record(site, return_address);
  struct copier_range written = copier_range_of((uintptr_t)dst, n);
  struct copier_range read = copier_range_of((uintptr_t)src, n);
  bool async = submit(written, read, n, record);
  if (!async)
    copy_now(written, read);
  copier_stats_copy(record, n, async);
  return dst;
}

void *amemcpy(void *dst, const void *src, size_t n) {
  return copy(dst, src, n, NULL, __builtin_return_address(0));
}

void *amemmove(void *dst, const void *src, size_t n) {
  return copy(dst, src, n, NULL, __builtin_return_address(0));
}

void *__copier_amemcpy(void *dst, const void *src, size_t n,
                       struct copier_site *site) {
  return copy(dst, src, n, site, __builtin_return_address(0));
}

void *__copier_amemmove(void *dst, const void *src, size_t n,
                        struct copier_site *site) {
  return copy(dst, src, n, site, __builtin_return_address(0));
}

void *__copier_amemcpy_hinted(void *dst, const void *src, size_t n,
                              struct copier_site *site, uint32_t hints,
                              size_t segment) {
  (void)hints;
  (void)segment;
  return copy(dst, src, n, site, __builtin_return_address(0));
}

void __copier_csync(const void *addr, size_t n) {
  copier_stats_count(&copier_stats_totals.csync_calls);
  copier_pending_complete(copier_range_of((uintptr_t)addr, n), COPIER_NO_RANGE);
}

void __copier_csync_all(void) {
  copier_stats_count(&copier_stats_totals.csync_calls);
  copier_pending_complete_all();
}

void csync(const void *addr, size_t n) {
  if (__atomic_load_n(&__copier_pending, __ATOMIC_ACQUIRE))
    __copier_csync(addr, n);
}

void csync_all(void) {
  if (__atomic_load_n(&__copier_pending, __ATOMIC_ACQUIRE))
    __copier_csync_all();
}

// Completing what may be given up is always right.
void copier_abort(const void *addr, size_t n) { csync(addr, n); }
