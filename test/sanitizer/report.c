//===- report.c - What a report says ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %copsan -O1 %s -o %t
// RUN: not %t text 2>&1 | FileCheck %s
// RUN: env COPSAN_OPTIONS=format=json not %t 2>&1 | FileCheck %s --check-prefix=JSON
// RUN: env COPSAN_OPTIONS=format=json not %t 2>&1 | %python -c "import json, sys; [json.loads(line) for line in sys.stdin]"
// RUN: env COPSAN_OPTIONS=symbolize=0 not %t 2>&1 | FileCheck %s --check-prefix=RAW
//
// The same error twice is one report; after all, the status tells.
// RUN: env COPSAN_OPTIONS=halt_on_error=0:exitcode=7 not %t 2>&1 | FileCheck %s --check-prefix=TWO --implicit-check-not=SUMMARY
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>

static _Alignas(64) char source[256], destination[256];

__attribute__((noinline)) static int use(const char *p, int i) {
  return p[i]; // USE
}

int main(void) {
  amemcpy(destination, source, 100); // COPY
  csync(destination + 8, 16);        // CSYNC
  int sum = 0;
  for (int i = 0; i != 3; ++i)
    sum += use(destination, 40 + i);
  source[99] = 1; // WRITE
  puts("went on");
  return sum;
}

// CHECK: {{^}}==[[PID:[0-9]+]]==ERROR: CopierSanitizer: read-before-csync on address [[ADDRESS:0x[0-9a-f]+]] at pc 0x{{[0-9a-f]+}} thread T0
// CHECK-NEXT: {{^}}READ of 1 bytes at 0x{{[0-9a-f]+}} by thread T0 here:
// CHECK-NEXT: {{^}}    #0 0x{{[0-9a-f]+}} in use {{.*}}report.c:[[# @LINE - 16]]:
// CHECK-NEXT: {{^}}    #1 0x{{[0-9a-f]+}} in main
// CHECK: is at offset 40 of the destination of a pending copy of 100 bytes from 0x{{[0-9a-f]+}} to 0x
// CHECK-NEXT: submitted by thread T0 here:
// CHECK-NEXT: #0 {{.*}} in main {{.*}}report.c:[[# @LINE - 16]]:3
// CHECK: The last csync of that copy covered 16 bytes at 0x{{[0-9a-f]+}}, too few, in thread T0 here:
// CHECK: in main {{.*}}report.c:[[# @LINE - 17]]:3
// CHECK: is at offset 40 of the global variable 'destination' of 256 bytes
// CHECK: Shadow bytes around
// CHECK: 0x{{[0-9a-f]+}}: DDDDDDDD................DDDDDDDD
// CHECK-NEXT: =>0x{{[0-9a-f]+}}: DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD
// CHECK-NEXT: ^
// CHECK: Fix: insert csync(&p[i], sizeof(p[i])); before {{.*}}report.c:[[# @LINE - 28]]
// CHECK-NEXT: SUMMARY: CopierSanitizer: read-before-csync {{.*}}report.c:[[# @LINE - 29]] in use
// CHECK-NOT: {{.}}

// JSON: {"type":"error","pid":{{[0-9]+}},"kind":"read-before-csync","address":"0x{{[0-9a-f]+}}","access":{"address":"0x{{[0-9a-f]+}}","size":1},"call":null,"file":"{{.*}}report.c","line":[[# @LINE - 32]],"column":{{[0-9]+}},"function":"use","thread":0,"copy":{"destination":"0x{{[0-9a-f]+}}","source":"0x{{[0-9a-f]+}}","size":100,"thread":0},"offset":40,"side":"destination","location":"{{.*}}'destination'{{.*}}","stack":[{{.*}}],"submitted":[{{.*}}],"last_csync":[{{.*}}],"fix":{"csync":"csync(&p[i], sizeof(p[i]))","mode":"statement","file":"{{.*}}report.c","line":[[# @LINE - 32]],"column":3,

// RAW: #0 0x{{[0-9a-f]+}} in ?? ({{.*}}+0x{{[0-9a-f]+}})
// RAW: SUMMARY: CopierSanitizer: read-before-csync {{.*}}+0x{{[0-9a-f]+}} in ??

// TWO: SUMMARY: CopierSanitizer: read-before-csync {{.*}} in use
// TWO: SUMMARY: CopierSanitizer: source-write-before-csync {{.*}}report.c:[[# @LINE - 29]] in main
