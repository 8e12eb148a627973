//===- options.h - Parameters that a program sets
//--------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The values of set_copier_opt; copier.h says what they mean.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_OPTIONS_H
#define COPIER_PROCESS_OPTIONS_H

#include "copier.h"

/// What \p opt is now.
unsigned long copier_option(enum copier_opt opt);

#endif // COPIER_PROCESS_OPTIONS_H
