//===- device.c - An open file of /dev/copier: rings and worker ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The rings are pages of the kernel's, mapped by it and by the client. The
// worker is a kernel thread that has the priority, the CPUs and the cgroups of
// the client; memory that it makes present counts for the client, whose that
// is.
//
//===----------------------------------------------------------------------===//

#include "module/device.h"
#include "module/atcache.h"

#include <linux/cgroup.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

static void free_rings(struct copier_device *device) {
  if (device->rings)
    vunmap(device->rings);
  for (unsigned i = 0; i != device->page_count; ++i)
    put_page(device->pages[i]);
  kvfree(device->pages);
  device->rings = NULL;
  device->pages = NULL;
  device->page_count = 0;
}

static int allocate_rings(struct copier_device *device, size_t size) {
  unsigned count = DIV_ROUND_UP(size, PAGE_SIZE);
  device->pages = kvcalloc(count, sizeof(*device->pages), GFP_KERNEL_ACCOUNT);
  if (!device->pages)
    return -ENOMEM;
  for (; device->page_count != count; ++device->page_count) {
    struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
    if (!page)
      return -ENOMEM;
    device->pages[device->page_count] = page;
  }
  device->rings = vmap(device->pages, count, VM_MAP, PAGE_KERNEL);
  return device->rings ? 0 : -ENOMEM;
}

//===----------------------------------------------------------------------===//
// The worker
//===----------------------------------------------------------------------===//

static int run_worker(void *argument) {
  struct copier_device *device = argument;
  // For stop_worker: what sleeps in a page fault is to give up.
  allow_signal(SIGKILL);
  copier_kclient_run(device->client);
  complete(&device->worker_done);
  return 0;
}

static int start_worker(struct copier_device *device) {
  int error;
  struct task_struct *worker =
      kthread_create(run_worker, device, "copier/%d", task_tgid_nr(current));
  if (IS_ERR(worker))
    return PTR_ERR(worker);
  get_task_struct(worker);
  set_user_nice(worker, task_nice(current));
  error = set_cpus_allowed_ptr(worker, current->cpus_ptr);
  if (!error)
    error = cgroup_attach_task_all(current, worker);
  if (error) {
    kthread_stop(worker);
    put_task_struct(worker);
    return error;
  }
  device->worker = worker;
  wake_up_process(worker);
  return 0;
}

static void stop_worker(struct copier_device *device) {
  // Again and again: it throws signals away until it knows that it is to end.
  do
    send_sig(SIGKILL, device->worker, 1);
  while (!wait_for_completion_timeout(&device->worker_done, HZ / 20));
  kthread_stop(device->worker);
  put_task_struct(device->worker);
}

//===----------------------------------------------------------------------===//
// Beginning and end
//===----------------------------------------------------------------------===//

struct copier_os_space *copier_space_of_current(void) {
  struct copier_os_space *space = kzalloc(sizeof(*space), GFP_KERNEL_ACCOUNT);
  if (!space)
    return NULL;
  kref_init(&space->owners);
  space->mm = current->mm;
  mmgrab(space->mm);
  return space;
}

/// Makes the client, all but the worker.
static struct copier_kclient *
new_client(struct copier_device *device,
           const struct copier_abi_create *create) {
  struct copier_kclient *client = copier_os_alloc(sizeof(*client));
  struct copier_os_space *space = copier_space_of_current();
  int error = -ENOMEM;
  if (client)
    client->number = device->number;
  if (client && space)
    error = copier_kclient_init(client, create, device->rings, space,
                                &copier_turns);
  if (space)
    copier_os_space_put(space);
  if (!error)
    return client;
  copier_os_free(client);
  return ERR_PTR(error);
}

static int create_locked(struct copier_device *device,
                         struct copier_abi_create *create) {
  size_t size = copier_rings_size(create);
  struct copier_kclient *client;
  int error;
  if (device->client)
    return -EBUSY;
  if (!size || create->flags)
    return -EINVAL;
  error = allocate_rings(device, size);
  if (error)
    goto no_rings;
  client = new_client(device, create);
  error = PTR_ERR_OR_ZERO(client);
  if (error)
    goto no_rings;
  create->map_size = (uint64_t)device->page_count << PAGE_SHIFT;
  // Release: other threads' calls look at it without the lock.
  smp_store_release(&device->client, client);
  return 0;
no_rings:
  free_rings(device);
  return error;
}

int copier_device_create(struct copier_device *device,
                         struct copier_abi_create *create) {
  struct copier_os_space *space;
  int error;
  mutex_lock(&device->lock);
  error = create_locked(device, create);
  mutex_unlock(&device->lock);
  if (error)
    return error;
  // Without the lock, which mmap takes: to be told of mappings takes that of
  // the address space, and cgroups have locks that are held while waiting for
  // it.
  space = device->client->windows[0].space;
  // Release: other threads' calls look at it. A client can do without.
  smp_store_release(&space->cache, copier_atcache_new(space->mm));
  error = start_worker(device);
  if (error) // From now on the file is good for nothing.
    copier_kclient_stop(device->client);
  return error;
}

void copier_device_destroy(struct copier_device *device) {
  if (!device->client)
    return;
  copier_kclient_stop(device->client);
  if (device->worker)
    stop_worker(device);
  copier_report_sum(device);
  copier_kclient_destroy(device->client);
  copier_os_free(device->client);
  free_rings(device);
}

//===----------------------------------------------------------------------===//
// Mapping
//===----------------------------------------------------------------------===//

/// There is one mapping, as a whole, until it or the address space ends: and
/// then the client does.
static void unmapped(struct vm_area_struct *vma) {
  struct copier_device *device = vma->vm_private_data;
  copier_kclient_stop(device->client);
}

static int refuse_split(struct vm_area_struct *vma, unsigned long addr) {
  return -EINVAL;
}

static int refuse_mremap(struct vm_area_struct *vma) { return -EINVAL; }

static const struct vm_operations_struct mapping_operations = {
    .close = unmapped,
    .may_split = refuse_split,
    .mremap = refuse_mremap,
};

static int map_locked(struct copier_device *device,
                      struct vm_area_struct *vma) {
  unsigned long flags = VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP;
  int error;
  if (!device->client)
    return -ENXIO;
  if (device->is_mapped)
    return -EBUSY;
  if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff ||
      vma_pages(vma) != device->page_count)
    return -EINVAL;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
  vm_flags_set(vma, flags);
#else
  vma->vm_flags |= flags;
#endif
  error = vm_map_pages(vma, device->pages, device->page_count);
  if (error)
    return error;
  vma->vm_private_data = device;
  vma->vm_ops = &mapping_operations;
  device->is_mapped = true;
  copier_kclient_set_mapping(
      device->client,
      copier_range_of(vma->vm_start, vma->vm_end - vma->vm_start));
  return 0;
}

int copier_device_mmap(struct file *file, struct vm_area_struct *vma) {
  struct copier_device *device = file->private_data;
  int error;
  if (current->mm != device->mm)
    return -EPERM;
  mutex_lock(&device->lock);
  error = map_locked(device, vma);
  mutex_unlock(&device->lock);
  return error;
}
