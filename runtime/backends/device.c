//===- device.c - The kernel's service, as this process sees it -----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See device.h; uapi/copier.h says what the kernel promises. The number of a
// task is that of its descriptor.
//
//===----------------------------------------------------------------------===//

#include "backends/device.h"
#include "uapi/copier.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH "/dev/copier"

// Of Linux 5.14.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/// The end of what a process may have mapped, of four levels of page tables: a
/// range beyond it the kernel might refuse.
#define ADDRESS_END ((uintptr_t)1 << 47)

/// How often to ask for everything.
#define RECALLS 10000

static int device = -1;
static char *mapping;
static size_t mapping_size;
static struct copier_abi_slot *slots;
static struct copier_abi_descr *descrs;

static struct copier_abi_ring *ring(void) {
  return (struct copier_abi_ring *)mapping;
}

/// Calls the device; true if that goes well.
static bool call(unsigned long request, void *argument) {
  int saved_errno = errno;
  bool is_well = ioctl(device, request, argument) >= 0;
  errno = saved_errno;
  return is_well;
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

static char problem[128];

/// What was attempted, and what the system says to it.
static const char *failed_to(const char *what) {
  snprintf(problem, sizeof(problem), "cannot %s '" PATH "': %s", what,
           strerror(errno));
  return problem;
}

/// Is it a Copier device that this libcopier understands?
static const char *check(void) {
  struct copier_abi_query query = {.size = sizeof(query)};
  if (ioctl(device, COPIER_IOC_QUERY, &query) != 0)
    return failed_to("query");
  if (query.version != COPIER_ABI_VERSION) {
    snprintf(problem, sizeof(problem),
             "'" PATH "' has version %u of the ABI, this libcopier has "
             "version %u",
             query.version, COPIER_ABI_VERSION);
    return problem;
  }
  if (query.max_slots < COPIER_DEVICE_TASKS ||
      query.max_descrs < COPIER_DEVICE_TASKS ||
      query.max_tasks < COPIER_DEVICE_TASKS) {
    snprintf(problem, sizeof(problem),
             "'" PATH "' takes fewer than %u tasks at a time",
             COPIER_DEVICE_TASKS);
    return problem;
  }
  return NULL;
}

static const char *map(void) {
  struct copier_abi_create create = {
      .size = sizeof(create),
      .slots = COPIER_DEVICE_TASKS,
      .descrs = COPIER_DEVICE_TASKS,
  };
  if (ioctl(device, COPIER_IOC_CREATE, &create) != 0)
    return failed_to("create rings of");
  mapping_size = create.map_size;
  void *at =
      mmap(NULL, mapping_size, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
  if (at == MAP_FAILED)
    return failed_to("map");
  // The child of a fork is none of this client.
  madvise(at, mapping_size, MADV_DONTFORK);
  mapping = at;
  slots = (struct copier_abi_slot *)(mapping + ring()->slots_offset);
  descrs = (struct copier_abi_descr *)(mapping + ring()->descrs_offset);
  return NULL;
}

static const char *open_device(void) {
  device = open(PATH, O_RDWR | O_CLOEXEC);
  if (device < 0)
    return failed_to("open");
  // Out of the way of programs that count on the lowest numbers.
  int high = fcntl(device, F_DUPFD_CLOEXEC, 512);
  if (high >= 0) {
    close(device);
    device = high;
  }
  const char *wrong = check();
  if (!wrong)
    wrong = map();
  if (wrong) {
    close(device);
    device = -1;
  }
  return wrong;
}

const char *copier_device_open(void) {
  int saved_errno = errno;
  int state;
  // open and close are points of cancellation.
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
  const char *wrong = open_device();
  pthread_setcancelstate(state, &state);
  errno = saved_errno;
  return wrong;
}

bool copier_device_is_open(void) { return device >= 0; }

void copier_device_after_fork(void) {
  // Not by libc, where it is a point of cancellation.
  if (device >= 0)
    syscall(SYS_close, device);
  device = -1;
  mapping = NULL; // The child does not have it.
}

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

bool copier_device_takes(const struct copier_task *task) {
  struct copier_range own = copier_range_of((uintptr_t)mapping, mapping_size);
  struct copier_range dst = copier_range_of(task->dst, task->size);
  struct copier_range src = copier_range_of(task->src, task->size);
  return task->segment_shift >= 6 && task->segment_shift <= 15 &&
         dst.end <= ADDRESS_END && src.end <= ADDRESS_END &&
         !copier_ranges_meet(dst, own) && !copier_ranges_meet(src, own);
}

static void clear_report(unsigned number) {
  struct copier_abi_descr *descr = &descrs[number];
  __atomic_store_n(&descr->done, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&descr->aborted, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&descr->faulted, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&descr->error, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&descr->bytes_done, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&descr->fault_addr, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&descr->ticket, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&descr->status, COPIER_ABI_PENDING, __ATOMIC_RELAXED);
}

void copier_device_submit(unsigned number, const struct copier_task *task) {
  uint64_t ticket = __atomic_load_n(&ring()->next, __ATOMIC_RELAXED);
  __atomic_store_n(&ring()->next, ticket + 1, __ATOMIC_RELAXED);
  clear_report(number);
  struct copier_abi_slot *slot = &slots[ticket % COPIER_DEVICE_TASKS];
  uint64_t mark = ticket + 1;
  *slot = (struct copier_abi_slot){
      .mark = slot->mark,
      .dst = task->dst,
      .src = task->src,
      .size = (uint32_t)task->size,
      .segment_shift = (uint8_t)task->segment_shift,
      .op = COPIER_ABI_OP_COPY,
      .descr = number,
  };
  __atomic_store_n(&slot->mark, mark, __ATOMIC_RELEASE);
}

static uint32_t ring_flags(void) {
  return __atomic_load_n(&ring()->flags, __ATOMIC_ACQUIRE);
}

bool copier_device_is_asleep(void) {
  // Either this sees the flag or the kernel sees the mark.
  atomic_thread_fence(memory_order_seq_cst);
  return ring_flags() & COPIER_ABI_RING_NEED_WAKEUP;
}

void copier_device_wake(void) { call(COPIER_IOC_WAKE, NULL); }

uint64_t copier_device_progress(void) {
  return __atomic_load_n(&ring()->changes, __ATOMIC_ACQUIRE);
}

struct copier_device_report copier_device_report(unsigned number) {
  const struct copier_abi_descr *descr = &descrs[number];
  struct copier_device_report report;
  // What is over is so before the rest is read.
  report.is_over =
      __atomic_load_n(&descr->status, __ATOMIC_ACQUIRE) != COPIER_ABI_PENDING ||
      (ring_flags() & COPIER_ABI_RING_DEAD);
  report.done = __atomic_load_n(&descr->done, __ATOMIC_ACQUIRE);
  report.has_fault = __atomic_load_n(&descr->faulted, __ATOMIC_ACQUIRE) != 0;
  return report;
}

bool copier_device_sync(struct copier_range range) {
  struct copier_abi_range sync = {
      .size = sizeof(sync),
      .addr = range.begin,
      .length = range.end - range.begin,
  };
  return call(COPIER_IOC_SYNC, &sync) && sync.status == COPIER_ABI_DONE;
}

bool copier_device_recall(void) {
  for (unsigned i = 0; i != RECALLS; ++i) {
    struct copier_abi_range everything = {
        .size = sizeof(everything),
        .flags = COPIER_ABI_SYNC_ALL,
    };
    if (!call(COPIER_IOC_ABORT, &everything))
      return false;
    if (everything.status == COPIER_ABI_DONE)
      return true;
    // Another thread sends what cannot be copied, and is about to find out.
    sched_yield();
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Transfers
//===----------------------------------------------------------------------===//

/// The flags of recv, and of send, that the kernel takes.
#define RECEIVE_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)
#define SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_EOR)

/// May it be the device that fails so, not the file or socket? Then nothing was
/// read or written, and the plain call tells. (EAGAIN may be of both.)
static bool is_of_device(int error) {
  static const int errors[] = {EINVAL, EFAULT, EBUSY,   ENOMEM, ENODEV,
                               EPERM,  ENXIO,  E2BIG,   EAGAIN, EBADF,
                               ENOTTY, ESPIPE, ENOTSOCK};
  for (size_t i = 0; i != sizeof(errors) / sizeof(*errors); ++i)
    if (errors[i] == error)
      return true;
  return false;
}

static ssize_t run(unsigned long request,
                   struct copier_abi_transfer *argument) {
  int saved_errno = errno;
  if (ioctl(device, request, argument) >= 0)
    return (ssize_t)argument->result;
  if (!is_of_device(errno))
    return -1;
  errno = saved_errno;
  return COPIER_IO_REFUSED;
}

static struct copier_abi_transfer argument_of(const struct copier_io *transfer,
                                              unsigned number) {
  return (struct copier_abi_transfer){
      .size = sizeof(struct copier_abi_transfer),
      .fd = transfer->fd,
      .addr = transfer->addr,
      .length = transfer->n,
      .offset = transfer->is_file ? -1 : 0,
      .flags = (uint32_t)transfer->flags,
      .descr = number,
  };
}

bool copier_device_prepare(struct copier_range range) {
  const uintptr_t page = 4096;
  uintptr_t begin = range.begin & ~(page - 1);
  int saved_errno = errno;
  // Finds what cannot be pinned, too, such as the memory of another device.
  bool is_well =
      madvise((void *)begin, range.end - begin, MADV_POPULATE_WRITE) == 0;
  errno = saved_errno;
  return is_well;
}

ssize_t copier_device_receive(unsigned number, const struct copier_io *transfer,
                              unsigned *segment_shift) {
  if (transfer->flags & ~RECEIVE_FLAGS)
    return COPIER_IO_REFUSED;
  struct copier_abi_transfer argument = argument_of(transfer, number);
  if (!transfer->is_file)
    argument.flags |= MSG_DONTWAIT;
  clear_report(number);
  ssize_t n =
      run(transfer->is_file ? COPIER_IOC_READ : COPIER_IOC_RECV, &argument);
  *segment_shift = argument.segment_shift;
  return n;
}

ssize_t copier_device_send(const struct copier_io *transfer) {
  if (transfer->flags & ~SEND_FLAGS)
    return COPIER_IO_REFUSED;
  struct copier_abi_transfer argument = argument_of(transfer, COPIER_ABI_NONE);
  return run(transfer->is_file ? COPIER_IOC_WRITE : COPIER_IOC_SEND, &argument);
}
