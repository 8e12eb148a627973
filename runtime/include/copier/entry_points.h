//===- entry_points.h - What compiled code calls in libcopier ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only place where compilers and the runtime meet: the symbols that
// instrumented code refers to and the layout of a copy site. passes/ and
// sanitizer/ know libcopier by this header alone; programs include <copier.h>.
// Everything here is an ABI: objects built yesterday meet tomorrow's library.
//
// It is plain C that C++ may include, and has no other dependency than the
// freestanding headers.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_ENTRY_POINTS_H
#define COPIER_ENTRY_POINTS_H

#include <stddef.h>
#include <stdint.h>

/// Symbol names, for code that emits references to them.
#define COPIER_SYMBOL_AMEMCPY "__copier_amemcpy"
#define COPIER_SYMBOL_AMEMMOVE "__copier_amemmove"
#define COPIER_SYMBOL_MEMCPY "__copier_memcpy"
#define COPIER_SYMBOL_MEMMOVE "__copier_memmove"
#define COPIER_SYMBOL_AMEMCPY_HINTED "__copier_amemcpy_hinted"
#define COPIER_SYMBOL_ABORT "copier_abort" // See copier.h.
#define COPIER_SYMBOL_CSYNC "__copier_csync"
#define COPIER_SYMBOL_GUARD "__copier_guard"
#define COPIER_SYMBOL_CSYNC_ALL "__copier_csync_all"
#define COPIER_SYMBOL_PENDING "__copier_pending"
#define COPIER_SYMBOL_MIN_SIZE "__copier_min_size"

/// The annotation, of a function or of a copy's size, that keeps CopierGen from
/// it: see COPIER_SYNCHRONOUS in copier.h.
#define COPIER_ANNOTATION_SYNCHRONOUS "copier-synchronous"

/// An inline function that has no definition elsewhere, or one that does the
/// same: static ones may not be used in those.
#define COPIER_INLINE                                                          \
  extern inline __attribute__((__gnu_inline__, __always_inline__))

