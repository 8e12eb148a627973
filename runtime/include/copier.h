//===- copier.h - Asynchronous memory copies ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The public interface of libcopier and its manual. Link with -lcopier. There
// is a man page for each function, with an example; copier(7) is the first.
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
//   prepare_header();     // Runs while the bytes move.
//   csync(reply, size);   // Or piece by piece: csync(reply + i, 4096).
//   write(fd, reply, size);
//
// Threads. Every function may be called from every thread at any time. An
// *earlier* copy is one whose amemcpy happens before the csync in the C11
// sense; so after a proper hand-over (mutex, release/acquire) a csync in the
// receiving thread completes the copy there. What becomes visible to another
// thread without a csync of its own, be it the destination or a source that it
// will overwrite, must be csynced before it is handed over. The end of a thread
// (return from its function, pthread_exit) completes what is pending. csync is
// no point of cancellation, and may be cancelled asynchronously; amemcpy may
// not.
//
// Signals. csync may be called from a signal handler; nothing else may be. A
// handler that runs between amemcpy and csync sees the copy as pending. A
// KFUNC may then run in the handler. libcopier's own threads block all signals.
//
// Start and end. amemcpy and csync may be called in constructors and from then
// on, in atexit handlers and in destructors. Before libcopier has read its
// environment, and after it has ended, copies are made at once. Return from
// main, exit and quick_exit complete what is pending. After _exit, exec or
// death by a signal, copies into shared memory or files that were not csynced
// may be missing: csync before _exit and exec. UFUNCs that nobody has posted do
// not run. The shared object that holds a source or destination (its static
// data), or a function that is to run after a copy, may be unloaded only after
// csync.
//
// Processes. fork, in any thread, completes what is pending first; the child
// copies on by itself, and functions that wait for post_handlers wait in both.
// vfork and posix_spawn are safe.
//
// Bad addresses. A destination or source that cannot be accessed raises SIGSEGV
// or SIGBUS in the thread whose csync needs it, or in that of the amemcpy if
// the copy is made at once, with the address that a memcpy would report, and in
// bounded time. A handler may repair the mapping and return, or jump out with
// siglongjmp: then that copy is given up, every other one is intact, and
// libcopier works on. It may csync other copies meanwhile. The end of a thread
// or of the process, and fork, do not raise it: they leave such a copy. Nobody
// else's thread is killed.
//
// Files and sockets. copier_recv and its like leave a buffer pending as copies
// do, so all of this holds for it, too.
//
// Errors. amemcpy, amemmove, csync, csync_all and copier_abort cannot fail.
// Where no asynchronous copy is possible or worth it (short copy, queue full,
// no second CPU, no permission to create threads) amemcpy copies at once. A
// service thread that is stopped or starved makes csync slower, never stuck.
// Functions that can fail return -1 and set errno. What succeeds preserves
// errno, so far as functions that run after copies do.
//
// Nothing. csync(NULL, 0) is nothing, and so is any copy, csync or abort of no
// bytes; amemcpy(p, p, n) too.
//
// The environment (COPIER_BACKEND and others) is read once, at start: see
// copier(7).
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_H
#define COPIER_H

#if !defined(__x86_64__) || !defined(__linux__) || defined(__ILP32__)
#error "libcopier supports x86_64 Linux only"
#else

#include "copier/entry_points.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/// Copies \p n bytes from \p src to \p dst asynchronously and returns \p dst.
/// The ranges must not overlap, as for memcpy. (Paper, Table 2.)
void *amemcpy(void *dst, const void *src, size_t n);

/// As amemcpy, but the ranges may overlap: then it is split into copies that do
/// not, of which that comes first whose source will be overwritten (paper,
/// section 4.1). If that were more than a few, it is copied at once.
void *amemmove(void *dst, const void *src, size_t n);

/// Waits for the copies that concern [\p addr, \p addr + \p n): on return every
/// earlier copy of this process whose destination or source meets the range is
/// complete there, with everything it depends on: of a chain from A to B to C,
/// a csync of C completes B, too, unless the copy to B is lazy. It copies what
/// nobody has begun itself instead of waiting. With nothing pending it is a
/// load and a branch; \p n of 0 does nothing. (Paper, section 4.1.)
void csync(const void *addr, size_t n);

/// Completes every earlier copy of this process, and runs what is to be run
/// then (see post_handlers).
void csync_all(void);

