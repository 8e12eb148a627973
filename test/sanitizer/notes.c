//===- notes.c - What is no error, but no use either ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kind of note, alone, at its place; none of them ends the process. What
// is as it should be has none; nor has anything, without notes=1.
//
// RUN: %copsan -O1 %s -o %t
// RUN: %t redundant empty element never 2>&1 | count 0
// RUN: env COPSAN_OPTIONS=notes=1 %t 2>&1 | count 0
// RUN: env COPSAN_OPTIONS=notes=1 %t redundant 2>&1 | FileCheck %s --check-prefix=REDUNDANT --implicit-check-not=NOTE
// RUN: env COPSAN_OPTIONS=notes=1 %t nothing 2>&1 | FileCheck %s --check-prefix=NOTHING --implicit-check-not=NOTE
// RUN: env COPSAN_OPTIONS=notes=1 %t empty 2>&1 | FileCheck %s --check-prefix=EMPTY --implicit-check-not=NOTE
// RUN: env COPSAN_OPTIONS=notes=1 %t element 2>&1 | FileCheck %s --check-prefix=ELEMENT --implicit-check-not=NOTE
// RUN: env COPSAN_OPTIONS=notes=1 %t never 2>&1 | FileCheck %s --check-prefix=NEVER --implicit-check-not=NOTE
// RUN: env COPSAN_OPTIONS=notes=1:format=json %t redundant 2>&1 | FileCheck %s --check-prefix=JSON
// RUN: echo 'redundant-csync:main' > %t.supp
// RUN: env COPSAN_OPTIONS=notes=1:suppressions=%t.supp %t redundant 2>&1 | count 0
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <string.h>

static char a[8000], b[8000], c[100];
static volatile char sink;

static void work(void) {
  for (int i = 0; i != 10; ++i)
    sink = a[i];
}

static void copy(void) {
  amemcpy(b, a, sizeof(b)); // COPY
  work();
}

static int is_asked(int argc, char **argv, const char *what) {
  for (int i = 1; i < argc; ++i)
    if (strcmp(argv[i], what) == 0)
      return 1;
  return 0;
}

int main(int argc, char **argv) {
  copy();
  csync(b, sizeof(b));
  if (is_asked(argc, argv, "redundant"))
    csync(b + 10, 20);
  // REDUNDANT: {{^}}=={{[0-9]+}}==NOTE: CopierSanitizer: redundant-csync: {{.*}}, of 20 bytes at 0x
  // REDUNDANT-NEXT: #0 {{.*}} in main {{.*}}notes.c:[[# @LINE - 2]]:
  // REDUNDANT: {{^}}SUMMARY: CopierSanitizer: redundant-csync {{.*}}notes.c:[[# @LINE - 3]] in main
  // JSON: {"type":"note","pid":{{[0-9]+}},"kind":"redundant-csync","address":"0x{{[0-9a-f]+}}","size":20,"file":"{{.*}}notes.c","line":[[# @LINE - 4]],"function":"main"}
  if (is_asked(argc, argv, "nothing"))
    csync(c, sizeof(c));
  // NOTHING: NOTE: CopierSanitizer: csync-of-never-pending: {{.*}}, of 100 bytes
  // NOTHING: SUMMARY: CopierSanitizer: csync-of-never-pending {{.*}}notes.c:[[# @LINE - 2]] in main
  if (is_asked(argc, argv, "empty")) {
    amemcpy(b, a, 500);
    csync(b, 500);
  }
  // EMPTY: NOTE: CopierSanitizer: empty-window: {{.*}}, of 500 bytes
  // EMPTY: The copy was submitted here:
  // EMPTY-NEXT: #0 {{.*}} in main {{.*}}notes.c:[[# @LINE - 5]]:
  // EMPTY: SUMMARY: CopierSanitizer: empty-window {{.*}}notes.c:[[# @LINE - 5]] in main
  if (is_asked(argc, argv, "element")) {
    copy();
    for (int i = 0; i != 2000; ++i)
      csync(b + 4 * i, 4);
  }
  // ELEMENT: NOTE: CopierSanitizer: csync-per-element: {{.*}}, of 4 bytes
  // ELEMENT: SUMMARY: CopierSanitizer: csync-per-element {{.*}}notes.c:[[# @LINE - 3]] in main
  if (is_asked(argc, argv, "never"))
    copy();
  // NEVER: NOTE: CopierSanitizer: never-synced: {{.*}}, of 8000 bytes
  // NEVER: SUMMARY: CopierSanitizer: never-synced {{.*}}notes.c:[[# @LINE - 42]] in copy
  return 0;
}
