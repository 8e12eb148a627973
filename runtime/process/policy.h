//===- policy.h - How a copy is best made ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decides for each copy, from what the last ones of its site and size cost:
// inline, as a memcpy; head inline and tail offloaded; or offloaded. What
// counts is the time of the thread that copies: in amemcpy and in the csyncs of
// the copy, and what reading bytes costs that another core has written.
//
// A mode that has not been tried for long is tried again now and then. Another
// one must be clearly better to be taken.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_POLICY_H
#define COPIER_PROCESS_POLICY_H

#include "process/sites.h"

/// How a copy is made.
enum copier_mode {
  COPIER_MODE_INLINE,
  COPIER_MODE_SPLIT, ///< A quarter at once, the rest by the service.
  COPIER_MODE_OFFLOAD,
  COPIER_MODE_ADAPTIVE, ///< As a policy: what is best.
};

/// What COPIER_POLICY says: one for all copies, or adaptive.
extern enum copier_mode copier_policy;

/// A copy that has begun.
struct copier_choice {
  enum copier_mode mode;
  uint64_t start_ns; ///< 0: it is not measured.
};

/// How a copy of \p n bytes at the site of \p record is to be made.
struct copier_choice copier_policy_choose(struct copier_record *record,
                                          size_t n);

/// Told that the amemcpy returns.
void copier_policy_begun(struct copier_record *record, size_t n,
                         struct copier_choice choice);

/// Told that a csync has spent \p nanoseconds on a copy of the site, whose
/// copier_size_class was \p size_class.
void copier_policy_waited(struct copier_record *record, unsigned size_class,
                          uint64_t nanoseconds);

/// Is anybody interested in that?
static inline bool copier_policy_measures(void) {
  return copier_policy == COPIER_MODE_ADAPTIVE;
}

#endif // COPIER_PROCESS_POLICY_H
