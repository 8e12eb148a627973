//===- output.h - Where reports go --------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text for the log, by printf formats or as JSON strings. Who prints a report
// holds copsan_output_begin to copsan_output_end.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_OUTPUT_H
#define COPSAN_OUTPUT_H

/// Opens the log at the first use, if it is a file. Other threads wait until
/// the end.
void copsan_output_begin(void);
void copsan_output_end(void);
/// In the child of a fork, which has a log of its own.
void copsan_output_restart(void);

__attribute__((format(printf, 1, 2))) void copsan_print(const char *format,
                                                        ...);

/// \p text in quotes, or null.
void copsan_print_json_string(const char *text);

#endif // COPSAN_OUTPUT_H
