//===- sites.h - The places that copy
//--------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is known of each copy site: where it is, what it has done (statistics),
// and what is best for it (policy). Finding a record takes no lock and
// allocates nothing.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_SITES_H
#define COPIER_PROCESS_SITES_H

#include "copier/entry_points.h"

#include <stdatomic.h>
#include <stdbool.h>

/// What the policy knows of the copies of one site that have about the same
/// size; policy.c's own.
struct copier_experience {
  _Atomic uint32_t cost[3]; ///< Nanoseconds of a copy, by mode; 0: not known.
  _Atomic uint32_t calls;
  _Atomic uint32_t submit_ns; ///< Of the latest copy.
  _Atomic uint32_t wait_ns;   ///< In csyncs since then.
  _Atomic uint8_t mode;       ///< Of the latest copy.
  _Atomic uint8_t best;       ///< The mode to use.
  _Atomic uint8_t patience;   ///< Every 1 << patience calls something is tried.
  _Atomic bool is_measured;   ///< The latest copy was.
};

#define COPIER_SIZE_CLASSES 8

/// Sizes from one power of two to the next are alike; so are those below 16 KB,
/// and those from 1 MB on, which are cut into tasks of that size.
static inline unsigned copier_size_class(size_t n) {
  int above = 63 - __builtin_clzll(n | 1) - 13;
  return above < 0                     ? 0
         : above < COPIER_SIZE_CLASSES ? (unsigned)above
                                       : COPIER_SIZE_CLASSES - 1;
}

/// One copy site.
struct copier_record {
  const char *file; ///< NULL: only the address is known.
  const char *function;
  const void *address; ///< Of the call's return; used if file is NULL.
  uint32_t line;
  uint32_t column;
  _Atomic uint64_t calls;
  _Atomic uint64_t bytes;
  _Atomic uint64_t async_calls;
  _Atomic uint64_t async_bytes;
  _Atomic uint64_t wait_ns;
  struct copier_experience experiences[COPIER_SIZE_CLASSES];
};

/// The record of \p site, or if that is NULL, of the call that returns to
/// \p address.
struct copier_record *copier_record_for(struct copier_site *site,
                                        const void *address);

/// Calls \p visit for every record.
void copier_records_for_each(void (*visit)(struct copier_record *, void *),
                             void *context);

#endif // COPIER_PROCESS_SITES_H
