//===- stats.h - Counting what happened, per copy site ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With COPIER_STATS set, every copy and csync is counted here; without it
// nothing is, and every function returns at once. docs/stats.md describes the
// file that is written at exit. No memory is allocated before that.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_STATS_H
#define COPIER_PROCESS_STATS_H

#include "core/task.h"
#include "process/sites.h"

/// The counters of the process.
struct copier_totals {
  _Atomic uint64_t csync_calls;
  _Atomic uint64_t segments_service;
  _Atomic uint64_t segments_client;
  _Atomic uint64_t queue_full;
  _Atomic uint64_t cpu_bytes; ///< Moved for submitted copies, by the CPU, and
  _Atomic uint64_t dma_bytes; ///< by a DMA unit.
};

/// What the file says about the configuration.
struct copier_stats_header {
  const char *backend;
  size_t min_size;
  size_t segment;
};

extern bool copier_stats_enabled;
extern struct copier_totals copier_stats_totals;

/// Starts counting, to write to \p path in which "%p" stands for the process
/// id. Returns 0, or the errno that says why the file cannot be written.
int copier_stats_start(const char *path);

/// Writes the file; complains on stderr if that fails.
void copier_stats_write(const struct copier_stats_header *header);

/// In the child of a fork: its counters start from 0.
void copier_stats_after_fork(void);

/// Counts a copy of \p n bytes.
void copier_stats_copy(struct copier_record *record, size_t n, bool async);

/// Counts one event in a field of copier_stats_totals.
static inline void copier_stats_count(_Atomic uint64_t *counter) {
  if (copier_stats_enabled)
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/// Counts bytes that were moved for submitted copies.
void copier_stats_moved(size_t cpu_bytes, size_t dma_bytes);

/// The clock and the accounts of a copier_worker: for a csyncing thread, and
/// for the service.
uint64_t copier_stats_clock(void);
void copier_stats_csync(const struct copier_task *task, unsigned segments,
                        uint64_t nanoseconds);
void copier_stats_service(const struct copier_task *task, unsigned segments,
                          uint64_t nanoseconds);

#endif // COPIER_PROCESS_STATS_H
