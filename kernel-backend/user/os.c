//===- os.c - The seam in a process -------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// For a process that plays the kernel for its own memory: threads are threads,
// and pages are asked for with madvise. What a real kernel keeps of pages that
// are unmapped in the middle of a copy it does not.
//
//===----------------------------------------------------------------------===//

#include "service/os.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE ((uintptr_t)4096)

static _Thread_local struct copier_context *current;

void *copier_os_alloc(size_t n) {
  void *memory = aligned_alloc(64, (n + 63) & ~(size_t)63);
  return memory ? memset(memory, 0, n) : NULL;
}

void copier_os_free(void *memory) { free(memory); }

void copier_os_lock_init(struct copier_os_lock *lock,
                         enum copier_os_lock_kind kind) {
  (void)kind;
  pthread_mutex_init(&lock->mutex, NULL);
}

void copier_os_lock(struct copier_os_lock *lock) {
  pthread_mutex_lock(&lock->mutex);
}

void copier_os_unlock(struct copier_os_lock *lock) {
  pthread_mutex_unlock(&lock->mutex);
}

void copier_os_event_init(struct copier_os_event *event) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&event->mutex, NULL);
  pthread_cond_init(&event->changed, &attributes);
  pthread_condattr_destroy(&attributes);
}

static struct timespec time_at(uint64_t nanoseconds) {
  return (struct timespec){.tv_sec = (time_t)(nanoseconds / 1000000000),
                           .tv_nsec = (long)(nanoseconds % 1000000000)};
}

void copier_os_wait(struct copier_os_event *event, bool (*is_true)(void *),
                    void *argument, uint64_t nanoseconds) {
  struct timespec until = {0};
  if (nanoseconds != COPIER_OS_NEVER)
    until = time_at(copier_os_now() + nanoseconds);
  int error = 0;
  pthread_mutex_lock(&event->mutex);
  while (!is_true(argument) && error != ETIMEDOUT)
    error =
        nanoseconds == COPIER_OS_NEVER
            ? pthread_cond_wait(&event->changed, &event->mutex)
            : pthread_cond_timedwait(&event->changed, &event->mutex, &until);
  pthread_mutex_unlock(&event->mutex);
}

void copier_os_wake(struct copier_os_event *event) {
  pthread_mutex_lock(&event->mutex);
  pthread_cond_broadcast(&event->changed);
  pthread_mutex_unlock(&event->mutex);
}

uint64_t copier_os_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void copier_os_pause(void) { __builtin_ia32_pause(); }

void copier_os_yield(void) { sched_yield(); }

void copier_os_nap(void) {
  const struct timespec time = {.tv_nsec = 50000};
  nanosleep(&time, NULL);
}

bool copier_os_is_dying(void) { return false; }

void copier_os_set_context(struct copier_os_link *link,
                           struct copier_context *context) {
  if (current)
    abort();
  current = link->context = context;
}

void copier_os_clear_context(struct copier_os_link *link) {
  if (current != link->context)
    abort();
  current = NULL;
}

struct copier_context *copier_os_context(void) { return current; }

bool copier_os_is_user_range(uintptr_t addr, size_t n) {
  const uintptr_t end = (uintptr_t)1 << 47;
  return addr < end && n <= end - addr;
}

void copier_os_space_get(struct copier_os_space *space) {
  __atomic_fetch_add(&space->owners, 1, __ATOMIC_RELAXED);
}

void copier_os_space_put(struct copier_os_space *space) {
  if (__atomic_fetch_sub(&space->owners, 1, __ATOMIC_ACQ_REL) == 1)
    free(space);
}

int copier_os_pin(struct copier_os_space *space, uintptr_t addr, size_t n,
                  bool to_write, enum copier_os_effort effort,
                  struct copier_os_pages *pages, uintptr_t *fault_addr) {
  (void)space;
  (void)effort;
  const int advice = to_write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
  int saved_errno = errno;
  for (uintptr_t at = addr & ~(PAGE - 1); at < addr + n; at += PAGE)
    if (madvise((void *)at, PAGE, advice) != 0) {
      errno = saved_errno;
      *fault_addr = at < addr ? addr : at;
      return -EFAULT;
    }
  errno = saved_errno;
  *pages = (struct copier_os_pages){
      NULL, (char *)addr, n, (unsigned)((addr % PAGE + n + PAGE - 1) / PAGE)};
  return (int)pages->count;
}

/// A process is not told where its pages are: it never begins.
int copier_os_begin_translating(struct copier_os_space *space) {
  (void)space;
  return -ENXIO;
}

void copier_os_end_translating(struct copier_os_space *space) {
  (void)space;
  abort();
}

int copier_os_translate(struct copier_os_space *space, uintptr_t addr, size_t n,
                        bool to_write, struct copier_os_pages *pages) {
  (void)space;
  (void)addr;
  (void)n;
  (void)to_write;
  (void)pages;
  abort();
}

void copier_os_trace_take(unsigned client, uint64_t ticket, uintptr_t dst,
                          uintptr_t src, size_t size, unsigned error) {
  (void)client;
  (void)ticket;
  (void)dst;
  (void)src;
  (void)size;
  (void)error;
}

void copier_os_trace_copy(unsigned client, size_t bytes, bool in_call) {
  (void)client;
  (void)bytes;
  (void)in_call;
}

void copier_os_trace_fault(unsigned client, uint64_t ticket, uintptr_t addr,
                           int error) {
  (void)client;
  (void)ticket;
  (void)addr;
  (void)error;
}

void copier_os_trace_sleep(unsigned client, bool begins) {
  (void)client;
  (void)begins;
}

void copier_os_unpin(struct copier_os_pages *pages) {
  if (pages->buffer)
    copier_os_buffer_put(pages->buffer);
  pages->count = 0;
}

struct copier_os_buffer *copier_os_buffer_new(size_t n) {
  struct copier_os_buffer *buffer = copier_os_alloc(sizeof(*buffer) + n);
  if (buffer)
    buffer->owners = 1;
  return buffer;
}

void copier_os_buffer_get(struct copier_os_buffer *buffer) {
  __atomic_fetch_add(&buffer->owners, 1, __ATOMIC_RELAXED);
}

void copier_os_buffer_put(struct copier_os_buffer *buffer) {
  if (__atomic_fetch_sub(&buffer->owners, 1, __ATOMIC_ACQ_REL) == 1)
    free(buffer);
}

void copier_os_buffer_pin(struct copier_os_buffer *buffer, size_t offset,
                          size_t n, struct copier_os_pages *pages) {
  copier_os_buffer_get(buffer);
  *pages = (struct copier_os_pages){buffer, buffer->bytes + offset, n, 1};
}

void copier_os_copy(const struct copier_os_pair *pairs, unsigned count) {
  for (unsigned i = 0; i != count; ++i)
    memcpy(pairs[i].dst->begin, pairs[i].src->begin, pairs[i].dst->n);
}
