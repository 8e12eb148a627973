//===- forward.h - Copies that the kernel's service makes -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A copy is *forwarded* to the kernel's service (device.h). It is in a Copy
// Queue of this process like any other, with all its segments claimed, so that
// nobody here touches them: the kernel's report alone says what is done.
// *Harvesting* turns that into finished segments. What the kernel cannot copy
// it gives back, to be copied here.
//
// What the kernel has *received* from a file or socket nobody has but the
// kernel: it is never given back. libcopier sees it as a copy onto itself.
//
// Between this process and the kernel there is no order but this: a copy is
// forwarded only if every pending one that it must come after is forwarded,
// too.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_FORWARD_H
#define COPIER_BACKENDS_FORWARD_H

#include "backends/backend.h"

/// Opens the device, if it is not open. Returns NULL, or why it cannot be used.
const char *copier_forward_open(void);

/// Submits the \p count \p tasks of one copy to \p client and forwards them, or
/// leaves them to a csync if they must come after something that is not
/// forwarded. False if the copy is to be made at once: so it is if the service
/// sleeps and the copy is not worth waking it. \p wakes: it is woken if needed.
bool copier_forward(struct copier_client *client,
                    const struct copier_task *tasks, unsigned count,
                    bool is_worth_waking, bool wakes);

/// For copier_backend: the kernel reads at once, as far as it need not wait for
/// data, and brings the bytes to memory like a copy that is forwarded.
ssize_t copier_forward_receive(struct copier_client *client,
                               const struct copier_io *transfer);

/// For copier_backend: writes what is in memory when all that is forwarded is
/// done; nothing is pending afterwards.
ssize_t copier_forward_send(const struct copier_io *transfer);

/// Wakes the service if it sleeps and has anything to do.
void copier_forward_wake(void);

/// Takes note of what the kernel has copied.
void copier_forward_harvest(void);

/// For copier_worker.ask_for: on return, none of the \p segments is the
/// kernel's.
void copier_forward_ask_for(struct copier_place at,
                            const struct copier_task *task,
                            copier_segments segments);

/// Around a fork: in between nothing is forwarded. The child has a device of
/// its own, if any.
void copier_forward_before_fork(void);
void copier_forward_fork_parent(void);
void copier_forward_after_fork(void);

#endif // COPIER_BACKENDS_FORWARD_H
