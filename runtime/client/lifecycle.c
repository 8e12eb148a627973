//===- lifecycle.c - Start and end of processes and threads -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Hooks for the start of the process, exit, quick_exit, fork and the exit of a
// thread. They settle rather than csync: a copy from a bad address is the
// program's to fault on, and not in the middle of exit.
//
//===----------------------------------------------------------------------===//

#include "client/lifecycle.h"
#include "client/config.h"
#include "copier/entry_points.h"
#include "process/clients.h"
#include "process/fork_gate.h"
#include "process/jobs.h"
#include "process/memory.h"
#include "process/pending.h"
#include "process/seam.h"
#include "process/section.h"
#include "process/soft_dma.h"
#include "process/stats.h"
#include "process/sync_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_key_t thread_key;
static bool has_thread_key;
_Thread_local bool copier_lifecycle_is_watched;

static void end_thread(void *unused) {
  (void)unused;
  // Destructors of other keys may copy after this one.
  copier_lifecycle_is_watched = false;
  copier_section_end_thread();
  copier_jobs_end_thread();
  copier_pending_settle();
  if (gettid() == getpid())
    copier_config.backend->end_main_thread();
}

void copier_lifecycle_begin_watch(void) {
  copier_lifecycle_is_watched =
      has_thread_key &&
      pthread_setspecific(thread_key, &copier_lifecycle_is_watched) == 0;
}

static void before_fork(void) {
  copier_pending_settle();
  copier_fork_gate_close();
  if (copier_config.backend->before_fork)
    copier_config.backend->before_fork();
}

static void fork_parent(void) {
  if (copier_config.backend->fork_parent)
    copier_config.backend->fork_parent();
  copier_fork_gate_open();
}

static void fork_child(void) {
  copier_fork_gate_after_fork();
  copier_config.backend->after_fork();
  copier_clients_after_fork();
  copier_sync_queue_after_fork();
  copier_memory_after_fork();
  copier_section_after_fork();
  copier_soft_dma_after_fork();
  copier_stats_after_fork();
  copier_seam_fork_child();
}

/// Early: before the constructors of the program, which may copy.
__attribute__((constructor(101))) static void start(void) {
  copier_config_read();
  has_thread_key = pthread_key_create(&thread_key, end_thread) == 0;
  copier_lifecycle_watch_thread();
  pthread_atfork(before_fork, fork_parent, fork_child);
  at_quick_exit(copier_pending_settle);
}

/// Late: after the handlers of atexit and the destructors of the program. What
/// still copies afterwards copies at once.
__attribute__((destructor(101))) static void end(void) {
  const struct copier_stats_header header = {
      .backend = copier_config.name,
      .min_size = copier_config.min_size,
      .segment = (size_t)1 << copier_config.segment_shift,
  };
  copier_config.min_size = SIZE_MAX;
  __atomic_store_n(&__copier_min_size, SIZE_MAX, __ATOMIC_RELAXED);
  copier_pending_settle();
  if (copier_stats_enabled)
    copier_stats_write(&header);
}
