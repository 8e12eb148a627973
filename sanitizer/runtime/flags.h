//===- flags.h - COPSAN_OPTIONS -----------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Read once, at start: the defaults, what __copsan_default_options returns,
// then the environment; the last one wins.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_FLAGS_H
#define COPSAN_FLAGS_H

#include <stdbool.h>

typedef const char *copsan_string_flag;
typedef int copsan_int_flag;
typedef bool copsan_bool_flag;

struct copsan_flags {
#define COPSAN_FLAG(TYPE, NAME, DEFAULT, HELP) copsan_##TYPE##_flag NAME;
#include "flags.def"
};

extern struct copsan_flags copsan_flags;

/// Warns of unknown options; ends the process for values that make no sense.
void copsan_flags_read(void);

#endif // COPSAN_FLAGS_H
