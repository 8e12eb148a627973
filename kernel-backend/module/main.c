//===- main.c - copier.ko: /dev/copier ----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Loading, unloading, opening, closing. An open file keeps the module; so there
// is no client when it goes.
//
//===----------------------------------------------------------------------===//

#include "module/atcache.h"
#include "module/copy.h"
#include "module/device.h"

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

static unsigned int workers;
module_param(workers, uint, 0444);
MODULE_PARM_DESC(workers, "How many clients are served at a time; 0: one for "
                          "every four CPUs");

static ulong slice = 1 << 20;
module_param(slice, ulong, 0444);
MODULE_PARM_DESC(slice, "How many bytes one client is served at a time");

static unsigned int max_clients = 4096;
module_param(max_clients, uint, 0644);
MODULE_PARM_DESC(max_clients, "How many files may be open");

static atomic_t clients = ATOMIC_INIT(0);

static unsigned int simd = 512;
module_param(simd, uint, 0444);
MODULE_PARM_DESC(simd, "Bits of the widest vector registers to copy with; 0: "
                       "none");

static unsigned int atcache = 1024;
module_param(atcache, uint, 0444);
MODULE_PARM_DESC(atcache,
                 "Of how many pages of a client it is remembered where "
                 "they are; 0: none");

struct copier_turns copier_turns;

static int open(struct inode *inode, struct file *file) {
  struct copier_device *device;
  if (!current->mm)
    return -EPERM;
  if (atomic_inc_return(&clients) > READ_ONCE(max_clients)) {
    atomic_dec(&clients);
    return -EUSERS;
  }
  device = kzalloc(sizeof(*device), GFP_KERNEL_ACCOUNT);
  if (!device) {
    atomic_dec(&clients);
    return -ENOMEM;
  }
  mutex_init(&device->lock);
  init_completion(&device->worker_done);
  device->mm = current->mm;
  mmgrab(device->mm);
  device->opener = task_tgid_nr(current);
  copier_report_add(device);
  file->private_data = device;
  return nonseekable_open(inode, file);
}

static int release(struct inode *inode, struct file *file) {
  struct copier_device *device = file->private_data;
  copier_report_remove(device);
  copier_device_destroy(device);
  mmdrop(device->mm);
  kfree(device);
  atomic_dec(&clients);
  return 0;
}

static const struct file_operations operations = {
    .owner = THIS_MODULE,
    .open = open,
    .release = release,
    .mmap = copier_device_mmap,
    .unlocked_ioctl = copier_device_ioctl,
};

static struct miscdevice misc = {
    .minor = MISC_DYNAMIC_MINOR,
    .name = "copier",
    .fops = &operations,
    .mode = 0666,
    .groups = copier_report_groups,
};

static int __init copier_init(void) {
  unsigned most = workers ? workers : DIV_ROUND_UP(num_online_cpus(), 4);
  int error;
  if (slice < PAGE_SIZE)
    return -EINVAL;
  copier_turns_init(&copier_turns, most, slice);
  copier_copy_choose(simd);
  copier_atcache_choose(atcache);
  error = misc_register(&misc);
  if (!error)
    copier_report_begin();
  return error;
}

static void __exit copier_exit(void) {
  copier_report_end();
  misc_deregister(&misc);
}

module_init(copier_init);
module_exit(copier_exit);

MODULE_DESCRIPTION("Asynchronous memory copies as a service");
MODULE_AUTHOR("The Copier project");
// Apache-2.0 WITH LLVM-exception, or GPL-2.0, at the user's choice.
MODULE_LICENSE("Dual MIT/GPL");
