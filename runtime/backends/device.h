//===- device.h - The kernel's service, as this process sees it -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// /dev/copier: every system call of COPIER_BACKEND=kernel, and all that is
// known of the kernel's ABI (kernel-backend/uapi/copier.h), is here. A task
// that is submitted has a number, below COPIER_DEVICE_TASKS, which the caller
// chooses and which is free again when the kernel has reported that the task is
// over.
//
// Nothing here is locked: a caller must not submit or open while another does.
// errno is preserved.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_DEVICE_H
#define COPIER_BACKENDS_DEVICE_H

#include "backends/backend.h"

/// How many tasks the kernel can have at a time.
#define COPIER_DEVICE_TASKS 256

/// A transfer has fewer bytes than 1 << this.
#define COPIER_DEVICE_TRANSFER_SHIFT 20

/// What has become of a task.
struct copier_device_report {
  copier_segments done; ///< Their bytes are visible to the caller.
  /// The kernel will not touch the others, nor the report, any more.
  bool is_over;
  /// The kernel cannot copy the others, and keeps back what depends on them.
  bool has_fault;
};

/// Opens the device. Returns NULL, or why it cannot be used.
const char *copier_device_open(void);

/// Is it open?
bool copier_device_is_open(void);

/// In the child of a fork: it is not.
void copier_device_after_fork(void);

/// Does the kernel take a task like \p task? Then it does not refuse it.
bool copier_device_takes(const struct copier_task *task);

/// Gives the kernel \p task with the free \p number: it comes after all that
/// were given before.
void copier_device_submit(unsigned number, const struct copier_task *task);

/// Can the kernel bring what it receives to \p range? It makes sure of that.
bool copier_device_prepare(struct copier_range range);

/// Receives as \p transfer says, without waiting for data, as the task with the
/// free \p number, of which it tells the segments; it comes after all that were
/// given before. Returns how many bytes that is, and with 0 there is no task;
/// -1 and errno if the plain call would; or COPIER_IO_REFUSED.
ssize_t copier_device_receive(unsigned number, const struct copier_io *transfer,
                              unsigned *segment_shift);

/// Sends likewise, after all that was given before is done where that matters.
/// It may wait, as the plain call. There is no task.
ssize_t copier_device_send(const struct copier_io *transfer);

/// Is the service asleep, or about to be, although there is a task? Wakes it.
bool copier_device_is_asleep(void);
void copier_device_wake(void);

/// Grows when a report changes.
uint64_t copier_device_progress(void);

/// What has become of the task \p number.
struct copier_device_report copier_device_report(unsigned number);

/// Has the kernel complete what concerns \p range, as csync does, in this
/// thread. True if it has; false if something of that cannot be copied, or the
/// device is gone.
bool copier_device_sync(struct copier_range range);

/// Has the kernel give back all tasks: on return, all are over. False if the
/// device is gone; then they are soon.
bool copier_device_recall(void);

#endif // COPIER_BACKENDS_DEVICE_H
