//===- chaos.c - What may go wrong in the fake device's service -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The seam itself is compiled in here under other names.
//
//===----------------------------------------------------------------------===//

#include "chaos.h"
#include "process/threads.h"

#define copier_os_pin real_pin
#define copier_os_copy real_copy
#define copier_os_wait real_wait
#include "user/os.c"
#undef copier_os_pin
#undef copier_os_copy
#undef copier_os_wait

// service/os.h was read with the other names.
int copier_os_pin(struct copier_os_space *space, uintptr_t addr, size_t n,
                  bool to_write, enum copier_os_effort effort,
                  struct copier_os_pages *pages, uintptr_t *fault_addr);
void copier_os_copy(const struct copier_os_pair *pairs, unsigned count);
void copier_os_wait(struct copier_os_event *event, bool (*is_true)(void *),
                    void *argument, uint64_t nanoseconds);

#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

/// One in so many does.
#define PAUSE_ONE_IN 16
#define QUICK_FAULT_ONE_IN 2

/// How often the worker looks whether it is the last thread.
#define LOOK_NANOSECONDS 50000000

static _Atomic uint64_t state; ///< 0: nothing goes wrong.

static unsigned fault_one_in;

void chaos_start(uint64_t seed, unsigned faults) {
  state = seed;
  fault_one_in = faults;
}

static bool one_in(unsigned n) {
  uint64_t before = atomic_load(&state);
  uint64_t after;
  if (!before || !n)
    return false;
  do
    after = before * 6364136223846793005u + 1442695040888963407u;
  while (!atomic_compare_exchange_weak(&state, &before, after));
  return (after >> 33) % n == 0;
}

static void pause_or_not(void) {
  if (one_in(PAUSE_ONE_IN))
    // In a kernel nothing is a point of cancellation.
    syscall(SYS_nanosleep, &(struct timespec){.tv_nsec = 20000}, NULL);
}

int copier_os_pin(struct copier_os_space *space, uintptr_t addr, size_t n,
                  bool to_write, enum copier_os_effort effort,
                  struct copier_os_pages *pages, uintptr_t *fault_addr) {
  bool may_fault = effort == COPIER_OS_AT_ANY_COST;
  pause_or_not();
  if (may_fault && one_in(fault_one_in))
    *fault_addr = addr;
  else if (may_fault || !one_in(fault_one_in == 1 ? 1 : QUICK_FAULT_ONE_IN))
    return real_pin(space, addr, n, to_write, effort, pages, fault_addr);
  return may_fault ? -EFAULT : -EAGAIN;
}

void copier_os_copy(const struct copier_os_pair *pairs, unsigned count) {
  pause_or_not();
  real_copy(pairs, count);
  pause_or_not();
}

/// A kernel's worker is no thread of the program: this one ends the process if
/// it is the last.
void copier_os_wait(struct copier_os_event *event, bool (*is_true)(void *),
                    void *argument, uint64_t nanoseconds) {
  if (nanoseconds != COPIER_OS_NEVER) {
    real_wait(event, is_true, argument, nanoseconds);
    return;
  }
  while (!is_true(argument)) {
    real_wait(event, is_true, argument, LOOK_NANOSECONDS);
    if (copier_is_last_thread(/*own=*/1))
      exit(0);
  }
}
