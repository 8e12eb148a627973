//===- report_format.h - The parts of a report --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between deciding that there is something to report and writing it down as
// text or JSON.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_REPORT_FORMAT_H
#define COPSAN_REPORT_FORMAT_H

#include "report.h"
#include "symbolize.h"

/// A report, with everything named.
struct copsan_named_error {
  const struct copsan_error *error;
  const char *kind;
  struct copsan_named_stack access, submitted, csync;
  const struct copsan_frame *place;
  char location[1200]; ///< What memory it is.
  char csync_text[1024];
  const char *fix_file;
  struct copsan_position fix_begin, fix_end;
  const char *fix_mode; ///< Of enum copsan_fix_mode, as text; or unknown.
};

void copsan_format_text(const struct copsan_named_error *named);
void copsan_format_json(const struct copsan_named_error *named);

/// Fills in location: the variable, or kind of memory, at the finding.
void copsan_describe(struct copsan_named_error *named);
/// Fills in what concerns the fix.
void copsan_find_fix(struct copsan_named_error *named);

/// FILE:LINE, or MODULE+0xOFFSET, of \p frame.
const char *copsan_place_text(const struct copsan_frame *frame, char *text,
                              size_t size);
void copsan_print_stack(const struct copsan_named_stack *stack);

#endif // COPSAN_REPORT_FORMAT_H
