//===- copsan_interface.h - CopierSanitizer's public interface ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a program may call, or define, when it is built with -fsanitize=copier.
// docs/sanitizer.md is the manual. Without the sanitizer the functions are not
// there: guard calls with __has_include and a macro of your own.
//
// To leave a function unchecked: __attribute__((no_sanitize("copier"))).
//
//===----------------------------------------------------------------------===//

#ifndef SANITIZER_COPSAN_INTERFACE_H
#define SANITIZER_COPSAN_INTERFACE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/// Ends and begins checking in the calling thread. Calls nest. What is pending
/// is followed all the same.
void __copsan_disable(void);
void __copsan_enable(void);

/// What is pending in [\p addr, \p addr + \p n): 0, or COPSAN_DESTINATION and
/// COPSAN_SOURCE or-ed.
int __copsan_is_pending(const void *addr, size_t n);
enum { COPSAN_DESTINATION = 1, COPSAN_SOURCE = 2 };

/// How many bytes of copies are pending in this process.
size_t __copsan_pending_bytes(void);

/// Called once before the process ends because of an error.
void __copsan_set_death_callback(void (*callback)(void));

/// May be defined by the program: options and suppressions that
/// COPSAN_OPTIONS overrides and adds to.
const char *__copsan_default_options(void);
const char *__copsan_default_suppressions(void);

#pragma GCC visibility pop
#ifdef __cplusplus
} // extern "C"

namespace __copsan {
/// Nothing is checked in this thread for as long as one of these lives.
class ScopedDisabler {
public:
  ScopedDisabler() { __copsan_disable(); }
  ~ScopedDisabler() { __copsan_enable(); }
  ScopedDisabler(const ScopedDisabler &) = delete;
  ScopedDisabler &operator=(const ScopedDisabler &) = delete;
};
} // namespace __copsan
#endif

#endif // SANITIZER_COPSAN_INTERFACE_H
