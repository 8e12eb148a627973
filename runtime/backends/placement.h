//===- placement.h - Where service threads run ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Near the program: on the CPUs that share the last-level cache with the one on
// which the service is started, and with that its NUMA node, as far as the
// process may run there (paper, section 4.5.1).
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_PLACEMENT_H
#define COPIER_BACKENDS_PLACEMENT_H

#include <pthread.h>

/// How many CPUs the process may run on.
unsigned copier_placement_cpus(void);

/// Has a thread that is created with \p attributes run near the caller, if
/// there is more than one CPU there, and else where the process may.
void copier_placement_apply(pthread_attr_t *attributes);

#endif // COPIER_BACKENDS_PLACEMENT_H
