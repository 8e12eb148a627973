//===- faults.c - A bad address faults where a memcpy would -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SIGSEGV in the thread that calls amemcpy or csync, with the address of a byte
// that cannot be accessed, for a bad source and a bad destination, at the start
// and in the middle. A handler that jumps out of the csync leaves
// libcopier usable, for this thread and others, and exit does not fault again.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_SEGMENT=65536 %run-backends %t | FileCheck %s
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, SIZE = 16 * PAGE };
static sigjmp_buf escape;
static void *volatile fault_address;
static pthread_t faulting;

static void on_fault(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  fault_address = info->si_addr;
  faulting = pthread_self();
  siglongjmp(escape, 1);
}

static char *map(int pages_good) {
  char *p = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages_good)
    mprotect(p, (size_t)pages_good * PAGE, PROT_READ | PROT_WRITE);
  return p;
}

/// Copies \p n bytes, of which those in [bad, bad_end) cannot be accessed.
static void expect_fault(char *dst, char *src, size_t n, char *bad,
                         char *bad_end) {
  fault_address = NULL;
  if (sigsetjmp(escape, 1) == 0) {
    amemcpy(dst, src, n);
    csync(dst, n);
    puts("no fault");
    exit(1);
  }
  char *at = fault_address;
  if (at < bad || at >= bad_end || !pthread_equal(faulting, pthread_self()))
    printf("fault at %p, not from %p to %p\n", (void *)at, (void *)bad,
           (void *)bad_end);
}

static void *copy_well(void *unused) {
  static char from[SIZE], to[SIZE];
  memset(from, 'x', SIZE);
  amemcpy(to, from, SIZE);
  csync(to, SIZE);
  if (memcmp(from, to, SIZE))
    puts("wrong copy");
  return unused;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault,
                             .sa_flags = SA_SIGINFO | SA_NODEFER};
  sigaction(SIGSEGV, &action, NULL);
  char *good = map(16), *none = map(0), *part = map(5);
  char *none_end = none + 100 + 3 * PAGE;
  expect_fault(none + 100, good, 3 * PAGE, none + 100, none_end);
  // Other good pages each time: what is left of a bad copy stays pending.
  expect_fault(map(16), none + 100, 3 * PAGE, none + 100, none_end);
  expect_fault(part, map(16), SIZE, part + 5 * PAGE, part + SIZE);
  char *rest = map(16);
  memset(rest, 0, PAGE);
  munmap(rest + 5 * PAGE, SIZE - 5 * PAGE);
  expect_fault(map(16), rest + PAGE, SIZE - PAGE, rest + 5 * PAGE, rest + SIZE);

  pthread_t thread;
  if (pthread_create(&thread, NULL, copy_well, NULL))
    return 2;
  pthread_join(thread, NULL);
  copy_well(NULL);
  // CHECK-NOT: {{fault|wrong}}
  // CHECK: survived
  puts("survived");
}
