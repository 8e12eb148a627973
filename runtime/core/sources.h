//===- sources.h - Where the data of a copy is now: absorption ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In a chain A -> B -> C, the second copy need not wait for the first: what of
// B is not copied yet is still in A (layered copy absorption; paper,
// section 4.4). A segment of the first copy that is not done cannot have been
// touched by the program, so A has the latest data; one that is done may have
// been changed since, so B has it. This finds, for bytes to be copied, the
// places with the latest data.
//
// A segment through which is read *lends*: it must stay as it is, neither
// copied nor done, while it does, so that nobody writes A meanwhile. A reader
// therefore claims it, and gives it back.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_SOURCES_H
#define COPIER_CORE_SOURCES_H

#include "core/order.h"

/// Bytes to be moved in one go. The ranges do not overlap.
struct copier_piece {
  uintptr_t dst;
  uintptr_t src;
  size_t n;
};

#define COPIER_MAX_PIECES 16
#define COPIER_MAX_LENDERS 8

/// Segments of one task.
struct copier_part {
  unsigned place;
  copier_segments segments;
};

struct copier_sources {
  unsigned pieces_used;
  unsigned lenders_used;
  struct copier_piece pieces[COPIER_MAX_PIECES];
  struct copier_part lenders[COPIER_MAX_LENDERS];
};

/// Finds the latest data, as of \p place in \p order, of the \p n bytes at
/// \p src, which are to go to \p dst. False if they are too scattered; then
/// \p blocker is what to complete first.
bool copier_find_sources(const struct copier_order *order, unsigned place,
                         uintptr_t dst, uintptr_t src, size_t n,
                         struct copier_sources *sources,
                         struct copier_part *blocker);

#endif // COPIER_CORE_SOURCES_H
