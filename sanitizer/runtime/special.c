//===- special.c - Calls that the effects table cannot describe ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors of buffers, mappings, jumps out of frames, ends of threads.
//
//===----------------------------------------------------------------------===//

#include "check.h"
#include "interceptors.h"
#include "system.h"

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

static void check_vector(const struct copsan_libcall *call,
                         const struct iovec *vector, size_t count,
                         enum copsan_kind kind) {
  struct copsan_check check = {kind, call->name, NULL, -1, -1, NULL};
  for (size_t i = 0; i != count; ++i)
    copsan_check_range(&check, copsan_range_of((uintptr_t)vector[i].iov_base,
                                               vector[i].iov_len));
}

static void check_vector_call(const struct copsan_libcall *call,
                              enum copsan_kind kind) {
  int count = (int)call->arguments[2];
  check_vector(call, (const struct iovec *)call->arguments[1],
               count < 0 ? 0 : (size_t)count, kind);
}

void copsan_before_readv(const struct copsan_libcall *call) {
  check_vector_call(call, COPSAN_WRITE);
}

void copsan_before_preadv(const struct copsan_libcall *call) {
  check_vector_call(call, COPSAN_WRITE);
}

void copsan_before_writev(const struct copsan_libcall *call) {
  check_vector_call(call, COPSAN_READ);
}

void copsan_before_pwritev(const struct copsan_libcall *call) {
  check_vector_call(call, COPSAN_READ);
}

static void check_message(const struct copsan_libcall *call,
                          enum copsan_kind kind) {
  const struct msghdr *message = (const struct msghdr *)call->arguments[1];
  check_vector(call, message->msg_iov, message->msg_iovlen, kind);
}

void copsan_before_recvmsg(const struct copsan_libcall *call) {
  check_message(call, COPSAN_WRITE);
}

void copsan_before_sendmsg(const struct copsan_libcall *call) {
  check_message(call, COPSAN_READ);
}

//===----------------------------------------------------------------------===//
// Mappings
//===----------------------------------------------------------------------===//

static void check_mapping(const struct copsan_libcall *call) {
  struct copsan_check check = {COPSAN_FREE, call->name, copsan_thread.fix,
                               0,           1,          NULL};
  copsan_check_end(&check,
                   copsan_range_of(call->arguments[0], call->arguments[1]));
}

void copsan_before_munmap(const struct copsan_libcall *call) {
  check_mapping(call);
}

void copsan_before_mremap(const struct copsan_libcall *call) {
  check_mapping(call);
}

void copsan_before_mprotect(const struct copsan_libcall *call) {
  check_mapping(call);
}

void copsan_before_madvise(const struct copsan_libcall *call) {
  int advice = (int)call->arguments[2];
  if (advice == MADV_DONTNEED || advice == MADV_REMOVE || advice == MADV_FREE)
    check_mapping(call);
}

void copsan_before_mmap(const struct copsan_libcall *call) {
  if (call->arguments[3] & MAP_FIXED)
    check_mapping(call);
}

//===----------------------------------------------------------------------===//
// Jumps out of frames
//===----------------------------------------------------------------------===//

/// The frames between the stack pointers \p inner and \p outer are left.
static void check_frames(uintptr_t inner, uintptr_t outer, const char *name,
                         const struct copsan_stack *stack) {
  struct copsan_range whole = copsan_stack_range();
  struct copsan_check check = {COPSAN_RETURN, name, NULL, -1, -1, stack};
  if (inner < outer && inner >= whole.begin && outer <= whole.end)
    copsan_check_end(&check, copsan_range_of(inner, outer - inner));
}

/// The stack pointer in \p env, which glibc scrambles.
static uintptr_t stack_pointer_of(const struct __jmp_buf_tag *env) {
  uintptr_t at = (uintptr_t)env->__jmpbuf[6]; // JB_RSP.
  __asm__("rorq $17, %0\n\txorq %%fs:0x30, %0" : "+r"(at));
  return at;
}

void copsan_before_longjmp(const struct copsan_libcall *call) {
  check_frames(
      call->stack_pointer,
      stack_pointer_of((const struct __jmp_buf_tag *)call->arguments[0]),
      call->name, NULL);
}

void copsan_before__longjmp(const struct copsan_libcall *call) {
  copsan_before_longjmp(call);
}

void copsan_before_siglongjmp(const struct copsan_libcall *call) {
  copsan_before_longjmp(call);
}

void copsan_before___longjmp_chk(const struct copsan_libcall *call) {
  copsan_before_longjmp(call);
}

void copsan_before___cxa_throw(const struct copsan_libcall *call) {
  copsan_stack_take(&copsan_thread.thrown, COPSAN_MAX_FRAMES);
  copsan_thread.thrown_from = call->stack_pointer;
}

/// Destructors have run by now, and may have csynced.
void copsan_before___cxa_begin_catch(const struct copsan_libcall *call) {
  if (copsan_thread.thrown_from)
    check_frames(copsan_thread.thrown_from, call->stack_pointer, NULL,
                 &copsan_thread.thrown);
  copsan_thread.thrown_from = 0;
}

//===----------------------------------------------------------------------===//
// Threads and queues
//===----------------------------------------------------------------------===//

void copsan_before_pthread_exit(const struct copsan_libcall *call) {
  (void)call;
  copsan_check_thread_end(NULL);
}

/// It completes what is pending there; nobody can destroy the default queue.
void copsan_before_copier_destroy_queue(const struct copsan_libcall *call) {
  int queue = (int)call->arguments[0];
  if (queue < 0 || !copsan_lock())
    return;
  struct copsan_csync csync;
  copsan_pending_release_queue(queue, copsan_range_of(0, SIZE_MAX), &csync);
  copsan_leave();
}

/// What a thread is to do, in memory of its own.
struct thread_start {
  void *(*function)(void *);
  void *argument;
};
static struct copsan_pool starts = {.object_bytes =
                                        sizeof(struct thread_start)};

static void *run_thread(void *argument) {
  struct thread_start start = *(struct thread_start *)argument;
  if (copsan_lock()) {
    copsan_pool_return(&starts, argument);
    copsan_leave();
  }
  void *result = start.function(start.argument);
  copsan_check_thread_end(&copsan_thread.last_return);
  return result;
}

typedef int create_thread(pthread_t *, const pthread_attr_t *,
                          void *(*)(void *), void *);

__attribute__((visibility("default"))) int
pthread_create(pthread_t *newthread, const pthread_attr_t *attr,
               void *(*start_routine)(void *), void *arg) {
  static create_thread *real;
  if (!real)
    real = (create_thread *)dlsym(RTLD_NEXT, "pthread_create");
  struct thread_start *start = NULL;
  if (!copsan_is_own_code((uintptr_t)__builtin_return_address(0)) &&
      copsan_lock()) {
    start = copsan_pool_take(&starts);
    copsan_leave();
  }
  if (!start)
    return real(newthread, attr, start_routine, arg);
  start->function = start_routine;
  start->argument = arg;
  return real(newthread, attr, run_thread, start);
}