#ifdef __cplusplus
#define COPIER_THREAD_LOCAL __thread
extern "C" {
#else
#define COPIER_THREAD_LOCAL _Thread_local
#endif
#pragma GCC visibility push(default)

/// A place in the program that copies. The compiler emits one writable object
/// per site, statically initialized; the runtime copies what it needs on the
/// first use, so that a site may vanish with its shared object (dlclose).
struct copier_site {
  const char *file;     ///< As the compiler was given it; never NULL.
  const char *function; ///< Enclosing function, as linked; never NULL.
  uint32_t line;        ///< 1-based; 0 where the compiler knew no location.
  uint32_t column;      ///< 1-based; 0 where unknown.
  void *record;         ///< The runtime's own; initially NULL.
};

/// amemcpy, with the statistics attributed to \p site (may be NULL: then to
/// the caller's address). Returns dst.
void *__copier_amemcpy(void *dst, const void *src, size_t n,
                       struct copier_site *site);

/// amemmove, likewise.
void *__copier_amemmove(void *dst, const void *src, size_t n,
                        struct copier_site *site);

/// amemcpy or amemmove, and a csync of the copy: complete on return, with what
/// may be pending elsewhere taken into account. For a copy with nothing to run
/// beside, which the service may still share. Returns dst.
void *__copier_memcpy(void *dst, const void *src, size_t n,
                      struct copier_site *site);
void *__copier_memmove(void *dst, const void *src, size_t n,
                       struct copier_site *site);

/// What __copier_amemcpy_hinted may be told. A hint changes when a copy runs,
/// never what it does.
#define COPIER_HINT_LAZY 1u ///< Only when something depends on it.

/// amemcpy with hints: \p hints of COPIER_HINT_*, and the \p segment in bytes
/// in which the destination will be csynced, a power of two, or 0.
void *__copier_amemcpy_hinted(void *dst, const void *src, size_t n,
                              struct copier_site *site, uint32_t hints,
                              size_t segment);

/// csync and csync_all, out of line: compiled code calls them where
/// __copier_pending is not zero. Both preserve errno.
void __copier_csync(const void *addr, size_t n);
void __copier_csync_all(void);

/// csync, likewise, where compiled code does not know of a copy that it waits
/// for: mostly, what is pending is elsewhere.
void __copier_guard(const void *addr, size_t n);

/// What may be pending in this process. Compiled code looks at one thing:
/// whether the lower 32 bits of `word` are 0, read with acquire order: then no
/// csync has anything to do. Only the runtime writes it.
struct copier_pending {
  /// Bits 0 to 15: tasks of the default queue that are not known complete. Bits
  /// 16 to 31: likewise elsewhere, with what else a csync must look at. Bits 32
  /// to 63: the default queue's next ticket.
  uint64_t word;
  const void *last; ///< The `copier_window` of who submitted last.
};

extern struct copier_pending __copier_pending;

/// Where this thread's copies are, as long as they are the only ones: it made
/// the last submission, at `ticket` - 1, and everything in the default queue
/// meets these ranges. [begin, end), in bytes.
struct copier_window {
  uint32_t ticket;
  uintptr_t dst_begin, dst_end;
  uintptr_t src_begin, src_end;
};

extern COPIER_THREAD_LOCAL struct copier_window __copier_window
    __attribute__((tls_model("initial-exec")));

/// Does [\p addr, \p addr + \p n) have nothing to do with [\p begin, \p end)?
COPIER_INLINE int copier_is_apart(uintptr_t addr, size_t n, uintptr_t begin,
                                  uintptr_t end) {
  return addr >= end || (begin >= addr && begin - addr >= n);
}

/// With \p word read from __copier_pending, not 0 in its lower half: does all
/// that is pending have nothing to do with [\p addr, \p addr + \p n)? False
/// when in doubt.
COPIER_INLINE int copier_is_elsewhere(uint64_t word, const void *addr,
                                      size_t n) {
  const struct copier_window *window = &__copier_window;
  return (word >> 16 & 0xFFFF) == 0 &&
         __atomic_load_n(&__copier_pending.last, __ATOMIC_RELAXED) == window &&
         (uint32_t)(word >> 32) == window->ticket &&
         copier_is_apart((uintptr_t)addr, n, window->dst_begin,
                         window->dst_end) &&
         copier_is_apart((uintptr_t)addr, n, window->src_begin,
                         window->src_end);
}

/// Copies of fewer bytes than this are a plain memcpy, provided that nothing
/// is pending. SIZE_MAX until the runtime has read its environment; 0 while
/// somebody counts or looks on. Only the runtime writes it.
extern size_t __copier_min_size;

struct copier_descr; // See copier.h.

/// For a sanitizer: what the program does with libcopier, call by call, also
/// where libcopier has nothing to do, or copies at once. Any member may be
/// NULL.
///
/// A hook is called in the thread that calls libcopier, before anything that
/// the call asks for is done; so csync's, before functions of copies that it
/// completes are run. It may be called from everywhere that the program calls
/// libcopier: within malloc, csync's in a signal handler. It must not call
/// libcopier, and must preserve errno.
struct copier_hooks {
  /// sizeof(struct copier_hooks): later versions add members at the end.
  size_t size;
  /// Any amemcpy or amemmove, of bytes that are not 0 in number and not their
  /// own destination. \p site is NULL if the program was not ported by the
  /// compiler; \p return_address is where the call returns to. Likewise, but
  /// when it has succeeded, copier_recv, copier_send and their like; memory
  /// that nobody has stands for the file.
  void (*submit)(void *dst, const void *src, size_t n,
                 const struct copier_site *site, const void *return_address);
  /// Right after submit, if the copy has a descriptor: it counts the copy from
  /// \p offset of its buffer on.
  void (*counted)(void *dst, size_t n, const struct copier_descr *descr,
                  size_t offset);
  /// csync, and _csync without a descriptor, of whatever queue. With
  /// COPIER_TRY, afterwards, and only if nothing was pending.
  void (*csync)(const void *addr, size_t n);
  void (*csync_all)(void);
  /// _csync with a descriptor; \p opts as there. With COPIER_TRY likewise.
  void (*csync_descr)(const struct copier_descr *descr, size_t offset, size_t n,
                      unsigned opts);
  /// copier_abort, and _csync with COPIER_ABORT and no descriptor.
  void (*abort)(const void *addr, size_t n);
  /// The copy is complete, and its KFUNC or UFUNC is about to run in this
  /// thread, which may be the service: for it, the copy is no longer pending.
  void (*func)(void *dst, const void *src, size_t n);
  /// fork in this process, the end of a thread, exit: all copies are about to
  /// be completed.
  void (*settle)(void);
  /// In the child of a fork, when libcopier can be used again.
  void (*fork_child)(void);
  /// Right before submit, csync or abort for the destination or address
  /// \p addr, if the program has named a queue or asked for a lazy copy: the
  /// queue \p fd, -1 for the default one, and the call's \p opts.
  void (*named)(const void *addr, int fd, unsigned opts);
};

/// Sets the hooks, or with NULL, ends that. \p hooks stays where it is and as
/// it is. Not to be called while another thread calls libcopier; best in a
/// constructor, before anything is copied. Returns 0; -1 with EINVAL if
/// \p hooks is smaller than this version's.
int __copier_set_hooks(const struct copier_hooks *hooks);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif // COPIER_ENTRY_POINTS_H
