//===- chaos.h - What may go wrong in the fake device's service -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Stands between the service and its seam (service/os.h), and does there what a
// kernel may do at any time: lets copies take long, and does not find pages.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_TEST_LIB_FAKE_DEVICE_CHAOS_H
#define COPIER_TEST_LIB_FAKE_DEVICE_CHAOS_H

#include <stdint.h>

/// \p seed of random numbers; 0: nothing goes wrong. One in so many pages is not
/// found: 0 none, 1 all.
void chaos_start(uint64_t seed, unsigned faults);

#endif // COPIER_TEST_LIB_FAKE_DEVICE_CHAOS_H
