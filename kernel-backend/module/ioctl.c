//===- ioctl.c - The system calls of /dev/copier ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Sizes, reserved fields, and who may call; the rest is the service's.
//
//===----------------------------------------------------------------------===//

#include "module/atcache.h"
#include "module/copy.h"
#include "module/device.h"

#include <linux/string.h>
#include <linux/uaccess.h>

#define IS_ZERO(field) (!memchr_inv(&(field), 0, sizeof(field)))

/// Any argument.
union argument {
  __u32 size;
  struct copier_abi_query query;
  struct copier_abi_create create;
  struct copier_abi_range range;
  struct copier_abi_release release;
  struct copier_abi_opt opt;
  struct copier_abi_stats stats;
  struct copier_abi_export export;
  struct copier_abi_attach attach;
  struct copier_abi_transfer transfer;
};

static int query(struct copier_device *device, union argument *argument) {
  argument->query = (struct copier_abi_query){
      .size = argument->size,
      .version = COPIER_ABI_VERSION,
      .features = COPIER_ABI_FEATURE_LAZY | COPIER_ABI_FEATURE_ABSORPTION |
                  COPIER_ABI_FEATURE_HANDLERS | COPIER_ABI_FEATURE_SHARES |
                  COPIER_ABI_FEATURE_SCENARIO | COPIER_ABI_FEATURE_EXPORT |
                  COPIER_ABI_FEATURE_READ | COPIER_ABI_FEATURE_RECV |
                  copier_copy_features() | copier_atcache_features(),
      .max_slots = COPIER_MAX_RING,
      .max_descrs = COPIER_MAX_RING,
      .max_syncs = COPIER_MAX_RING,
      .max_handlers = COPIER_MAX_RING,
      .max_task_bytes = COPIER_MAX_TASK_BYTES,
      .max_tasks = COPIER_QUEUE_SLOTS,
      .max_spaces = COPIER_MAX_SPACES,
      .max_transfer_bytes = COPIER_MAX_TASK_BYTES,
  };
  return 0;
}

static int create(struct copier_device *device, union argument *argument) {
  if (!IS_ZERO(argument->create.reserved) || argument->create.map_size)
    return -EINVAL;
  return copier_device_create(device, &argument->create);
}

static int export(struct copier_device *device, union argument *argument) {
  return IS_ZERO(argument->export.reserved)
             ? copier_device_export(&argument->export)
             : -EINVAL;
}

static bool is_clean(const struct copier_abi_range *range) {
  return IS_ZERO(range->reserved) && !range->status && !range->error &&
         !range->fault_addr && !range->fault_ticket;
}

static int sync(struct copier_device *device, union argument *argument) {
  return is_clean(&argument->range)
             ? copier_kclient_sync(device->client, &argument->range)
             : -EINVAL;
}

static int give_up(struct copier_device *device, union argument *argument) {
  return is_clean(&argument->range)
             ? copier_kclient_abort(device->client, &argument->range)
             : -EINVAL;
}

static int release(struct copier_device *device, union argument *argument) {
  return IS_ZERO(argument->release.reserved)
             ? copier_kclient_release(device->client, &argument->release)
             : -EINVAL;
}

static int set_opt(struct copier_device *device, union argument *argument) {
  return IS_ZERO(argument->opt.reserved)
             ? copier_kclient_set_opt(device->client, &argument->opt)
             : -EINVAL;
}

static int stats(struct copier_device *device, union argument *argument) {
  copier_kclient_stats(device->client, &argument->stats);
  return 0;
}

static int attach(struct copier_device *device, union argument *argument) {
  return IS_ZERO(argument->attach.reserved)
             ? copier_device_attach(device, argument->attach.fd)
             : -EINVAL;
}

static int detach(struct copier_device *device, union argument *argument) {
  return IS_ZERO(argument->attach.reserved)
             ? copier_kclient_detach(device->client, argument->attach.fd)
             : -EINVAL;
}

static bool is_clean_transfer(const struct copier_abi_transfer *transfer) {
  return IS_ZERO(transfer->reserved) && !transfer->result &&
         !transfer->segment_shift;
}

static int read(struct copier_device *device, union argument *argument) {
  return is_clean_transfer(&argument->transfer)
             ? copier_device_read(device, &argument->transfer)
             : -EINVAL;
}

static int write(struct copier_device *device, union argument *argument) {
  return is_clean_transfer(&argument->transfer)
             ? copier_device_write(device, &argument->transfer)
             : -EINVAL;
}

static int receive(struct copier_device *device, union argument *argument) {
  return is_clean_transfer(&argument->transfer)
             ? copier_device_recv(device, &argument->transfer)
             : -EINVAL;
}

