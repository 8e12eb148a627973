//===- adversary-order.c - What relies on copies being made in order ------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One page of memory at two addresses: libcopier does not know that copies to
// both overlap, so the order is the program's business, and a csync between
// them is needed. Made in order, they hide that it is not there; adversary:never
// makes them in order. (Likewise the functions of two copies.)
//
// RUN: %clang -O2 -D_GNU_SOURCE %s %libcopier -o %t
// RUN: env COPIER_BACKEND=adversary:never %t memory
// RUN: env COPIER_BACKEND=adversary:never %t functions
// RUN: env COPIER_BACKEND=adversary:reverse not %t memory
// RUN: env COPIER_BACKEND=adversary:reverse not %t functions
// RUN: env COPIER_BACKEND=adversary:reverse not %t full
// RUN: %run-backends %t memory csync
// RUN: %run-backends %t functions csync
// RUN: %run-backends %t full csync
//
// Of some seeds each finds it; not every seed.
// RUN: sh -c 'for seed in 1 2 3 4 5 6 7 8 9; do COPIER_BACKEND=adversary:random:$seed %t memory; done; true' | FileCheck %s
// CHECK-DAG: wrong
// CHECK-DAG: right
//
// The same seed does the same, another one something else.
// RUN: env COPIER_BACKEND=adversary:random:1 %t digest > %t.1
// RUN: env COPIER_BACKEND=adversary:random:1 %t digest > %t.1.again
// RUN: env COPIER_BACKEND=adversary:random:2 %t digest > %t.2
// RUN: cmp %t.1 %t.1.again
// RUN: not cmp %t.1 %t.2
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, COPIES = 40, MORE_THAN_FIT = 300 };

static char *one, *two; ///< The same page.
static char sources[COPIES][PAGE];
static char last_run;

static char *map(int fd) {
  return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static void run(void *name) { last_run = *(char *)name; }

/// The second copy wins, if they are made in order.
static int copy_to_both(int synced) {
  amemcpy(one, sources[1], PAGE);
  csync(one, synced ? PAGE : 0);
  amemcpy(two, sources[2], PAGE);
  csync_all();
  return memcmp(one, sources[2], PAGE) == 0;
}

static int run_both(int synced) {
  struct copier_func a = {run, "a", COPIER_KFUNC}, b = {run, "b", COPIER_KFUNC};
  _amemcpy(one, sources[1], PAGE, -1, &a, NULL, 0, 0);
  csync(one, synced ? PAGE : 0);
  _amemcpy(two + 100, sources[2], 1, -1, &b, NULL, 0, 0);
  csync_all();
  return last_run == 'b';
}

/// A full queue is emptied, too.
static int fill_queue(int synced) {
  static char places[MORE_THAN_FIT];
  amemcpy(one, sources[1], PAGE);
  csync(one, synced ? PAGE : 0);
  amemcpy(two, sources[2], PAGE);
  for (int i = 0; i != MORE_THAN_FIT; ++i)
    amemcpy(places + i, sources[3], 1);
  csync_all();
  return memcmp(one, sources[2], PAGE) == 0;
}

/// What depends on all choices that are made.
static void print_digest(void) {
  for (int i = 0; i != COPIES; ++i) {
    amemcpy(i % 2 ? one + 8 * i : two, sources[i], PAGE - 16 * i);
    if (i % 7 == 0)
      csync(two, 1);
  }
  csync_all();
  for (int i = 0; i != PAGE; ++i)
    printf("%d ", one[i]);
}

int main(int argc, char **argv) {
  int fd = memfd_create("page", MFD_CLOEXEC);
  if (ftruncate(fd, PAGE))
    return 2;
  one = map(fd);
  two = map(fd);
  for (int i = 0; i != COPIES; ++i)
    memset(sources[i], i, PAGE);
  int synced = argc > 2;
  int right = 1;
  if (!strcmp(argv[1], "memory"))
    right = copy_to_both(synced);
  else if (!strcmp(argv[1], "functions"))
    right = run_both(synced);
  else if (!strcmp(argv[1], "full"))
    right = fill_queue(synced);
  else
    print_digest();
  puts(right ? "right" : "wrong");
  return !right;
}
