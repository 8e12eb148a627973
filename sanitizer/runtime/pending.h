//===- pending.h - What is pending, to the byte -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The truth: every copy from its amemcpy until csyncs have covered all of it,
// whatever libcopier does meanwhile. A *piece* is a part of a copy of which no
// byte has been released. All of these functions want copsan_lock.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_PENDING_H
#define COPSAN_PENDING_H

#include "interval_tree.h"
#include "stack.h"

#include <stdbool.h>
#include <stddef.h>

/// A csync that has released a part of a copy only.
struct copsan_csync {
  uintptr_t addr;
  size_t n; ///< 0: there was none.
  struct copsan_stack stack;
};

/// Of a copy, for windows=1.
struct copsan_window {
  struct copsan_window_site *site; ///< NULL: it is not measured.
  uint64_t begun_ns;
  uint64_t csynced_ns; ///< 0: not yet.
};

struct copsan_copy {
  uintptr_t dst, src;
  size_t n;
  uint64_t order; ///< Of the submissions.
  int queue;      ///< As given to _amemcpy; -1 for the default one.
  bool is_lazy;
  const void *descr;
  size_t descr_offset;
  uint64_t events; ///< Of the submitting thread, for the notes.
  uint32_t pieces;
  bool is_visited;
  struct copsan_stack submitted;
  struct copsan_csync last_csync;
  struct copsan_window window;
};

/// How many pieces there are, for instrumented code.
extern __attribute__((visibility("default"))) uint32_t __copsan_pending;

/// Adds a copy. NULL if it cannot be followed: no memory, or no such addresses.
struct copsan_copy *copsan_pending_add(uintptr_t dst, uintptr_t src, size_t n,
                                       int queue, bool is_lazy,
                                       const struct copsan_stack *submitted);

/// The newest copy of \p n bytes to \p dst is counted by \p descr.
void copsan_pending_set_descr(uintptr_t dst, size_t n, const void *descr,
                              size_t offset);

/// Releases what meets \p range on either side, with what that depends on, and
/// returns how many bytes of copies that were. Copies that it meets and that
/// are still pending elsewhere remember \p csync, with the stack of this
/// moment.
size_t copsan_pending_release(struct copsan_range range,
                              struct copsan_csync *csync);

/// Likewise, of the copy with these very ranges.
void copsan_pending_release_copy(uintptr_t dst, uintptr_t src, size_t n);
/// Of what \p descr counts from \p offset on.
void copsan_pending_release_descr(const void *descr, size_t offset, size_t n,
                                  struct copsan_csync *csync);
/// Of what meets \p range and is in \p queue.
void copsan_pending_release_queue(int queue, struct copsan_range range,
                                  struct copsan_csync *csync);
/// Of what the thread \p thread has submitted.
void copsan_pending_release_thread(uint32_t thread);
void copsan_pending_release_all(void);

/// A pending byte of the kind that was looked for.
struct copsan_finding {
  uintptr_t address;
  size_t offset; ///< In the copy.
  size_t n;      ///< Of its bytes that are pending from there on.
  bool is_source;
  struct copsan_copy copy;
};

/// The first byte in \p range that is a pending destination; or, if there is
/// none and \p with_sources, a pending source. False if there is none.
bool copsan_pending_find(struct copsan_range range, bool with_sources,
                         struct copsan_finding *finding);

bool copsan_pending_find_source(struct copsan_range range);

/// As copsan_pending_find, of copies that another thread has put into another
/// queue.
bool copsan_pending_find_unordered(struct copsan_range range, bool with_sources,
                                   int queue, uint32_t thread,
                                   struct copsan_finding *finding);

size_t copsan_pending_bytes(void);
/// COPSAN_DESTINATION and COPSAN_SOURCE, or-ed, for the byte at \p address.
int copsan_pending_state(uintptr_t address);

/// Calls \p visit once for each copy of which something is pending; once only,
/// at the end.
void copsan_pending_each_copy(void (*visit)(const struct copsan_copy *copy));

/// Calls \p visit for each piece that meets \p range on either side, with the
/// copy that it is of.
void copsan_pending_each_meeting(struct copsan_range range,
                                 void (*visit)(struct copsan_copy *copy,
                                               void *argument),
                                 void *argument);

/// Releases the copy with \p order, and nothing that it depends on.
void copsan_pending_drop(uint64_t order);

/// Forgets everything, in the child of a fork.
void copsan_pending_restart(void);

#endif // COPSAN_PENDING_H
