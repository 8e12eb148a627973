//===- interceptors.h - Calls of libc, seen from within -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function of libcalls.def that touches memory is defined by this library,
// in front of libc: it checks, and goes on to the real one. While nothing is
// pending that is a load, a branch and a jump.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_INTERCEPTORS_H
#define COPSAN_INTERCEPTORS_H

#include <stdbool.h>
#include <stdint.h>

/// A call that is about to happen.
struct copsan_libcall {
  const char *name;
  const uintptr_t *arguments; ///< The first six that are integers or pointers.
  uintptr_t stack_pointer;    ///< Of the caller, at the call.
};

/// The rows of libcalls.def, in order. Those without an effect on memory that
/// is checked have no interceptor.
enum copsan_libcall_index {
#define COPIER_LIBCALL(NAME, PROTOTYPE, ...) COPSAN_INDEX_##NAME,
#define COPSAN_LIBCALL(NAME, ...) COPSAN_OWN_INDEX_##NAME,
#include "libcalls.def"
  COPSAN_LIBCALLS
};

/// Of interceptors.S: by index, the interceptors; NULL where there is none.
extern const void *const copsan_interceptors[COPSAN_LIBCALLS];
/// What they go on to; NULL until it is known. Read by interceptors.S.
extern void *copsan_real[COPSAN_LIBCALLS];

/// Called by interceptors.S; returns what to go on to.
void *copsan_intercept(const uintptr_t *arguments, uint32_t index,
                       uintptr_t return_address, uintptr_t stack_pointer);

/// Is \p name a function of libcalls.def that touches memory?
bool copsan_is_intercepted(const char *name);

/// With verify_interceptors, makes sure that calls come here.
void copsan_interceptors_start(void);

/// Is there another sanitizer, whose interceptors go on to these?
bool copsan_has_other_sanitizer(void);

/// Of special.c: rows of the table that it does not tell all of.
#define COPSAN_TABLE_SPECIALS(DO) DO(readv) DO(writev)
/// And of this library's own.
#define COPSAN_SPECIALS(DO)                                                    \
  DO(preadv)                                                                   \
  DO(pwritev)                                                                  \
  DO(recvmsg)                                                                  \
  DO(sendmsg)                                                                  \
  DO(__cxa_begin_catch)                                                        \
  DO(__cxa_throw)                                                              \
  DO(__longjmp_chk)                                                            \
  DO(_longjmp)                                                                 \
  DO(longjmp)                                                                  \
  DO(siglongjmp)                                                               \
  DO(madvise)                                                                  \
  DO(mmap)                                                                     \
  DO(mprotect)                                                                 \
  DO(mremap)                                                                   \
  DO(munmap)                                                                   \
  DO(pthread_exit)                                                             \
  DO(copier_destroy_queue)
#define COPSAN_DECLARE(NAME)                                                   \
  void copsan_before_##NAME(const struct copsan_libcall *call);
COPSAN_TABLE_SPECIALS(COPSAN_DECLARE)
COPSAN_SPECIALS(COPSAN_DECLARE)
#undef COPSAN_DECLARE

#endif // COPSAN_INTERCEPTORS_H
