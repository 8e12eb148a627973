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
#include <linux/sysfs.h>

struct copier_device {
  struct list_head link; ///< Of all; see report.c.
  pid_t opener;
  unsigned number;      ///< Its name in reports.
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

/// A new owner of the caller's address space; NULL if there is no memory.
struct copier_os_space *copier_space_of_current(void);

int copier_device_export(const struct copier_abi_export *export);
int copier_device_attach(struct copier_device *device, int fd);

/// Transfers; 0 and the answer, or -errno.
int copier_device_read(struct copier_device *device,
                       struct copier_abi_transfer *transfer);
int copier_device_write(struct copier_device *device,
                        struct copier_abi_transfer *transfer);
int copier_device_recv(struct copier_device *device,
                       struct copier_abi_transfer *transfer);
int copier_device_send(struct copier_device *device,
                       struct copier_abi_transfer *transfer);

/// Reports on all clients, from its opening to its closing.
void copier_report_add(struct copier_device *device);
void copier_report_remove(struct copier_device *device);
/// Adds its last counters to the sums, after nobody works for it any more.
void copier_report_sum(struct copier_device *device);
/// The attributes of the device in sysfs.
extern const struct attribute_group *copier_report_groups[];
/// What is in debugfs, which may not be there.
void copier_report_begin(void);
void copier_report_end(void);

int copier_device_mmap(struct file *file, struct vm_area_struct *vma);
long copier_device_ioctl(struct file *file, unsigned int command,
                         unsigned long argument);

#endif // COPIER_MODULE_DEVICE_H
