//===- windows.h - How long copies could stay pending, and do
//--------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With windows=1, for CopierGen's own output: a copy's *true* Copy-Use window
// goes from its submission to the first access that conflicts with it (paper,
// section 2); the first csync that meets it ends what of that is used. So
// csyncs release nothing here, conflicts are no errors, and what is reported,
// at the end and by site, is which share of the true windows is used.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_WINDOWS_H
#define COPSAN_WINDOWS_H

#include "report.h"

/// What libcopier is to tell instead of what it tells else.
extern const struct copier_hooks copsan_window_hooks;

/// A moment, before an access is looked at.
uint64_t copsan_window_now(void);

/// \p error, at the \p time of copsan_window_now, is the first conflict of the
/// copy that it has found, which is then pending no more.
void copsan_window_conflict(const struct copsan_error *error, uint64_t time);

/// Prints what was measured.
void copsan_windows_report(void);

#endif // COPSAN_WINDOWS_H