/// As csync, for bytes that nobody will read: what is pending of earlier copies
/// into [\p addr, \p addr + \p n) is given up where that is cheaper, and those
/// destination bytes are unspecified until they are written. Copies that were
/// to read the bytes get them, and on return nothing is pending in the range.
/// (Paper, section 4.4.) Its use are buffers that were only passed on.
/// Functions of copies that are given up run all the same. Copies of other
/// processes into bound memory are not given up, nor waited for.
void copier_abort(const void *addr, size_t n);

//===----------------------------------------------------------------------===//
// Files and sockets
//===----------------------------------------------------------------------===//

/// As recv and read, but the bytes that are there by the result may come to
/// \p buf until the first csync that covers them: they are pending as the
/// destination of an amemcpy is. What was pending in the \p n bytes at \p buf
/// is completed first.
///
/// As send and write, but the bytes that are gone by the result are pending as
/// the source of an amemcpy is. What is pending there needs no csync before.
///
/// The kernel's service (COPIER_BACKEND=kernel) receives from sockets, and
/// reads files, if it need not wait for data; everything else is done by the
/// plain call, before the return. Results, errno, signals, the position of the
/// file and points of cancellation are those of the plain call. A bad \p buf is
/// EFAULT; one that becomes bad while it is pending raises SIGSEGV in the
/// csync.
ssize_t copier_recv(int fd, void *buf, size_t n, int flags);
ssize_t copier_read(int fd, void *buf, size_t n);
ssize_t copier_send(int fd, const void *buf, size_t n, int flags);
ssize_t copier_write(int fd, const void *buf, size_t n);

//===----------------------------------------------------------------------===//
// For experts: the low-level interface of the paper's Table 2
//===----------------------------------------------------------------------===//

/// A *descriptor* tells how far the copies into a buffer are: for each segment
/// of the buffer, how many copies are pending there. (The paper's bit a segment
/// cannot tell two copies that meet in one apart.) It may lie in memory that
/// several processes share, and is position-independent. Its fields are
/// libcopier's own; copier_descr_init makes one.
struct copier_descr {
  uint32_t magic;
  uint32_t segment_shift; ///< Segments of 1 << segment_shift bytes.
  uint64_t length;        ///< Of the buffer, in bytes.
  // Here follows a uint32_t for each segment: how many copies are pending.
};

/// How many bytes the descriptor of a buffer of \p length bytes in segments of
/// \p segment bytes, not 0, takes.
static inline size_t copier_descr_bytes(size_t length, size_t segment) {
  return sizeof(struct copier_descr) +
         ((length + segment - 1) / segment) * sizeof(uint32_t);
}

/// Makes \p descr, which has copier_descr_bytes(\p length, \p segment) bytes at
/// an address that is a multiple of 8, the descriptor of a buffer into which
/// nothing is pending. \p segment is a power of two from 64 to 2^30. The
/// descriptor is the caller's, and must outlive the copies that use it: until
/// _csync has found all of it ready. Returns 0; -1 with EINVAL for a bad
/// argument.
int copier_descr_init(struct copier_descr *descr, size_t length,
                      size_t segment);

/// What is to happen when a copy is complete: \p run(\p argument), once. It
/// must return: no longjmp, no exception.
struct copier_func {
  void (*run)(void *argument);
  void *argument;
  int kind; ///< COPIER_UFUNC or COPIER_KFUNC.
};

enum {
  /// The program runs it, in post_handlers() or csync_all(). If about a
  /// thousand
  /// wait, the _amemcpy of the next one runs them.
  COPIER_UFUNC,
  /// Copier runs it, as soon as it can: the service's thread, or one that is in
  /// a function of libcopier; for a copy that is made at once, _amemcpy. It
  /// must
  /// not block, nor call libcopier; free is fine, unless csync is called in
  /// signal handlers.
  COPIER_KFUNC,
};

/// Options of one copy or csync, to be or-ed.
enum {
  /// Copy only when something must come after it, or when the lazy period is
  /// over. A later copy of its destination need not: that reads the source, and
  /// a csync of that one leaves this one pending (absorption; paper, section
  /// 4.4).
  COPIER_LAZY = 1,
  /// _csync: give up instead of completing, as copier_abort.
  COPIER_ABORT = 2,
  /// _csync: neither copy nor wait. Fails with EAGAIN if anything is pending.
  COPIER_TRY = 4,
};

