//===- section.h - A thread while it holds claims -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread of the program completes copies in a *section*, in which it is not
// interrupted: a signal handler that csyncs would wait for the very thread that
// it interrupts, and a thread that is cancelled would keep what it has claimed.
//
// What does come is the signal of a bad address. Its handler may call csync, in
// a *nested* section, and return. Or it may jump out, or end the thread: then
// what was claimed is *abandoned*, and given up, as the rest of a memcpy would
// be. The thread does that when it comes back; if it does not, whoever has
// waited for very long does it in its place.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_SECTION_H
#define COPIER_PROCESS_SECTION_H

#include "core/batch.h"

struct copier_section_record;

struct copier_section {
  uint64_t mask; ///< The signals that were blocked before.
  struct copier_section_record *record;
  struct copier_section_record *outer; ///< Of the section around it, or NULL.
};

/// Begins a section, which posts \p range to the Sync Queue if it is not NULL,
/// and ends it. What the thread has abandoned is given up as \p worker. In
/// between nothing can be cancelled.
void copier_section_begin(struct copier_section *section,
                          const struct copier_range *range,
                          const struct copier_worker *worker);
void copier_section_end(const struct copier_section *section,
                        const struct copier_worker *worker);

/// Blocks the signals that do not come in a section; returns the mask from
/// before, for the end of that.
uint64_t copier_section_block_signals(void);
void copier_section_restore_signals(uint64_t mask);

/// Of the calling thread's innermost section.
struct copier_claims *copier_section_claims(void);

/// Has this thread claimed segment \p index at \p at in a section around its
/// innermost? It would wait for itself.
bool copier_section_interrupts(struct copier_place at, unsigned index);

/// Gives up, as \p worker, what other threads have abandoned. The calling
/// thread is in a section. Takes a system call or three for each other section.
void copier_section_recover(const struct copier_worker *worker);

/// The thread ends, perhaps in a fault handler: it has abandoned everything.
void copier_section_end_thread(void);

/// In the child, whose only thread has left all sections or is in a handler.
void copier_section_after_fork(void);

#endif // COPIER_PROCESS_SECTION_H
