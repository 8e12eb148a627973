//===- stack.h - Where a thread is --------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stacks as return addresses, and the names of what they are in.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_STACK_H
#define COPSAN_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COPSAN_MAX_FRAMES 24

struct copsan_stack {
  uint32_t count;
  uint32_t thread; ///< copsan_thread_number().
  /// Addresses within the calls, not behind them.
  uintptr_t pcs[COPSAN_MAX_FRAMES];
};

/// Stacks are short mostly: only what there is, is copied.
static inline void copsan_stack_copy(struct copsan_stack *to,
                                     const struct copsan_stack *from) {
  to->count = from->count;
  to->thread = from->thread;
  for (uint32_t i = 0; i != from->count; ++i)
    to->pcs[i] = from->pcs[i];
}

/// Finds where this runtime and libcopier are, and warms up the unwinder.
void copsan_stack_start(void);

/// Is \p pc in this runtime or in libcopier?
bool copsan_is_own_code(uintptr_t pc);

/// The calling thread's stack from the first frame on that is neither in this
/// runtime nor in libcopier, \p max frames at most.
void copsan_stack_take(struct copsan_stack *stack, unsigned max);

#endif // COPSAN_STACK_H
