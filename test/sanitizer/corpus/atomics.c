//===- atomics.c - Atomics on what is copied ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A read-modify-write is reported as its read.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdatomic.h>
#include <stdio.h>

static _Atomic int counters[16];
static int fresh[16] = {1, 2, 3, 4, 5, 6, 7, 8};

int main(void) {
  amemcpy(counters, fresh, sizeof(fresh));
  csync(&counters[2], sizeof(int));             //! read-before-csync add whole
  int old = atomic_fetch_add(&counters[2], 10); //@ add
  csync(&counters[3], sizeof(int)); //! read-before-csync exchange whole
  int other = atomic_exchange(&counters[3], 7); //@ exchange
  csync(&counters[4], sizeof(int));       //! write-before-csync store whole
  atomic_store(&counters[4], 1);          //@ store
  csync(&counters[5], sizeof(int));       //! read-before-csync load whole
  int loaded = atomic_load(&counters[5]); //@ load
  csync(&fresh[6], sizeof(int)); //! source-write-before-csync source whole
  __atomic_store_n(&fresh[6], 1, __ATOMIC_RELAXED); //@ source
  csync_all();
  printf("%d %d %d %d\n", old, other, loaded, counters[2]);
}
