//===- suppressions.h - What is not to be reported ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lines of KIND:PATTERN, where KIND is that of a report, or a star for any, and
// PATTERN, with stars, is found in a function, file or module of the stack.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_SUPPRESSIONS_H
#define COPSAN_SUPPRESSIONS_H

#include "symbolize.h"

/// Reads the file of the option and what the program adds. Ends the process if
/// the file cannot be read or understood.
void copsan_suppressions_read(void);

bool copsan_is_suppressed(const char *kind,
                          const struct copsan_named_stack *stack);

#endif // COPSAN_SUPPRESSIONS_H
