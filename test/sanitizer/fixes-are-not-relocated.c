//===- fixes-are-not-relocated.c - What no report needs costs no memory ---===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a report says of each place in the source stays in the file, read-only: it
// once had addresses, which the start of the program had to relocate, all of them.
// Its strings lie apart from the program's, whose pages are read.
//
// RUN: %copsan -O2 %s -o %t && not %t 2>&1 | FileCheck %s --check-prefix=FIX
// RUN: llvm-readelf -S --wide %t | FileCheck %s
// RUN: %copsan -O2 -fPIC -shared %s -o %t.so && llvm-readelf -S --wide %t.so | FileCheck %s
// CHECK: .copsan.fixes PROGBITS {{([0-9a-f]+ +)+}}A {{.*}}
// CHECK: .copsan.texts PROGBITS {{([0-9a-f]+ +)+}}AMS {{.*}}
//
//===----------------------------------------------------------------------===//

#include <copier.h>

static char a[100], b[100];

int main(int argc, char **argv) {
  (void)argv;
  amemcpy(b, a, sizeof(b));
  // FIX: Fix: insert csync(&b[argc], sizeof(b[argc])); before {{.*}}.c:[[#@LINE+1]]
  return b[argc];
}
