//===- seam.h - Where others look on ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every copy, csync, abort and completion passes one of these functions, for
// the statistics, for whoever traces the process (USDT probes of the provider
// `copier`; docs/runtime.md lists them), and for a sanitizer (struct
// copier_hooks in copier/entry_points.h). With nobody there, a probe is one nop
// and the hooks a load and a branch.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_SEAM_H
#define COPIER_PROCESS_SEAM_H

#include "core/sources.h"
#include "process/stats.h"

// A probe's arguments stay in registers; clang would rather store them.
#define STAP_SDT_ARG_CONSTRAINT nr
#include <sys/sdt.h>

/// NULL: nobody has set any. Changed by client/hooks.c.
extern const struct copier_hooks *copier_seam_hooks;

#define COPIER_CALL_HOOK(NAME, ...)                                            \
  do {                                                                         \
    const struct copier_hooks *hooks_ =                                        \
        __atomic_load_n(&copier_seam_hooks, __ATOMIC_ACQUIRE);                 \
    if (__builtin_expect(hooks_ != NULL, 0) && hooks_->NAME)                   \
      hooks_->NAME(__VA_ARGS__);                                               \
  } while (0)

/// The submit, csync or abort of \p addr that comes next is of the queue \p fd,
/// with \p opts.
static inline void copier_seam_named(const void *addr, int fd, unsigned opts) {
  COPIER_CALL_HOOK(named, addr, fd, opts);
}

/// A copy of \p n bytes, not 0, as the program has asked for it, before any of
/// it is made.
static inline void copier_seam_submit(void *dst, const void *src, size_t n,
                                      const struct copier_site *site,
                                      const void *return_address) {
  COPIER_CALL_HOOK(submit, dst, src, n, site, return_address);
}

/// That copy once more, for tracers.
static inline void copier_seam_trace_submit(uintptr_t dst, uintptr_t src,
                                            size_t n,
                                            const struct copier_record *site) {
  STAP_PROBE4(copier, submit, dst, src, n, site);
}

/// That copy is counted by \p descr, from its \p offset on.
static inline void copier_seam_counted(void *dst, size_t n,
                                       const struct copier_descr *descr,
                                       size_t offset) {
  COPIER_CALL_HOOK(counted, dst, n, descr, offset);
}

/// A copy, or a part of one, has been made before amemcpy returned.
static inline void copier_seam_copied_now(uintptr_t dst, uintptr_t src,
                                          size_t n) {
  STAP_PROBE3(copier, copied_now, dst, src, n);
}

/// A copy has begun, or is made already; \p async if some of it goes on.
static inline void copier_seam_made(struct copier_record *record, size_t n,
                                    bool async) {
  copier_stats_copy(record, n, async);
}

/// Of seam.c: the probes alone.
void copier_seam_trace_csync_begin(const void *addr, size_t n);
void copier_seam_trace_csync_end(const void *addr, size_t n);

/// A csync that is not without anything to do, before it does it, and after.
static inline void copier_seam_csync_begin(const void *addr, size_t n) {
  copier_stats_count(&copier_stats_totals.csync_calls);
  copier_seam_trace_csync_begin(addr, n);
  COPIER_CALL_HOOK(csync, addr, n);
}

static inline void copier_seam_csync_end(const void *addr, size_t n) {
  copier_seam_trace_csync_end(addr, n);
}

/// A csync that has turned out to have nothing to do.
static inline void copier_seam_csync_of_nothing(const void *addr, size_t n) {
  COPIER_CALL_HOOK(csync, addr, n);
}

/// csync_all, which a tracer sees as a csync of all addresses.
static inline void copier_seam_csync_all_begin(void) {
  copier_stats_count(&copier_stats_totals.csync_calls);
  copier_seam_trace_csync_begin(NULL, SIZE_MAX);
  COPIER_CALL_HOOK(csync_all, );
}

static inline void copier_seam_csync_all_end(void) {
  copier_seam_trace_csync_end(NULL, SIZE_MAX);
}

/// _csync with a descriptor, before it does anything.
static inline void copier_seam_csync_descr(const struct copier_descr *descr,
                                           size_t offset, size_t n,
                                           unsigned opts) {
  COPIER_CALL_HOOK(csync_descr, descr, offset, n, opts);
}

/// An abort, before it is carried out.
void copier_seam_abort(const void *addr, size_t n);

/// Segment \p index of \p task is done, or given up.
static inline void copier_seam_complete(const struct copier_task *task,
                                        unsigned index) {
  STAP_PROBE2(copier, complete, task->dst + copier_segment_offset(task, index),
              copier_segment_size(task, index));
}

/// The function of \p copy is about to run in this thread.
static inline void copier_seam_func(const struct copier_piece *copy) {
  COPIER_CALL_HOOK(func, (void *)copy->dst, (const void *)copy->src, copy->n);
}

/// Everything that is pending is about to be completed, at fork or an exit.
static inline void copier_seam_settle(void) { COPIER_CALL_HOOK(settle, ); }

/// This is the child of a fork, and libcopier is ready to be used.
static inline void copier_seam_fork_child(void) {
  COPIER_CALL_HOOK(fork_child, );
}

#endif // COPIER_PROCESS_SEAM_H