/// As amemcpy, on the queue \p fd, or the default one if that is -1. When it is
/// complete, \p func happens, if not NULL; the struct is copied. If \p descr is
/// not NULL, it counts the copy for the bytes [\p offset, \p offset + \p n) of
/// its buffer. \p opts: COPIER_LAZY or 0.
///
/// A thread's copies keep their order, whatever the queues. Copies of different
/// threads on different queues have none unless a csync is between them.
///
/// Returns 0; -1 with EBADF if \p fd is no queue, with EINVAL for bad \p opts,
/// \p func or \p descr, or one that does not have the bytes. Then nothing
/// was copied.
int _amemcpy(void *dst, const void *src, size_t n, int fd,
             const struct copier_func *func, struct copier_descr *descr,
             size_t offset, unsigned opts);

/// As _amemcpy, but the ranges may overlap.
int _amemmove(void *dst, const void *src, size_t n, int fd,
              const struct copier_func *func, struct copier_descr *descr,
              size_t offset, unsigned opts);

/// Waits until the bytes [\p offset, \p offset + \p n) of the buffer of
/// \p descr are complete, and promotes their copies if they are this process's,
/// on whatever queue. Since segments are what is counted, that is so for all
/// copies that meet the same segments. Where everything is ready, it looks at
/// the descriptor and no more. If \p descr is NULL, \p offset is an address and
/// only the queue \p fd is looked at: the default one if that is -1. \p opts:
/// COPIER_ABORT, COPIER_TRY or 0.
///
/// Returns 0; -1 with EAGAIN (see COPIER_TRY), EBADF or EINVAL.
int _csync(size_t offset, size_t n, int fd, struct copier_descr *descr,
           unsigned opts);

/// Runs the UFUNCs of copies that are complete, in the order of completion;
/// returns how many. Threads may call it at the same time; then each UFUNC runs
/// in one of them. A UFUNC may call everything but post_handlers and csync_all.
/// While one waits, csync takes the long way. (Paper, section 4.1.)
int post_handlers(void);

/// Binds \p descr, as made by copier_descr_init, to the \p length bytes of
/// memory at \p shm: from then on, amemcpy into that memory counts in \p descr,
/// and csync of it waits for what \p descr counts, also for the copies of other
/// processes that have bound it at their own addresses (paper, section 5.1.1).
/// \p segment must be that of \p descr. A \p descr of NULL ends the binding of
/// \p shm, which the program does after a csync, before it unmaps either. A
/// child has its parent's bindings.
///
/// What is counted are destinations: a process csyncs what it copies *from*
/// bound memory before it lets others overwrite that. Only the process that
/// submitted a copy can make it; if it is stopped, others wait, and if it dies,
/// they need a new descriptor.
///
/// Returns 0; -1 with EINVAL for a bad argument or if there is no such binding,
/// ENOSPC if there are 64 already, EEXIST if \p shm overlaps another.
int shm_descr_bind(void *shm, size_t length, struct copier_descr *descr,
                   size_t segment);

/// Creates a client with a Copy Queue of \p length tasks, from 1 to 256, and
/// returns a file descriptor that stands for it, close-on-exec; nothing but the
/// functions here takes it, and copier_destroy_queue alone closes it. A copy of
/// more than a megabyte is several tasks; what does not fit is copied at once.
/// Returns -1 with EINVAL, with EMFILE if there are 63 already or no more file
/// descriptors, or with ENOMEM.
int copier_create_mapped_queue(size_t length);

/// In this library, where the queues are memory of the process anyway, the
/// same.
int copier_create_queue(size_t length);

/// Completes what is pending in the queue \p fd, and closes it. No other thread
/// may be using it. Returns 0; -1 with EBADF.
int copier_destroy_queue(int fd);

/// Values of COPIER_OPT_POLLING (paper, section 4.5.1).
enum {
  /// The service polls for a moment after its last copy, yields, then sleeps
  /// until a submission wakes it.
  COPIER_POLLING_NAPI,
  /// For a program that knows when it copies much: submissions do not wake the
  /// service, copier_awaken does; it sleeps when it has nothing left to do.
  /// Meanwhile csync does all the copying, but for lazy copies that are due.
  COPIER_POLLING_SCENARIO,
};

