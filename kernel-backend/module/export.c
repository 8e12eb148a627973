//===- export.c - Address spaces that are handed over -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// A file that stands for a range of the memory of who made it. It names the
// address space, not what is mapped there: that ends with its process.
//
//===----------------------------------------------------------------------===//

#include "module/device.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>

static int release_export(struct inode *inode, struct file *file) {
  struct copier_window *window = file->private_data;
  copier_os_space_put(window->space);
  kfree(window);
  return 0;
}

static const struct file_operations export_operations = {
    .owner = THIS_MODULE,
    .release = release_export,
};

static bool is_good(const struct copier_abi_export *export) {
  const unsigned rights = COPIER_ABI_EXPORT_READ | COPIER_ABI_EXPORT_WRITE;
  return export->flags && !(export->flags & ~rights) && export->length &&
         copier_os_is_user_range(export->addr, export->length);
}

int copier_device_export(const struct copier_abi_export *export) {
  struct copier_window *window;
  int fd;
  if (!is_good(export))
    return -EINVAL;
  window = kzalloc(sizeof(*window), GFP_KERNEL_ACCOUNT);
  if (!window)
    return -ENOMEM;
  window->space = copier_space_of_current();
  window->range = copier_range_of(export->addr, export->length);
  window->rights = export->flags;
  fd = window->space
           ? anon_inode_getfd("[copier]", &export_operations, window, O_CLOEXEC)
           : -ENOMEM;
  if (fd >= 0)
    return fd;
  if (window->space)
    copier_os_space_put(window->space);
  kfree(window);
  return fd;
}

int copier_device_attach(struct copier_device *device, int fd) {
  struct file *file = fget(fd);
  int number = -EBADF;
  if (!file)
    return -EBADF;
  if (file->f_op == &export_operations)
    number = copier_kclient_attach(device->client, file->private_data);
  fput(file);
  return number;
}
