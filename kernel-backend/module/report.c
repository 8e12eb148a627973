//===- report.c - Counters and clients, for administrators --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// /sys/class/misc/copier/counters: the sums of all clients there have ever
// been, a line "NAME NUMBER" each; those of who is gone are added up.
//
// /sys/kernel/debug/copier/clients: a line for each client, of words
// "NAME=NUMBER". "ID SHARES", written there, sets the shares of client ID.
//
//===----------------------------------------------------------------------===//

#include "module/device.h"

#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

static DEFINE_MUTEX(reports_lock);
static LIST_HEAD(devices);
static unsigned last_number;
static struct copier_abi_counters of_the_gone;
static struct dentry *folder;

/// The counters by name, in their order.
static const char *const names[] = {
    "taken",    "refused",      "finished",  "segments", "bytes",  "absorbed",
    "promoted", "faults",       "aborts",    "wakeups",  "sleeps", "pins",
    "unpins",   "translations", "dma_bytes", "misses"};

static __u64 *counter(struct copier_abi_counters *counters, unsigned number) {
  return (__u64 *)counters + number;
}

static void add(struct copier_abi_counters *sum,
                struct copier_abi_counters *counters) {
  for (unsigned i = 0; i != ARRAY_SIZE(names); ++i)
    *counter(sum, i) += READ_ONCE(*counter(counters, i));
}

static struct copier_kclient *client_of(struct copier_device *device) {
  return smp_load_acquire(&device->client);
}

void copier_report_add(struct copier_device *device) {
  mutex_lock(&reports_lock);
  device->number = ++last_number;
  list_add_tail(&device->link, &devices);
  mutex_unlock(&reports_lock);
}

void copier_report_remove(struct copier_device *device) {
  mutex_lock(&reports_lock);
  list_del(&device->link);
  mutex_unlock(&reports_lock);
}

void copier_report_sum(struct copier_device *device) {
  mutex_lock(&reports_lock);
  add(&of_the_gone, &device->client->counters);
  mutex_unlock(&reports_lock);
}

static ssize_t counters_show(struct device *unused,
                             struct device_attribute *attribute, char *page) {
  struct copier_abi_counters sum;
  struct copier_device *device;
  unsigned clients = 0;
  int length;
  mutex_lock(&reports_lock);
  sum = of_the_gone;
  list_for_each_entry(device, &devices, link) {
    ++clients;
    if (client_of(device))
      add(&sum, &device->client->counters);
  }
  mutex_unlock(&reports_lock);
  length = sysfs_emit(page, "clients %u\n", clients);
  for (unsigned i = 0; i != ARRAY_SIZE(names); ++i)
    length +=
        sysfs_emit_at(page, length, "%s %llu\n", names[i], *counter(&sum, i));
  return length;
}
static DEVICE_ATTR_RO(counters);

static struct attribute *copier_attrs[] = {&dev_attr_counters.attr, NULL};
static const struct attribute_group group = {.attrs = copier_attrs};
const struct attribute_group *copier_report_groups[] = {&group, NULL};

static void show_client(struct seq_file *file, struct copier_device *device) {
  struct copier_kclient *client = client_of(device);
  struct copier_abi_stats stats = {};
  seq_printf(file, "id=%u pid=%d", device->number, device->opener);
  if (client)
    copier_kclient_read_stats(client, &stats);
  seq_printf(file, " shares=%u served=%llu pending=%u", stats.shares,
             stats.served, stats.pending);
  for (unsigned i = 0; i != ARRAY_SIZE(names); ++i)
    seq_printf(file, " %s=%llu", names[i], *counter(&stats.counters, i));
  seq_putc(file, '\n');
}

static int clients_show(struct seq_file *file, void *unused) {
  struct copier_device *device;
  mutex_lock(&reports_lock);
  list_for_each_entry(device, &devices, link) show_client(file, device);
  mutex_unlock(&reports_lock);
  return 0;
}

static int set_shares(unsigned number, unsigned shares) {
  struct copier_abi_opt opt = {.opt = COPIER_ABI_OPT_SHARES, .value = shares};
  struct copier_device *device;
  int error = -ENOENT;
  mutex_lock(&reports_lock);
  list_for_each_entry(device, &devices,
                      link) if (device->number == number && client_of(device))
      error = copier_kclient_set_opt(device->client, &opt);
  mutex_unlock(&reports_lock);
  return error;
}

static ssize_t clients_write(struct file *file, const char __user *user,
                             size_t size, loff_t *offset) {
  char text[32] = {};
  unsigned number;
  unsigned shares;
  int error;
  if (size >= sizeof(text))
    return -EINVAL;
  if (copy_from_user(text, user, size))
    return -EFAULT;
  if (sscanf(text, "%u %u", &number, &shares) != 2)
    return -EINVAL;
  error = set_shares(number, shares);
  return error ? error : size;
}

static int clients_open(struct inode *inode, struct file *file) {
  return single_open(file, clients_show, NULL);
}

static const struct file_operations clients_operations = {
    .owner = THIS_MODULE,
    .open = clients_open,
    .read = seq_read,
    .write = clients_write,
    .llseek = seq_lseek,
    .release = single_release,
};

void copier_report_begin(void) {
  folder = debugfs_create_dir("copier", NULL);
  debugfs_create_file("clients", 0600, folder, NULL, &clients_operations);
}

void copier_report_end(void) { debugfs_remove_recursive(folder); }