/// Global parameters, for set_copier_opt. Each is read with copier_get_opt.
enum copier_opt {
  /// Nanoseconds after which a lazy copy is made: 0 to 2^40; 10^7 at first.
  COPIER_OPT_LAZY_PERIOD,
  /// Bytes that a client is served at a time: 4096 to 2^40; 2^20 at first.
  COPIER_OPT_COPY_SLICE,
  /// When the service polls: COPIER_POLLING_NAPI at first.
  COPIER_OPT_POLLING,
  /// Service threads at most: 1 to 16; 0, at first: one for every four CPUs.
  COPIER_OPT_MAX_THREADS,
  /// Percent of the time that a service works, below which the youngest of
  /// several threads rests, and above which another one starts: 0 to 100; 20
  /// and 80 at first.
  COPIER_OPT_LOW_LOAD,
  COPIER_OPT_HIGH_LOAD,
};

/// Sets \p opt for the process. Returns 0; -1 with EINVAL.
int set_copier_opt(enum copier_opt opt, unsigned long value);

/// What \p opt is; -1 with EINVAL.
long copier_get_opt(enum copier_opt opt);

/// Sets the shares of the queue \p fd (-1: the default one): how much of the
/// service it gets next to other queues (paper, section 4.5.2). 1 to 2^20; 1024
/// at first. Returns 0; -1 with EBADF or EINVAL.
int copier_set_shares(int fd, unsigned shares);

/// Wakes the service, if it sleeps, to look at the queue \p fd (-1: at all).
/// Without a service thread it does nothing. Returns 0; -1 with EBADF.
int copier_awaken(int fd);

//===----------------------------------------------------------------------===//
// What -fcopier leaves alone
//===----------------------------------------------------------------------===//

// These have no effect without -fcopier, and do not need libcopier. A file is
// kept synchronous by -fno-copier, too.
#ifdef __clang__
/// Of the declaration of a function with a body: none of its copies becomes
/// asynchronous, not even where it is inlined. In the scope `program` it is
/// called like code of which nothing is known.
///
///   COPIER_SYNCHRONOUS static void checkpoint(void) { ... }
#define COPIER_SYNCHRONOUS                                                     \
  __attribute__((annotate(COPIER_ANNOTATION_SYNCHRONOUS)))
/// All functions with a body between the two, to the end of a file at most.
#define COPIER_SYNCHRONOUS_BEGIN                                               \
  _Pragma("clang attribute push(COPIER_SYNCHRONOUS, apply_to = function)")
#define COPIER_SYNCHRONOUS_END _Pragma("clang attribute pop")
/// The size of one copy that stays synchronous: as an argument of memcpy,
/// memmove or mempcpy, not by way of a variable.
///
///   memcpy(record, field, COPIER_SYNCHRONOUS_SIZE(n));
#define COPIER_SYNCHRONOUS_SIZE(n)                                             \
  __builtin_annotation((size_t)(n), COPIER_ANNOTATION_SYNCHRONOUS)
#else
#define COPIER_SYNCHRONOUS
#define COPIER_SYNCHRONOUS_BEGIN
#define COPIER_SYNCHRONOUS_END
#define COPIER_SYNCHRONOUS_SIZE(n) ((size_t)(n))
#endif

//===----------------------------------------------------------------------===//
// Inline parts
//===----------------------------------------------------------------------===//

// Without optimization, for function pointers, and with COPIER_NO_INLINE
// defined, the library's own functions are used; they do the same.
#if defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(COPIER_NO_INLINE)
COPIER_INLINE void *amemcpy(void *dst, const void *src, size_t n) {
  // A short copy that passes no pending one.
  if (n < __copier_min_size &&
      !(uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE))
    // Of a pointer that is passed to memcpy GCC thinks that it is not NULL.
    return n ? __builtin_memcpy(dst, src, n) : dst;
  return __copier_amemcpy(dst, src, n, NULL);
}

COPIER_INLINE void csync(const void *addr, size_t n) {
  uint64_t word = __atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
  if (__builtin_expect((uint32_t)word != 0, 0) &&
      !copier_is_elsewhere(word, addr, n))
    __copier_csync(addr, n);
}

COPIER_INLINE void csync_all(void) {
  uint64_t word = __atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
  if (__builtin_expect((uint32_t)word != 0, 0)) {
    __copier_csync_all();
    post_handlers();
  }
}
#endif

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif // x86_64 Linux
#endif // COPIER_H
