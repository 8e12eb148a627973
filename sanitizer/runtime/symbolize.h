//===- symbolize.h - Names for addresses --------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// By llvm-symbolizer, which runs beside the process from the first report on.
// All of this belongs to the report that holds copsan_output_begin.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_SYMBOLIZE_H
#define COPSAN_SYMBOLIZE_H

#include "stack.h"

#define COPSAN_MAX_NAMED 64

struct copsan_frame {
  uintptr_t pc;
  char module[256];
  uintptr_t offset;   ///< In the module; 0 where it has none.
  char function[256]; ///< Empty where unknown, as the file.
  char file[512];
  unsigned line, column;
};

struct copsan_named_stack {
  unsigned count;
  struct copsan_frame frames[COPSAN_MAX_NAMED];
};

/// Names \p stack, inlined functions being frames of their own.
void copsan_symbolize(const struct copsan_stack *stack,
                      struct copsan_named_stack *named);

/// The innermost frame in code of the user's own; the first one if there is
/// none.
const struct copsan_frame *
copsan_user_frame(const struct copsan_named_stack *named);

/// A global variable.
struct copsan_variable {
  char name[256];
  char place[512]; ///< FILE:LINE, or empty.
  uintptr_t begin;
  uintptr_t n;
};

/// The variable at \p address; false if there is none.
bool copsan_find_variable(uintptr_t address, struct copsan_variable *variable);

/// In the child of a fork, which runs its own.
void copsan_symbolize_restart(void);

#endif // COPSAN_SYMBOLIZE_H
