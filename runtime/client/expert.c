//===- expert.c - The low-level interface ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Queues by file descriptor, descriptors, functions and options: what copier.h
// says for experts. A queue's file descriptor is an empty memfd: a number that
// nothing else in the process has, and that close-on-exec works for.
//
//===----------------------------------------------------------------------===//

#include "client/config.h"
#include "client/submit.h"
#include "process/descr.h"
#include "process/pending.h"
#include "process/seam.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

/// Open queues: the number + 1 of the file descriptor, 0 for none.
static struct {
  _Atomic int fd_plus_one;
  _Atomic(struct copier_client *) client;
} queues[COPIER_MAX_CLIENTS];

static int fail(int error) {
  errno = error;
  return -1;
}

/// The client of \p fd; NULL if it is none.
static struct copier_client *client_of(int fd) {
  if (fd == -1)
    return &copier_default_client;
  for (unsigned i = 0; fd >= 0 && i != COPIER_MAX_CLIENTS; ++i)
    if (atomic_load_explicit(&queues[i].fd_plus_one, memory_order_acquire) ==
        fd + 1)
      return queues[i].client;
  return NULL;
}

static bool is_valid(size_t n, const struct copier_func *func,
                     const struct copier_descr *descr, size_t offset,
                     unsigned opts) {
  return !(opts & ~(unsigned)COPIER_LAZY) &&
         !(func && (!func->run || (func->kind != COPIER_UFUNC &&
                                   func->kind != COPIER_KFUNC))) &&
         !(descr && !copier_descr_has(descr, offset, n));
}

static struct copier_piece whole_of(const struct copier_request *request) {
  return (struct copier_piece){request->dst, request->src, request->n};
}

/// The job of an expert's copy; NULL if it needs none, or if all are taken.
static struct copier_job *job_for(const struct copier_request *request,
                                  const struct copier_func *func,
                                  struct copier_descr *descr, size_t offset,
                                  unsigned opts) {
  if (!func && !descr && !(opts & COPIER_LAZY))
    return NULL;
  struct copier_job *job = copier_job_new(request->record);
  if (!job)
    return NULL;
  if (descr)
    copier_job_set_descr(job, descr, request->dst - offset);
  if (func)
    copier_job_set_func(job, func, whole_of(request));
  if (opts & COPIER_LAZY)
    copier_job_set_lazy(job);
  return job;
}

/// Without a job left to wait with, the copy is made now.
static void copy_without_job(struct copier_request *request,
                             const struct copier_func *func, bool may_overlap) {
  copier_submit(request, may_overlap);
  copier_pending_complete(copier_range_of(request->dst, request->n),
                          COPIER_NO_RANGE);
  const struct copier_piece whole = whole_of(request);
  if (func)
    copier_jobs_post(func, &whole);
}

static int copy(struct copier_request request, int fd,
                const struct copier_func *func, struct copier_descr *descr,
                size_t offset, unsigned opts, bool may_overlap,
                const void *return_address) {
  if (!request.client)
    return fail(EBADF);
  if (!is_valid(request.n, func, descr, offset, opts))
    return fail(EINVAL);
  if (request.n == 0 || request.dst == request.src) {
    const struct copier_piece whole = whole_of(&request);
    if (func)
      copier_jobs_post(func, &whole);
    return 0;
  }
  copier_seam_named((const void *)request.dst, fd, opts);
  copier_seam_submit((void *)request.dst, (const void *)request.src, request.n,
                     NULL, return_address);
  if (descr)
    copier_seam_counted((void *)request.dst, request.n, descr, offset);
  request.job = job_for(&request, func, descr, offset, opts);
  if (!request.job && (func || descr)) {
    copy_without_job(&request, func, may_overlap);
    return 0;
  }
  if (request.job && (opts & COPIER_LAZY))
    request.flags = COPIER_TASK_LAZY;
  copier_submit(&request, may_overlap);
  return 0;
}

static struct copier_request request_for(void *dst, const void *src, size_t n,
                                         int fd, const void *return_address) {
  return (struct copier_request){
      .client = client_of(fd),
      .dst = (uintptr_t)dst,
      .src = (uintptr_t)src,
      .n = n,
      .record = copier_record_for(NULL, return_address),
  };
}

int _amemcpy(void *dst, const void *src, size_t n, int fd,
             const struct copier_func *func, struct copier_descr *descr,
             size_t offset, unsigned opts) {
  const void *caller = __builtin_return_address(0);
  return copy(request_for(dst, src, n, fd, caller), fd, func, descr, offset,
              opts,
              /*may_overlap=*/false, caller);
}

int _amemmove(void *dst, const void *src, size_t n, int fd,
              const struct copier_func *func, struct copier_descr *descr,
              size_t offset, unsigned opts) {
  const void *caller = __builtin_return_address(0);
  return copy(request_for(dst, src, n, fd, caller), fd, func, descr, offset,
              opts,
              /*may_overlap=*/true, caller);
}

//===----------------------------------------------------------------------===//
// _csync
//===----------------------------------------------------------------------===//

/// Calls \p act for the part of each pending copy of \p client that \p descr
/// counts in [\p offset, \p offset + \p n).
static void for_each_of_client(const struct copier_client *client,
                               const struct copier_descr *descr, size_t offset,
                               size_t n, void (*act)(struct copier_range)) {
  struct copier_tickets tickets = copier_queue_tickets(client->queue);
  for (; tickets.first != tickets.past; ++tickets.first) {
    struct copier_task task;
    if (!copier_queue_unfinished(client->queue, tickets.first) ||
        !copier_queue_read(client->queue, tickets.first, &task))
      continue;
    const struct copier_job *job = copier_job_of(&task);
    if (!job || job->descr != descr)
      continue;
    struct copier_range wanted = copier_range_of(job->descr_start + offset, n);
    if (copier_ranges_meet(wanted, copier_range_of(task.dst, task.size)))
      act(wanted);
  }
}

