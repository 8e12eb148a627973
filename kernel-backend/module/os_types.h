//===- os_types.h - The seam's types in the kernel ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// See service/os.h.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MODULE_OS_TYPES_H
#define COPIER_MODULE_OS_TYPES_H

#include <linux/errno.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

struct copier_atcache;
struct mm_struct;
struct page;
struct task_struct;

struct copier_os_lock {
  spinlock_t lock;
};

struct copier_os_event {
  wait_queue_head_t queue;
};

struct copier_os_link {
  struct hlist_node node;
  struct task_struct *task;
  struct copier_context *context;
};

/// Keeps the mm_struct, not what is mapped there.
struct copier_os_space {
  struct kref owners;
  struct mm_struct *mm;
  struct copier_atcache *cache; ///< NULL: none; once set, it stays.
};

struct copier_os_buffer {
  struct kref owners;
  int error; ///< The client's: what its task failed with.
  unsigned page_count;
  struct page *pages[];
};

/// COPIER_OS_MAX_PIN bytes touch no more pages.
#define COPIER_OS_PAGES 9

struct copier_os_pages {
  struct copier_os_buffer *buffer; ///< That they are of; NULL: of a process.
  struct page *pages[COPIER_OS_PAGES];
  unsigned count;
  unsigned offset; ///< Of the first byte in the first page.
  unsigned n;      ///< Bytes.
  bool is_written;
};

#endif // COPIER_MODULE_OS_TYPES_H