static int send(struct copier_device *device, union argument *argument) {
  return is_clean_transfer(&argument->transfer)
             ? copier_device_send(device, &argument->transfer)
             : -EINVAL;
}

/// The calls that need a client, by number.
static const struct {
  int (*run)(struct copier_device *device, union argument *argument);
  size_t size;
} calls[] = {
    [_IOC_NR(COPIER_IOC_SYNC)] = {sync, sizeof(struct copier_abi_range)},
    [_IOC_NR(COPIER_IOC_ABORT)] = {give_up, sizeof(struct copier_abi_range)},
    [_IOC_NR(COPIER_IOC_RELEASE)] = {release,
                                     sizeof(struct copier_abi_release)},
    [_IOC_NR(COPIER_IOC_SET_OPT)] = {set_opt, sizeof(struct copier_abi_opt)},
    [_IOC_NR(COPIER_IOC_STATS)] = {stats, sizeof(struct copier_abi_stats)},
    [_IOC_NR(COPIER_IOC_READ)] = {read, sizeof(struct copier_abi_transfer)},
    [_IOC_NR(COPIER_IOC_WRITE)] = {write, sizeof(struct copier_abi_transfer)},
    [_IOC_NR(COPIER_IOC_RECV)] = {receive, sizeof(struct copier_abi_transfer)},
    [_IOC_NR(COPIER_IOC_SEND)] = {send, sizeof(struct copier_abi_transfer)},
    [_IOC_NR(COPIER_IOC_ATTACH)] = {attach, sizeof(struct copier_abi_attach)},
    [_IOC_NR(COPIER_IOC_DETACH)] = {detach, sizeof(struct copier_abi_attach)},
};

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// The first words of every argument, which is no shorter.
#define LEAST_SIZE 8

/// Reads an argument of which \p size bytes are known.
static int read_argument(union argument *argument, size_t size,
                         void __user *from) {
  __u32 given;
  int error;
  if (get_user(given, (__u32 __user *)from))
    return -EFAULT;
  if (given < LEAST_SIZE)
    return -EINVAL;
  if (given > PAGE_SIZE)
    return -E2BIG;
  error = copy_struct_from_user(argument, size, from, given);
  // It may have changed.
  argument->size = given;
  return error;
}

static int write_argument(const union argument *argument, size_t size,
                          void __user *to) {
  return copy_to_user(to, argument, min_t(size_t, size, argument->size))
             ? -EFAULT
             : 0;
}

/// Of a process's last call the answer must not be lost.
static int run(struct copier_device *device,
               int (*call)(struct copier_device *, union argument *),
               size_t size, void __user *user) {
  union argument argument = {};
  int result = read_argument(&argument, size, user);
  if (result)
    return result;
  result = call(device, &argument);
  if (result >= 0 && write_argument(&argument, size, user))
    return -EFAULT;
  return result;
}

static long call_client(struct copier_device *device, unsigned number,
                        void __user *user) {
  if (!smp_load_acquire(&device->client))
    return -ENXIO;
  if (copier_kclient_is_over(device->client))
    return -ENODEV;
  if (number == _IOC_NR(COPIER_IOC_WAKE)) {
    copier_kclient_wake(device->client);
    return 0;
  }
  return run(device, calls[number].run, calls[number].size, user);
}

static long dispatch(struct copier_device *device, unsigned number,
                     void __user *user) {
  switch (number) {
  case _IOC_NR(COPIER_IOC_CREATE):
    return run(device, create, sizeof(struct copier_abi_create), user);
  case _IOC_NR(COPIER_IOC_EXPORT):
    return run(device, export, sizeof(struct copier_abi_export), user);
  default:
    return call_client(device, number, user);
  }
}

static bool is_call(unsigned number) {
  return number == _IOC_NR(COPIER_IOC_CREATE) ||
         number == _IOC_NR(COPIER_IOC_EXPORT) ||
         number == _IOC_NR(COPIER_IOC_WAKE) ||
         (number < ARRAY_SIZE(calls) && calls[number].run);
}

long copier_device_ioctl(struct file *file, unsigned int command,
                         unsigned long argument) {
  struct copier_device *device = file->private_data;
  void __user *user = (void __user *)argument;
  unsigned number = _IOC_NR(command);
  if (_IOC_TYPE(command) != COPIER_IOC_TYPE)
    return -ENOTTY;
  if (number == _IOC_NR(COPIER_IOC_QUERY))
    return run(device, query, sizeof(struct copier_abi_query), user);
  if (!is_call(number))
    return -ENOTTY;
  return current->mm == device->mm ? dispatch(device, number, user) : -EPERM;
}
