//===- device.h - An open file of /dev/copier ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// What the kernel has of a client, besides the service's own.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MODULE_DEVICE_H
#define COPIER_MODULE_DEVICE_H

#include "service/client.h"

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/mutex.h>

struct copier_device {
  struct mm_struct *mm; ///< The opener's; only its identity.
  struct mutex lock;    ///< Of what follows.
  /// NULL before COPIER_IOC_CREATE; then it stays.
  struct copier_kclient *client;
  struct page **pages; ///< Of the rings.
  unsigned page_count;
  void *rings;    ///< The kernel's mapping of them.
  bool is_mapped; ///< There is, or was, a mapping.
  struct task_struct *worker;
  struct completion worker_done;
};

/// Of all clients.
extern struct copier_turns copier_turns;

/// The calls, with the argument in kernel memory. 0, what is to be returned, or
/// -errno.
int copier_device_create(struct copier_device *device,
                         struct copier_abi_create *create);
void copier_device_destroy(struct copier_device *device);

int copier_device_mmap(struct file *file, struct vm_area_struct *vma);
long copier_device_ioctl(struct file *file, unsigned int command,
                         unsigned long argument);

#endif // COPIER_MODULE_DEVICE_H
