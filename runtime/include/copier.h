//===- copier.h - Asynchronous memory copies ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The public interface of libcopier and its manual. Link with -lcopier.
//
// amemcpy(dst, src, n) has the effect of memcpy(dst, src, n), at an unspecified
// time between the call and the end of the first csync that covers it. Until
// then the copy is *pending*, and the program must not
//   - read or write the destination,
//   - write the source (reading it is fine),
//   - end the life of either: free, realloc, munmap, mprotect, mremap,
//     madvise(MADV_DONTNEED), return from the function whose local it is,
// without a csync of the bytes concerned before. Another amemcpy or amemmove is
// no such conflict: libcopier itself orders copies that overlap. A program that
// keeps to this behaves exactly as with memcpy (paper, section 5.1.1 and
// appendix A).
//
//   amemcpy(reply, value, size);
//   prepare_header();              // runs while the bytes move
//   csync(reply, size);            // or, piece by piece, csync(reply + i,
//   4096) write(fd, reply, size);
//
// Threads. Every function may be called from every thread at any time. An
// *earlier* copy is one whose amemcpy happens before the csync in the C11
// sense; so after a proper hand-over (mutex, release/acquire) a csync in the
// receiving thread completes the copy there. What becomes visible to another
// thread without a csync of its own, be it the destination or a source that it
// will overwrite, must be csynced before it is handed over.
//
// Signals. csync and csync_all may be called from a signal handler; amemcpy and
// amemmove may not be. A handler that runs between amemcpy and csync sees the
// copy as pending.
//
// Processes. fork (in any thread), pthread_exit, return from main and exit
// complete what is pending. After _exit, exec or death by a signal, copies into
// shared memory or files that were not csynced may be missing. vfork and
// posix_spawn are safe. The shared object that holds a source or destination
// (its static data) may be unloaded only after csync.
//
// Errors. Nothing here fails. Where no asynchronous copy is possible or worth
// it (short copy, queue full, no second CPU, no thread) amemcpy copies at once.
// A bad address raises SIGSEGV or SIGBUS in the thread that calls amemcpy or
// csync, with the address that a memcpy would report. errno is preserved.
//
// The environment variables COPIER_BACKEND, COPIER_MIN_SIZE, COPIER_SEGMENT and
// COPIER_STATS are read once, at start: see docs/runtime.md.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_H
#define COPIER_H

#if !defined(__x86_64__) || !defined(__linux__) || defined(__ILP32__)
#error "libcopier supports x86_64 Linux only"
#endif

#include "copier/entry_points.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/// Copies \p n bytes from \p src to \p dst asynchronously and returns \p dst.
/// The ranges must not overlap, as for memcpy. (Paper, Table 2.)
void *amemcpy(void *dst, const void *src, size_t n);

/// As amemcpy, but the ranges may overlap. In this version overlapping ranges
/// are copied before the call returns.
void *amemmove(void *dst, const void *src, size_t n);

/// Waits for the copies that concern [\p addr, \p addr + \p n): on return every
/// earlier copy of this process whose destination or source meets the range is
/// complete there, with everything it depends on. It copies what nobody has
/// begun itself instead of waiting. With nothing pending it is a load and a
/// branch; \p n of 0 does nothing. (Paper, section 4.1.)
void csync(const void *addr, size_t n);

/// Completes every earlier copy of this process.
void csync_all(void);

/// Gives up what is pending of earlier copies into [\p addr, \p addr + \p n),
/// because nobody will read it: afterwards nothing of them is pending there,
/// and those destination bytes are unspecified until they are written. Copies
/// that were to read the bytes still get them. The abort of the paper's
/// section 4.4; copies that need not be made at all are its use, as those into
/// a buffer that was only passed on.
void copier_abort(const void *addr, size_t n);

// Without optimization, for function pointers, and with COPIER_NO_INLINE
// defined, the library's own csync and csync_all are used; they do the same.
#if defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(COPIER_NO_INLINE)
extern inline __attribute__((__gnu_inline__, __always_inline__)) void
csync(const void *addr, size_t n) {
  if (__builtin_expect(__atomic_load_n(&__copier_pending, __ATOMIC_ACQUIRE), 0))
    __copier_csync(addr, n);
}

extern inline __attribute__((__gnu_inline__, __always_inline__)) void
csync_all(void) {
  if (__builtin_expect(__atomic_load_n(&__copier_pending, __ATOMIC_ACQUIRE), 0))
    __copier_csync_all();
}
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif // COPIER_H
