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
#define COPIER_SYMBOL_AMEMCPY_HINTED "__copier_amemcpy_hinted"
#define COPIER_SYMBOL_ABORT "copier_abort"
#define COPIER_SYMBOL_CSYNC "__copier_csync"
#define COPIER_SYMBOL_CSYNC_ALL "__copier_csync_all"
#define COPIER_SYMBOL_PENDING "__copier_pending"
#define COPIER_SYMBOL_MIN_SIZE "__copier_min_size"

#ifdef __cplusplus
extern "C" {
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

/// What __copier_amemcpy_hinted may be told. A hint changes when a copy runs,
/// never what it does.
#define COPIER_HINT_LAZY 1u ///< Only when something depends on it.

/// amemcpy with hints: \p hints of COPIER_HINT_*, and the \p segment in bytes
/// in which the destination will be csynced, a power of two, or 0.
void *__copier_amemcpy_hinted(void *dst, const void *src, size_t n,
                              struct copier_site *site, uint32_t hints,
                              size_t segment);

/// See copier.h.
void copier_abort(const void *addr, size_t n);

/// csync and csync_all, out of line: compiled code calls them where
/// __copier_pending is not zero. Both preserve errno.
void __copier_csync(const void *addr, size_t n);
void __copier_csync_all(void);

/// How many copies of this process are pending: 0 means that no csync has
/// anything to do. Read it with acquire order. Only the runtime writes it.
extern size_t __copier_pending;

/// Copies of fewer bytes than this are a plain memcpy, provided that nothing
/// is pending. SIZE_MAX until the runtime has read its environment, and for
/// ever under COPIER_BACKEND=inline. Only the runtime writes it.
extern size_t __copier_min_size;

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif // COPIER_ENTRY_POINTS_H
