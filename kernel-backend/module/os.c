//===- os.c - The seam in the kernel: memory, time, threads -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// See service/os.h. Pinning and copying are in pin.c and copy.c.
//
//===----------------------------------------------------------------------===//

#include "service/os.h"

#include <linux/delay.h>
#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

void *copier_os_alloc(size_t n) { return kvzalloc(n, GFP_KERNEL_ACCOUNT); }

void copier_os_free(void *memory) { kvfree(memory); }

/// Else lockdep takes all of them, which are made here, for one.
static struct lock_class_key lock_keys[COPIER_OS_LOCK_KINDS];
static const char *const lock_names[] = {
    [COPIER_OS_LOCK_TAKE] = "copier take_lock",
    [COPIER_OS_LOCK_FINISH] = "copier finish_lock",
    [COPIER_OS_LOCK_TURNS] = "copier turns",
};

void copier_os_lock_init(struct copier_os_lock *lock,
                         enum copier_os_lock_kind kind) {
  spin_lock_init(&lock->lock);
  lockdep_set_class_and_name(&lock->lock, &lock_keys[kind], lock_names[kind]);
}

void copier_os_lock(struct copier_os_lock *lock) { spin_lock(&lock->lock); }

void copier_os_unlock(struct copier_os_lock *lock) { spin_unlock(&lock->lock); }

void copier_os_event_init(struct copier_os_event *event) {
  init_waitqueue_head(&event->queue);
}

void copier_os_wait(struct copier_os_event *event, bool (*is_true)(void *),
                    void *argument, uint64_t nanoseconds) {
  // A worker ends when it is told to, not when somebody kills it.
  if ((current->flags & PF_KTHREAD) && signal_pending(current))
    flush_signals(current);
  if (nanoseconds == COPIER_OS_NEVER)
    wait_event_interruptible(event->queue, is_true(argument));
  else
    wait_event_interruptible_hrtimeout(event->queue, is_true(argument),
                                       ns_to_ktime(nanoseconds));
}

void copier_os_wake(struct copier_os_event *event) {
  wake_up_all(&event->queue);
}

uint64_t copier_os_now(void) { return ktime_get_ns(); }

void copier_os_pause(void) { cpu_relax(); }

void copier_os_yield(void) { cond_resched(); }

void copier_os_nap(void) { usleep_range(20, 100); }

bool copier_os_is_dying(void) { return fatal_signal_pending(current); }

bool copier_os_is_user_range(uintptr_t addr, size_t n) {
  return access_ok((void __user *)addr, n) && addr + n > addr &&
         addr + n <= TASK_SIZE;
}

//===----------------------------------------------------------------------===//
// Contexts
//===----------------------------------------------------------------------===//

#define BUCKET_BITS 6

/// By thread. Each is set and found by its own thread only; the locks are for
/// the lists.
static struct {
  spinlock_t lock;
  struct hlist_head links;
} buckets[1 << BUCKET_BITS] = {[0 ...(1 << BUCKET_BITS) - 1] = {
                                   .lock = __SPIN_LOCK_UNLOCKED(buckets.lock),
                               }};

static unsigned bucket_of(const struct task_struct *task) {
  return hash_ptr(task, BUCKET_BITS);
}

void copier_os_set_context(struct copier_os_link *link,
                           struct copier_context *context) {
  unsigned bucket = bucket_of(current);
  WARN_ON_ONCE(copier_os_context());
  link->task = current;
  link->context = context;
  spin_lock(&buckets[bucket].lock);
  hlist_add_head(&link->node, &buckets[bucket].links);
  spin_unlock(&buckets[bucket].lock);
}

void copier_os_clear_context(struct copier_os_link *link) {
  unsigned bucket = bucket_of(current);
  spin_lock(&buckets[bucket].lock);
  hlist_del(&link->node);
  spin_unlock(&buckets[bucket].lock);
}

struct copier_context *copier_os_context(void) {
  unsigned bucket = bucket_of(current);
  struct copier_context *result = NULL;
  struct copier_os_link *link;
  spin_lock(&buckets[bucket].lock);
  hlist_for_each_entry(link, &buckets[bucket].links, node) {
    if (link->task == current) {
      result = link->context;
      break;
    }
  }
  spin_unlock(&buckets[bucket].lock);
  return result;
}
