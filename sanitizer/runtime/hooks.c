//===- hooks.c - What libcopier tells -----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The hooks of copier/entry_points.h, and the start and the end of the runtime.
//
// A csync in a signal handler may have interrupted this runtime: what it
// releases is put down, and released when the interrupted work is done.
//
//===----------------------------------------------------------------------===//

#include "check.h"
#include "flags.h"
#include "interceptors.h"
#include "output.h"
#include "suppressions.h"
#include "system.h"
#include "windows.h"

#include <copier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_LEFT 16

/// What signal handlers of this thread have csynced meanwhile.
static _Thread_local struct copsan_range left[MAX_LEFT];
static _Thread_local unsigned left_count;

static void leave_for_later(struct copsan_range range) {
  if (left_count < MAX_LEFT)
    left[left_count++] = range;
  else // Rather miss an error than invent one.
    left[0] = copsan_range_of(0, SIZE_MAX);
}

void copsan_leave(void) {
  for (;;) {
    struct copsan_csync csync;
    while (left_count)
      copsan_pending_release(left[--left_count], &csync);
    copsan_unlock();
    if (!left_count || !copsan_lock())
      return;
  }
}

static void check_order(uintptr_t addr, size_t n, enum copsan_kind kind,
                        int queue, const struct copsan_stack *stack) {
  struct copsan_range range = copsan_range_of(addr, n);
  if (!copsan_shadow_may_be(range, kind == COPSAN_WRITE))
    return;
  struct copsan_error error = {.kind = kind,
                               .addr = addr,
                               .n = n,
                               .call = "amemcpy",
                               .argument = -1,
                               .size_argument = -1,
                               .stack = *stack};
  if (!copsan_lock())
    return;
  bool is_found =
      copsan_pending_find_unordered(range, kind == COPSAN_WRITE, queue,
                                    copsan_thread_number(), &error.finding);
  copsan_leave();
  if (!is_found || copsan_thread.disabled)
    return;
  if (kind == COPSAN_WRITE && error.finding.is_source)
    error.kind = COPSAN_SOURCE_WRITE;
  copsan_report_found(&error);
}

/// Remembered for the hook that comes next.
static void on_named(const void *addr, int fd, unsigned opts) {
  copsan_thread.named.addr = (uintptr_t)addr;
  copsan_thread.named.queue = fd;
  copsan_thread.named.is_lazy = opts & COPIER_LAZY;
}

static void on_submit(void *dst, const void *src, size_t n,
                      const struct copier_site *site,
                      const void *return_address) {
  (void)site;
  (void)return_address;
  bool is_named = copsan_thread.named.addr == (uintptr_t)dst;
  int queue = is_named ? copsan_thread.named.queue : -1;
  bool is_lazy = is_named && copsan_thread.named.is_lazy;
  copsan_thread.named.addr = 0;
  struct copsan_stack stack;
  copsan_stack_take(&stack, COPSAN_MAX_FRAMES);
  if (__copsan_pending) {
    check_order((uintptr_t)src, n, COPSAN_READ, queue, &stack);
    check_order((uintptr_t)dst, n, COPSAN_WRITE, queue, &stack);
  }
  if (!copsan_lock())
    return;
  struct copsan_copy *copy = copsan_pending_add((uintptr_t)dst, (uintptr_t)src,
                                                n, queue, is_lazy, &stack);
  if (copy)
    copy->events = copsan_thread.events;
  copsan_leave();
}

static void on_counted(void *dst, size_t n, const struct copier_descr *descr,
                       size_t offset) {
  if (!copsan_lock())
    return;
  copsan_pending_set_descr((uintptr_t)dst, n, descr, offset);
  copsan_leave();
}

/// Of _csync, which looks at one queue, if \p queue is not NULL.
static void release(struct copsan_range range, const int *queue) {
  struct copsan_csync csync;
  if (queue)
    copsan_pending_release_queue(*queue, range, &csync);
  else
    copsan_pending_release(range, &csync);
}

static void on_csync(const void *addr, size_t n) {
  bool is_of_queue = copsan_thread.named.addr == (uintptr_t)addr;
  copsan_thread.named.addr = 0;
  if (n == 0 || (!__copsan_pending && !copsan_flags.notes))
    return;
  struct copsan_range range = copsan_range_of((uintptr_t)addr, n);
  if (copsan_flags.notes)
    copsan_note_csync(range);
  if (!copsan_shadow_may_be(range, true))
    return;
  if (!copsan_lock()) {
    leave_for_later(range);
    return;
  }
  release(range, is_of_queue ? &copsan_thread.named.queue : NULL);
  copsan_leave();
}

static void on_csync_all(void) {
  if (!copsan_lock()) {
    leave_for_later(copsan_range_of(0, SIZE_MAX));
    return;
  }
  copsan_pending_release_all();
  copsan_leave();
}

static void on_csync_descr(const struct copier_descr *descr, size_t offset,
                           size_t n, unsigned opts) {
  (void)opts;
  if (!copsan_lock()) {
    leave_for_later(copsan_range_of(0, SIZE_MAX));
    return;
  }
  struct copsan_csync csync;
  copsan_pending_release_descr(descr, offset, n, &csync);
  copsan_leave();
}

static void on_func(void *dst, const void *src, size_t n) {
  if (!copsan_lock())
    return;
  copsan_pending_release_copy((uintptr_t)dst, (uintptr_t)src, n);
  copsan_leave();
}

/// A fork or an exit completes everything; the end of a thread is its own.
static void on_settle(void) {
  if (!copsan_lock())
    return;
  if (copsan_settles_everything())
    copsan_pending_release_all();
  else
    copsan_pending_release_thread(copsan_thread_number());
  copsan_leave();
}

void copsan_fork_child(void) {
  copsan_lock_reset();
  copsan_pending_restart();
  copsan_shadow_restart();
  copsan_report_restart();
}

static const struct copier_hooks hooks = {
    .size = sizeof(hooks),
    .submit = on_submit,
    .counted = on_counted,
    .csync = on_csync,
    .csync_all = on_csync_all,
    .csync_descr = on_csync_descr,
    .abort = on_csync,
    .func = on_func,
    .settle = on_settle,
    .fork_child = copsan_fork_child,
    .named = on_named,
};

static void begin_fork(void) { copsan_thread.is_forking = true; }
static void end_fork(void) { copsan_thread.is_forking = false; }
static void begin_exit(void) { copsan_thread.is_exiting = true; }

/// After libcopier's, whose handlers for fork and exit it wants to precede.
__attribute__((constructor)) static void start(void) {
  copsan_flags_read();
  copsan_suppressions_read();
  copsan_stack_start();
  if (!copsan_shadow_start()) {
    copsan_print("==%d==ERROR: CopierSanitizer: no memory for the shadow\n",
                 getpid());
    _exit(copsan_flags.exitcode);
  }
  copsan_interceptors_start();
  pthread_atfork(begin_fork, end_fork, end_fork);
  at_quick_exit(begin_exit);
  __copier_set_hooks(copsan_flags.windows ? &copsan_window_hooks : &hooks);
}

/// Before libcopier's, in exit.
__attribute__((destructor)) static void end(void) {
  begin_exit();
  if (copsan_flags.notes)
    copsan_note_end();
  if (copsan_flags.windows)
    copsan_windows_report();
  if (!copsan_has_reported())
    return;
  csync_all();
  fflush(NULL);
  _exit(copsan_flags.exitcode);
}