static void for_each_counted(const struct copier_descr *descr, size_t offset,
                             size_t n, void (*act)(struct copier_range)) {
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i) {
    const struct copier_client *client = copier_client_at(i);
    if (client)
      for_each_of_client(client, descr, offset, n, act);
  }
}

static void complete(struct copier_range range) {
  copier_pending_complete(range, COPIER_NO_RANGE);
}

/// Whatever the queue: the descriptor may count copies of several.
static int csync_descr(struct copier_descr *descr, size_t offset, size_t n,
                       unsigned opts) {
  if (!copier_descr_has(descr, offset, n))
    return fail(EINVAL);
  copier_pending_note_others();
  bool is_ready = copier_descr_is_ready(descr, offset, n);
  if (!is_ready && (opts & COPIER_TRY))
    return fail(EAGAIN);
  copier_seam_csync_descr(descr, offset, n, opts);
  if (is_ready)
    return 0;
  if (opts & COPIER_ABORT)
    for_each_counted(descr, offset, n, copier_pending_abort);
  struct copier_range whole =
      copier_descr_whole(descr, copier_range_of(offset, n));
  for (;;) {
    for_each_counted(descr, whole.begin, whole.end - whole.begin, complete);
    if (copier_descr_is_ready(descr, offset, n))
      return 0;
    copier_descr_await_briefly(descr, offset, n);
  }
}

/// The copies of one queue that concern [\p addr, \p addr + \p n).
static int csync_queue(const struct copier_client *client, int fd,
                       const void *addr, size_t n, unsigned opts) {
  struct copier_range range = copier_range_of((uintptr_t)addr, n);
  bool any = copier_queue_pending(client->queue) != 0;
  if ((opts & COPIER_TRY) && any && !copier_pending_is_none(client, range))
    return fail(EAGAIN);
  copier_seam_named(addr, fd, opts);
  if (opts & COPIER_ABORT) {
    copier_seam_abort(addr, n);
    if (any)
      copier_pending_abort_of(client, range);
    return 0;
  }
  if (!any || (opts & COPIER_TRY)) {
    copier_seam_csync_of_nothing(addr, n);
    return 0;
  }
  copier_seam_csync_begin(addr, n);
  copier_pending_complete_of(client, range, COPIER_NO_RANGE);
  copier_seam_csync_end(addr, n);
  return 0;
}

int _csync(size_t offset, size_t n, int fd, struct copier_descr *descr,
           unsigned opts) {
  struct copier_client *client = client_of(fd);
  if (!client)
    return fail(EBADF);
  if (opts & ~(unsigned)(COPIER_ABORT | COPIER_TRY))
    return fail(EINVAL);
  if (descr)
    return csync_descr(descr, offset, n, opts);
  return n == 0 ? 0 : csync_queue(client, fd, (const void *)offset, n, opts);
}

//===----------------------------------------------------------------------===//
// Handlers and queues
//===----------------------------------------------------------------------===//

int post_handlers(void) {
  copier_pending_note_others();
  return (int)copier_jobs_run(COPIER_UFUNC);
}

static int open_queue(struct copier_client *client) {
  int fd = memfd_create("copier-queue", MFD_CLOEXEC);
  if (fd < 0)
    return -1;
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i) {
    int none = 0;
    // -1 keeps others off until the client is in place.
    if (!atomic_compare_exchange_strong(&queues[i].fd_plus_one, &none, -1))
      continue;
    queues[i].client = client;
    atomic_store_explicit(&queues[i].fd_plus_one, fd + 1, memory_order_release);
    return fd;
  }
  close(fd);
  return fail(EMFILE);
}

int copier_create_queue(size_t length) {
  if (length < 1 || length > COPIER_QUEUE_SLOTS)
    return fail(EINVAL);
  struct copier_client *client = copier_client_create((unsigned)length);
  if (!client)
    return -1;
  int fd = open_queue(client);
  if (fd < 0)
    copier_client_destroy(client);
  return fd;
}

int copier_create_mapped_queue(size_t length) {
  return copier_create_queue(length);
}

int copier_destroy_queue(int fd) {
  struct copier_client *client = client_of(fd);
  if (!client || fd < 0)
    return fail(EBADF);
  copier_pending_complete_of(client, COPIER_EVERYTHING, COPIER_NO_RANGE);
  for (unsigned i = 0; i != COPIER_MAX_CLIENTS; ++i)
    if (queues[i].client == client)
      atomic_compare_exchange_strong(&queues[i].fd_plus_one, &(int){fd + 1}, 0);
  copier_client_destroy(client);
  return close(fd);
}

int copier_set_shares(int fd, unsigned shares) {
  struct copier_client *client = client_of(fd);
  if (!client)
    return fail(EBADF);
  if (shares < 1 || shares > 1u << 20)
    return fail(EINVAL);
  atomic_store_explicit(&client->shares, shares, memory_order_relaxed);
  return 0;
}

int copier_awaken(int fd) {
  if (!client_of(fd))
    return fail(EBADF);
  copier_config.backend->awaken();
  return 0;
}
