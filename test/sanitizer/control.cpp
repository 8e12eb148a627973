//===- control.cpp - What a program says to the sanitizer ---------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %copsan++ -O2 %s -o %t && %t 2>&1 | FileCheck %s
// RUN: %copsan++ -O0 %s -o %t && %t 2>&1 | FileCheck %s
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <cstdio>
#include <sanitizer/copsan_interface.h>

#if !__SANITIZE_COPIER__
#error "the macro is missing"
#endif

static char a[100], b[100];

extern "C" const char *__copsan_default_options() {
  return "halt_on_error=0:exitcode=3";
}

extern "C" const char *__copsan_default_suppressions() {
  return "read-before-csync:suppressed\n";
}

__attribute__((no_sanitize("copier"), noinline)) static int unchecked() {
  return b[1];
}

__attribute__((noinline)) static int suppressed() { return b[2]; }

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  amemcpy(b, a, 50);
  int sum = unchecked() + suppressed();
  {
    __copsan::ScopedDisabler disabler;
    sum += b[3];
    b[4] = 1;
  }
  std::printf("%d %d %d %zu\n", __copsan_is_pending(b + 49, 1),
              __copsan_is_pending(a, 1), __copsan_is_pending(b + 50, 50),
              __copsan_pending_bytes());
  // CHECK: {{^}}1 2 0 50
  csync(a + 10, 20); // Either side, and its counterpart.
  std::printf("%d %d %d %zu\n", __copsan_is_pending(b + 10, 20),
              __copsan_is_pending(b, 11), __copsan_is_pending(a + 29, 2),
              __copsan_pending_bytes());
  // CHECK-NEXT: {{^}}0 1 2 30
  csync_all();
  std::printf("%zu\n", __copsan_pending_bytes());
  // CHECK-NEXT: {{^}}0
  return sum;
  // CHECK-NOT: {{.}}
}
