//===- fork_gate.h - What a fork must not find half done ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The child of a fork can repair the queues: what was claimed is free again.
// It cannot know how far other threads had come with counting a copy in its
// job and descriptor, nor free a lock that another thread holds in a function
// of the C library. So this is done behind a gate that a fork closes. The gate
// knows nothing of what is behind it.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_FORK_GATE_H
#define COPIER_PROCESS_FORK_GATE_H

/// Around what is all done or not begun when another thread forks. May nest.
void copier_fork_gate_enter(void);
void copier_fork_gate_leave(void);

/// Before the fork: closes the gate and waits until nobody is behind it. Not
/// longer than a tenth of a second: a fault handler may have jumped out.
void copier_fork_gate_close(void);

/// After the fork, in the parent; and in the child, where nobody else is.
void copier_fork_gate_open(void);
void copier_fork_gate_after_fork(void);

#endif // COPIER_PROCESS_FORK_GATE_H
