//===- broken.c - Cases that a run must report ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each goes wrong in a way of its own, so that runner.test sees whether the guest
// and its runner notice. No other test runs them.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "machine.h"
#include <sched.h>
#include <unistd.h>

TEST_CASE(broken_fails, 10) { expect(read_number("/proc/uptime") < 0); }

TEST_CASE(broken_skips, 10) { skip("there is no reason"); }

TEST_CASE(broken_signal, 10) { abort(); }

TEST_CASE(broken_hangs, 2) {
  for (;;)
    pause();
}

TEST_CASE(broken_complains, 10) {
  write_text("/dev/kmsg", "<3>WARNING: possible circular locking dependency\n");
}

TEST_CASE(broken_panics, 10) { write_text("/proc/sysrq-trigger", "c"); }

TEST_CASE(broken_reports_much, 30) {
  for (unsigned line = 0; line < 2000; ++line)
    printf("line %u of a long report\n", line);
  fail("that is all");
}

/// No other thread ever runs again, init neither.
TEST_CASE(broken_stands_still, 2) {
  expect(write_text("/proc/sys/kernel/sched_rt_runtime_us", "-1") == 0);
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  for (int cpu = 0; cpu < cpus; ++cpu) {
    cpu_set_t alone;
    CPU_ZERO(&alone);
    CPU_SET(cpu, &alone);
    // The case's own process takes the last CPU.
    if (cpu < cpus - 1 && fork())
      continue;
    expect(sched_setaffinity(0, sizeof(alone), &alone) == 0);
    struct sched_param first = {.sched_priority = 99};
    expect(sched_setscheduler(0, SCHED_FIFO, &first) == 0);
    for (volatile int spin = 1; spin;)
      continue;
  }
}
