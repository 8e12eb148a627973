//===- complete.h - Completing the copies that somebody waits for -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A csync is a Sync Task that its own thread carries out: find what it needs,
// with everything that this depends on (promotion; paper, section 4.2.2), copy
// what nobody has begun, and wait for the rest. An abort is one that drops
// copies instead.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_COMPLETE_H
#define COPIER_CORE_COMPLETE_H

#include "core/batch.h"

/// What one csync needs. Large: four kilobytes.
struct copier_plan {
  struct copier_order order;
  /// There is more than the order had room for: this plans all that it has, and
  /// then there is to be another plan.
  bool is_partial;
  /// Segments that write only bytes in here are about to be given up: what
  /// reads them goes through them, as if they were lazy.
  struct copier_range given_up;
  copier_segments needed[COPIER_MAX_PLACES];
  /// The places of which something is needed, or was, newest first.
  unsigned places_used;
  uint16_t places[COPIER_MAX_PLACES];
};

/// Plans what must be done before bytes in \p written may be written and bytes
/// in \p read may be read. False if that is nothing.
bool copier_plan_sync(const struct copier_client *client,
                      struct copier_range written, struct copier_range read,
                      struct copier_plan *plan);

/// Plans \p segments of the task at \p at, with what must be done before them.
/// False if none is left to do.
bool copier_plan_part(const struct copier_client *client,
                      struct copier_place at, copier_segments segments,
                      struct copier_plan *plan);

/// Carries out \p plan as \p worker. On return all of it is done, except for
/// segments that the worker cannot make resident or does not wait for, and what
/// depends on them; if there are any, the plan is not partial any more.
void copier_complete(struct copier_plan *plan,
                     const struct copier_worker *worker);

/// Gives up the segments that write only bytes in \p range, after completing
/// what else meets it. On return nothing is pending there but what the worker
/// does not wait for.
void copier_abort_range(const struct copier_client *client,
                        struct copier_range range,
                        const struct copier_worker *worker);

/// Those \p segments of \p task at \p place before which nothing is left to do.
copier_segments copier_ready_segments(const struct copier_order *order,
                                      unsigned place,
                                      const struct copier_task *task,
                                      copier_segments segments);

#endif // COPIER_CORE_COMPLETE_H
