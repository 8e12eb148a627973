//===- instrumentation.h - What instrumented code refers to -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The symbols and the layout that the pass and the runtime of CopierSanitizer
// agree on. An ABI: objects built yesterday meet tomorrow's runtime.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_INSTRUMENTATION_H
#define COPSAN_INSTRUMENTATION_H

#include <stdint.h>

#define COPSAN_SYMBOL_PENDING "__copsan_pending"
#define COPSAN_SYMBOL_READ "__copsan_read"
#define COPSAN_SYMBOL_WRITE "__copsan_write"
#define COPSAN_SYMBOL_UPDATE "__copsan_update"
#define COPSAN_SYMBOL_END_OF_LIFE "__copsan_end_of_life"
#define COPSAN_SYMBOL_UNWIND "__copsan_unwind"
#define COPSAN_SYMBOL_CALL "__copsan_call"
#define COPSAN_SYMBOL_RETURN "__copsan_return"

/// How a csync comes into the source.
enum copsan_fix_mode {
  COPSAN_FIX_STATEMENT, ///< As a statement, before what is at `begin`.
  COPSAN_FIX_BRACES,    ///< Likewise, both in braces from `begin` to `end`.
  COPSAN_FIX_IN_PLACE,  ///< In the lvalue from `begin` to `end`.
  COPSAN_FIX_IN_VALUE,  ///< In the call from `begin` to `end`.
};

struct copsan_position {
  uint32_t line;   ///< 1-based.
  uint32_t column; ///< 1-based, in bytes.
};

/// What the source needs. One for each place with an access, constant. Texts
/// are given by how far they are from the member; 0 is none. Addresses would
/// have to be relocated: all of them, at the start of a program that may never
/// have a report.
struct copsan_fix {
  int32_t file;
  /// The call of csync, without semicolon; in calls of libc, none.
  int32_t csync;
  /// The arguments of a call, as far as they may be evaluated twice; or none.
  int32_t arguments[6];
  uint32_t mode;
  struct copsan_position begin, end;
};

#endif // COPSAN_INSTRUMENTATION_H
