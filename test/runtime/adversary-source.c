//===- adversary-source.c - A source that is written too early is named ---===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The adversary aborts, and names where the copy was submitted and where it was
// to be made: also for a copy that is only read through, at exit, and for a
// thread other than the one that copied.
//
// RUN: %clang -O1 -g -rdynamic -fno-optimize-sibling-calls %s %libcopier -o %t
// RUN: env COPIER_BACKEND=adversary:never not --crash %t direct 2>&1 | FileCheck %s --check-prefixes=CHECK,SITE -DPOLICY=never
// RUN: env COPIER_BACKEND=adversary:reverse not --crash %t direct 2>&1 | FileCheck %s --check-prefixes=CHECK,SITE -DPOLICY=reverse
// RUN: env COPIER_BACKEND=adversary:never COPIER_SEGMENT=64 not --crash %t by-hand 2>&1 | FileCheck %s --check-prefixes=CHECK,HAND -DPOLICY=never
// RUN: env COPIER_BACKEND=adversary:never not --crash %t chain 2>&1 | FileCheck %s --check-prefixes=CHECK,SITE -DPOLICY=never
// RUN: env COPIER_BACKEND=adversary:never not --crash %t thread 2>&1 | FileCheck %s --check-prefixes=CHECK,SITE -DPOLICY=never
// RUN: env COPIER_BACKEND=adversary:never not --crash %t exit 2>&1 | FileCheck %s --check-prefixes=EXIT
// RUN: env COPIER_BACKEND=adversary:random:7 COPIER_STATS=%t.json not --crash %t direct 2>&1 | FileCheck %s --check-prefixes=RANDOM
//
// CHECK: libcopier: adversary:[[POLICY]]: the source of a pending copy was written without a csync before
// CHECK-NEXT: source [0x{{[0-9a-f]+}}, 0x{{[0-9a-f]+}}), at offset 1280 of a copy of 2048 bytes from 0x{{[0-9a-f]+}} to 0x{{[0-9a-f]+}}
// SITE-NEXT: submitted at dir/a.c:12:34 in copy_it:
// HAND-NEXT: submitted at:
// CHECK-NEXT: adversary-source{{.*}}(submit_it+
// CHECK: found when it was to be copied, at:
// CHECK-NEXT: adversary-source{{.*}}(sync_it+
// EXIT: (submit_it+
// EXIT: found when it was to be copied, at:
// EXIT: libc.so
// RANDOM: libcopier: adversary:random:7: the source
//
// Rightly written, nothing is said. Nor if the same bytes are written again.
// RUN: %run-backends %t direct csync
// RUN: %run-backends %t by-hand csync
// RUN: %run-backends %t chain csync
// RUN: %run-backends %t thread csync
// RUN: %run-backends %t exit csync
// RUN: %run-backends %t other-bytes
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <copier/entry_points.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char a[2048], b[2048], c[2048];
static struct copier_site site = {"dir/a.c", "copy_it", 12, 34, NULL};

__attribute__((noinline)) void submit_it(char *to, const char *from,
                                         int by_hand) {
  if (by_hand)
    amemcpy(to, from, 2048);
  else
    __copier_amemcpy(to, from, 2048, &site);
}

__attribute__((noinline)) void sync_it(const char *at) { csync(at, 2048); }

static void *sync_in_thread(void *at) {
  sync_it(at);
  return NULL;
}

static void run(const char *how, int synced) {
  submit_it(b, a, !strcmp(how, "by-hand"));
  if (!strcmp(how, "chain"))
    amemcpy(c, b, 2048);
  if (!strcmp(how, "other-bytes")) {
    // Of a pending copy, and with the values that are there.
    memset(a, 'a', 2048);
    csync(a, 1);
    a[0] = 'x';
  } else {
    csync(a, synced ? 2048 : 0);
    a[1290] = 'x';
  }
  pthread_t thread;
  if (!strcmp(how, "exit"))
    exit(0);
  if (strcmp(how, "thread"))
    sync_it(!strcmp(how, "chain") ? c : b);
  else if (!pthread_create(&thread, NULL, sync_in_thread, b))
    pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
  memset(a, 'a', 2048);
  run(argv[1], argc > 2);
  puts("done");
}
