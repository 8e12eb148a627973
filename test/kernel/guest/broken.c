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
