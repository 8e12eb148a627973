//===- copier.h - The ABI of /dev/copier ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0 WITH
// Linux-syscall-note
//
//===----------------------------------------------------------------------===//
//
// What a client and the kernel service say to each other, completely: system
// calls, and rings in memory that both see. docs/kernel-abi.md tells it as a
// story; what is said here is binding. For C11, C17, C++17 and the kernel.
//
// An open file of /dev/copier is a *client*, which belongs to the address space
// that opened it: calls from others fail with EPERM (a child of fork opens its
// own; the mapping is not inherited). A client creates its rings once, and maps
// them, MAP_SHARED, from offset 0, as a whole.
//
// All places in the mapping are offsets from its begin. The kernel reads each
// word that a client writes exactly once, believes none of it, and never reads
// back what it has written itself: a client that writes there harms itself
// only. "Atomically" below means by one aligned access; what is published by a
// release store is read with an acquire load.
//
// Order. The tasks of one client that meet are carried out as if in the order
// of their tickets. Different clients' tasks have no order.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_UAPI_COPIER_H
#define COPIER_UAPI_COPIER_H

#include <linux/ioctl.h>
#include <linux/types.h>

/// Goes up when something here changes its meaning. What is only added is told
/// by the features.
#define COPIER_ABI_VERSION 1

/// "CoPieRab", the first word of the mapping.
#define COPIER_ABI_MAGIC 0x6261526569506F43ULL

//===----------------------------------------------------------------------===//
// The rings
//===----------------------------------------------------------------------===//

/// One Copy Task: `size` bytes from `src` to `dst`, which must not overlap, cut
/// into segments of 1 << segment_shift bytes, the last one shorter.
///
/// Whoever submits takes the next ticket (copier_abi_ring.next) if it is less
/// than `taken` + slot_count, fills slot number ticket % slot_count, and last
/// stores `mark`, with release. Tickets count from 0. The kernel takes slots in
/// the order of their tickets, and stops at one that is not published yet.
struct copier_abi_slot {
  __u64 mark; ///< The valid mark: ticket + 1 of what the slot holds.
  __u64 dst;
  __u64 src;
  __u32 size; ///< 1 to max_task_bytes.
  /// 6 to 15; no more segments than COPIER_ABI_MAX_SEGMENTS.
  __u8 segment_shift;
  __u8 op;     ///< COPIER_ABI_OP_COPY.
  __u16 flags; ///< COPIER_ABI_TASK_*.
  /// The number of the descriptor that tells how it goes, or COPIER_ABI_NONE.
  /// One descriptor belongs to one task at a time: until that is over.
  __u32 descr;
  /// In whose address space `dst` and `src` are: 0 is the client's own, others
  /// are what COPIER_IOC_ATTACH has returned.
  __u8 dst_space;
  __u8 src_space;
  __u16 reserved0;    ///< 0.
  __u64 user_data;    ///< The client's own, for the Handler Queue.
  __u64 reserved1[2]; ///< 0.
};

enum {
  COPIER_ABI_OP_COPY = 0,
};

/// Flags of a slot.
enum {
  /// Copied only when something must come after it, or when the lazy period is
  /// over. A later copy of its destination reads its source instead.
  COPIER_ABI_TASK_LAZY = 1,
  /// A UFUNC: when it is over, an entry of the Handler Queue says so.
  COPIER_ABI_TASK_HANDLER = 2,
};

/// No descriptor.
#define COPIER_ABI_NONE 0xFFFFFFFFU

/// So that a set of segments is one word, bit i for segment i.
#define COPIER_ABI_MAX_SEGMENTS 32

/// How far one task is: written by the kernel, read by the client, who makes it
/// all zero before it stores the mark of the slot. The first six words and
/// `ticket` are each written atomically; a bit that is set in `done`, `aborted`
/// or `faulted` is stored with release, after all that belongs to it, and the
/// kernel accesses neither source nor destination of that segment for this task
/// any more. The task is *over* when the three together have all its segments,
/// or if it was refused; no word of the descriptor changes after `status` is no
/// longer COPIER_ABI_PENDING.
struct copier_abi_descr {
  __u32 done;    ///< Segments that are copied.
  __u32 aborted; ///< Segments that COPIER_IOC_ABORT gave up.
  /// Segments that the kernel could not copy and has handed back: the client
  /// makes the copy or drops it, and then says so with COPIER_IOC_RELEASE.
  /// Until then what depends on them waits. What they depend on is done, or was
  /// to be read through (absorption).
  __u32 faulted;
  __u32 status; ///< COPIER_ABI_PENDING until it is over; stored with release.
  __u32 error;  ///< errno of the first fault, or of the refusal; else 0.
  __u32 bytes_done; ///< What the segments in `done` have together.
  __u64 fault_addr; ///< The first address that could not be accessed, if error.
  /// ticket + 1 of the task, since the kernel has taken it.
  __u64 ticket;
  __u64 reserved[3]; ///< 0.
};

/// The status of a task.
enum {
  COPIER_ABI_PENDING = 0,
  COPIER_ABI_DONE = 1,    ///< All of it is copied.
  COPIER_ABI_ABORTED = 2, ///< Something of it was given up, nothing faulted.
  COPIER_ABI_FAULT = 3,   ///< Something of it faulted.
  /// The slot is wrong: the kernel has done nothing, and it is as if it had
  /// never been submitted. EINVAL: a field is; EFAULT: a range is not in user
  /// space, meets the client's own rings, or is not in what was exported;
  /// EBADF: no such space.
  COPIER_ABI_REFUSED = 4,
};

/// A Sync Task: promotes what a csync of [addr, addr + size) needs, before
/// anything else, without a system call; it is a hint, and nothing tells that
/// it is done but the descriptors. Tickets and marks as for slots, with
/// sync_next, sync_taken and sync_count.
struct copier_abi_sync_entry {
  __u64 mark;
  __u64 addr;
  __u64 size;
  __u64 reserved; ///< 0.
};

/// An entry of the Handler Queue: a task with COPIER_ABI_TASK_HANDLER is over.
/// The kernel fills entry number ticket % handler_count and stores `mark`,
/// ticket + 1, with release; the client then adds one to `handled`. A slot with
/// that flag is taken only when there is sure to be room.
struct copier_abi_handler_entry {
  __u64 mark;
  __u64 user_data; ///< That of the slot.
  __u64 ticket;    ///< Of the slot.
  __u32 status;    ///< As in a descriptor.
  __u32 error;
};

/// Counters of one client; all only grow.
struct copier_abi_counters {
  __u64 taken;    ///< Tasks.
  __u64 refused;  ///< Of them.
  __u64 finished; ///< Tasks that are over, but for the refused ones.
  __u64 segments; ///< Copied.
  __u64 bytes;    ///< Copied.
  __u64 absorbed; ///< Bytes of these that were read through another task.
  __u64 promoted; ///< Bytes of these that were copied within COPIER_IOC_SYNC.
  __u64 faults;   ///< Segments handed back.
  __u64 aborts;   ///< Segments given up.
  __u64 wakeups;  ///< Times the worker was woken.
  __u64 sleeps;   ///< Times it went to sleep.
  __u64 pins;     ///< Pages pinned.
  __u64 unpins;   ///< Pages unpinned: the same, when nothing is pending.
  __u64 translations; ///< Pages that the ATCache knew, and were not pinned.
  __u64 dma_bytes;    ///< Bytes that a DMA engine copied.
  __u64 misses;       ///< Pages that were looked up there, and pinned then.
};

/// The begin of the mapping.
struct copier_abi_ring {
  // Written by the kernel, once.
  __u64 magic;   ///< COPIER_ABI_MAGIC.
  __u32 version; ///< COPIER_ABI_VERSION.
  __u32 size;    ///< sizeof(struct copier_abi_ring).
  __u32 slot_count;
  __u32 descr_count;
  __u32 sync_count;
  __u32 handler_count;
  __u32 slots_offset;    ///< Of an array of struct copier_abi_slot, ...
  __u32 descrs_offset;   ///< ... copier_abi_descr, ...
  __u32 syncs_offset;    ///< ... copier_abi_sync_entry, ...
  __u32 handlers_offset; ///< ... copier_abi_handler_entry.
  __u64 reserved0[2];

  // Written by the client; the kernel reads only `next` and `handled`.
  __u64 next;      ///< The next ticket that is free.
  __u64 sync_next; ///< Of the Sync Queue.
  __u64 handled;   ///< How many entries of the Handler Queue are consumed.
  __u64 reserved1[5];

  // Written by the kernel.
  __u64 taken; ///< Tickets below are taken: their slots are free.
  __u64 sync_taken;
  __u64 posted;  ///< How many entries the Handler Queue has ever had.
  __u64 changes; ///< How often a descriptor has changed; after the change.
  __u32 flags;   ///< COPIER_ABI_RING_*.
  __u32 reserved2;
  __u64 reserved3[3];

  /// A copy, now and then: when the worker goes to sleep, and at
  /// COPIER_IOC_STATS.
  struct copier_abi_counters counters;
};

/// Flags of a ring, stored by the kernel atomically.
enum {
  /// The worker sleeps, or is about to: whoever has stored a mark, or `handled`
  /// while slots wait for room in the Handler Queue, and after a full fence
  /// then reads this, must call COPIER_IOC_WAKE; or, in scenario mode, may.
  COPIER_ABI_RING_NEED_WAKEUP = 1,
  /// The client is over (its process ends, or the module goes): stored, with
  /// release, when the kernel accesses none of its memory any more. What is not
  /// done then never will be.
  COPIER_ABI_RING_DEAD = 2,
};

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

// Every struct begins with its own size, as the caller was compiled with. A
// larger one than the kernel knows is an error, E2BIG, if what is beyond is not
// zero; what a smaller one lacks counts as zero, and is not written. Reserved
// fields and unknown flags that are not zero are EINVAL.
//
// Errors of all calls: EPERM (another address space than the opener's), ENXIO
// (before COPIER_IOC_CREATE), ENODEV (the client is over), EFAULT (the argument
// cannot be accessed), EINVAL, E2BIG, ENOTTY, ENOMEM, EINTR (a deadly signal).
// EBUSY of SYNC and ABORT: slots that were published cannot be taken, because
// the Handler Queue is full. EAGAIN: a ticket below `next` has been taken by a
// thread that does not publish its slot, and what comes behind it cannot be
// taken; the call has waited for some milliseconds.

/// What the service offers.
enum {
  COPIER_ABI_FEATURE_LAZY = 1 << 0,
  COPIER_ABI_FEATURE_ABSORPTION = 1 << 1,
  COPIER_ABI_FEATURE_HANDLERS = 1 << 2,
  COPIER_ABI_FEATURE_SHARES = 1 << 3,
  COPIER_ABI_FEATURE_SCENARIO = 1 << 4, ///< COPIER_ABI_POLLING_SCENARIO.
  COPIER_ABI_FEATURE_EXPORT = 1 << 5,
  COPIER_ABI_FEATURE_READ = 1 << 6, ///< COPIER_IOC_READ and COPIER_IOC_WRITE.
  COPIER_ABI_FEATURE_RECV = 1 << 7, ///< COPIER_IOC_RECV and COPIER_IOC_SEND.
  COPIER_ABI_FEATURE_AVX2 = 1 << 8, ///< The copy units in use.
  COPIER_ABI_FEATURE_AVX512 = 1 << 9,
  COPIER_ABI_FEATURE_DMA = 1 << 10,
  COPIER_ABI_FEATURE_ATCACHE = 1 << 11,
};

/// COPIER_IOC_QUERY: all but `size` is an answer. Works for everybody.
struct copier_abi_query {
  __u32 size;
  __u32 version;   ///< COPIER_ABI_VERSION of the kernel.
  __u64 features;  ///< COPIER_ABI_FEATURE_*.
  __u32 max_slots; ///< Of the four counts of COPIER_IOC_CREATE.
  __u32 max_descrs;
  __u32 max_syncs;
  __u32 max_handlers;
  __u32 max_task_bytes;
  /// So many tasks that are not over are looked at together; others wait in
  /// their slots.
  __u32 max_tasks;
  __u32 max_spaces;         ///< Attached ones of one client.
  __u32 max_transfer_bytes; ///< Of COPIER_IOC_READ and the like.
  __u64 reserved[4];
};

/// COPIER_IOC_CREATE: the rings; once for a client. Each count is a power of
/// two, `slots` and `descrs` at least 1; `handlers` may be 0 if no slot has a
/// handler. EBUSY: there are some already. EINVAL: a count.
struct copier_abi_create {
  __u32 size;
  __u32 flags; ///< 0.
  __u32 slots;
  __u32 descrs;
  __u32 syncs;
  __u32 handlers;
  __u64 map_size; ///< Answer: what to map.
  __u64 reserved[4];
};

/// What COPIER_IOC_SYNC and COPIER_IOC_ABORT take.
struct copier_abi_range {
  __u32 size;
  __u32 flags; ///< COPIER_ABI_SYNC_*.
  __u64 addr;  ///< In the client's own address space.
  __u64 length;
  // Answers.
  __u32 status; ///< COPIER_ABI_DONE, or COPIER_ABI_FAULT.
  __u32 error;  ///< As in the descriptor.
  __u64 fault_addr;
  /// ticket + 1 of a task of which a segment has been handed back, and stands
  /// in the way; 0 if it is none of this ring.
  __u64 fault_ticket;
  __u64 reserved[2];
};

enum {
  /// Everything, whatever `addr` and `length`.
  COPIER_ABI_SYNC_ALL = 1,
  /// Only what will be read: tasks that read the range may go on.
  COPIER_ABI_SYNC_READ = 2,
};

/// COPIER_IOC_RELEASE: the `segments` of the task that were handed back are
/// made or dropped, what depends on them may go on. ENOENT: none of them is
/// handed back and not yet released.
struct copier_abi_release {
  __u32 size;
  __u32 segments;
  __u64 ticket; ///< ticket + 1.
  __u64 reserved[2];
};

/// COPIER_IOC_SET_OPT. EINVAL: no such option, or value.
struct copier_abi_opt {
  __u32 size;
  __u32 opt;
  __u64 value;
  __u64 reserved[2];
};

enum {
  /// Of the service, next to other clients: 1 to 2^20, 1024 at first.
  COPIER_ABI_OPT_SHARES = 0,
  COPIER_ABI_OPT_POLLING = 1, ///< COPIER_ABI_POLLING_*.
  /// Nanoseconds after which a lazy task is copied: 0 to 2^40, 10^7 at first.
  COPIER_ABI_OPT_LAZY_PERIOD = 2,
};

enum {
  /// At first: the worker polls for a moment after its last copy, then backs
  /// off, then sleeps until a submission wakes it.
  COPIER_ABI_POLLING_NAPI = 0,
  /// It sleeps as soon as it has nothing to do, and submissions need not wake
  /// it: COPIER_IOC_WAKE does, when copies are to be made.
  COPIER_ABI_POLLING_SCENARIO = 1,
};

/// COPIER_IOC_STATS: all but `size` is an answer.
struct copier_abi_stats {
  __u32 size;
  __u32 pending; ///< Tasks that are taken and not over.
  struct copier_abi_counters counters;
  __u32 shares;
  __u32 polling;
  __u64 lazy_period;
  __u64 served; ///< Bytes copied by the worker, times 1024 / shares.
  __u64 reserved[2];
};

/// COPIER_IOC_READ and _RECV: as pread and recv of `fd`, but the copy from the
/// kernel to `addr` is made later, as a task of the client's that comes after
/// all it has submitted and before all that it will: `descr` tells how far it
/// is, and csync works. What has been received cannot be handed back: if `addr`
/// becomes bad before the copy, those bytes are lost, `faulted` tells, and
/// nothing waits for a release. If the answer is 0, there is no task.
///
/// COPIER_IOC_WRITE and _SEND: as pwrite and send, from what `addr` would have
/// if all that the client has submitted were done; it need not be. A lazy task
/// that writes there is read through, and stays as it is. There is no task:
/// `descr` is COPIER_ABI_NONE.
///
/// Errors are those of the plain call, and EFAULT if `addr` cannot be accessed
/// before. EBUSY: something that is handed back stands in the way. EINVAL:
/// `length` is 0 or more than max_transfer_bytes. With an error nothing has
/// been transferred, unless, while READ or RECV did, another thread has ended
/// the client, or left or begun what SYNC answers with EBUSY or EAGAIN to.
struct copier_abi_transfer {
  __u32 size;
  __s32 fd;
  __u64 addr; ///< In the client's own address space.
  __u64 length;
  /// READ and WRITE: where in the file; -1: its own position. RECV and SEND: 0.
  __s64 offset;
  /// RECV and SEND: MSG_DONTWAIT, MSG_NOSIGNAL, MSG_WAITALL, MSG_PEEK,
  /// MSG_MORE, MSG_EOR.
  __u32 flags;
  __u32 descr;
  __u32 task_flags; ///< READ and RECV: COPIER_ABI_TASK_LAZY or 0.
  /// Answer: the segments of the descriptor are of 1 << segment_shift bytes.
  __u32 segment_shift;
  __s64 result; ///< Answer: bytes transferred, or to be.
  __u64 reserved[3];
};

/// COPIER_IOC_EXPORT: returns a file descriptor, close-on-exec, that stands for
/// [addr, addr + length) of the caller's address space, to be handed over as an
/// SCM_RIGHTS message: who has it may copy from there, or to there, by its own
/// tasks, as the flags say. Closing it, in all processes and clients, ends
/// that; so does the end of the address space.
struct copier_abi_export {
  __u32 size;
  __u32 flags; ///< COPIER_ABI_EXPORT_*, at least one.
  __u64 addr;
  __u64 length; ///< Not 0.
  __u64 reserved[2];
};

enum {
  COPIER_ABI_EXPORT_READ = 1,
  COPIER_ABI_EXPORT_WRITE = 2,
};

/// COPIER_IOC_ATTACH: makes what `fd` stands for a space of this client, and
/// returns its number, 1 to max_spaces. COPIER_IOC_DETACH: completes what
/// concerns the space number `fd`, and forgets it. EBADF: `fd` is no such
/// thing. ENOSPC: there are max_spaces already.
struct copier_abi_attach {
  __u32 size;
  __s32 fd;
  __u64 reserved[2];
};

#define COPIER_IOC_TYPE 0xC7

#define COPIER_IOC_QUERY _IOWR(COPIER_IOC_TYPE, 0, struct copier_abi_query)
#define COPIER_IOC_CREATE _IOWR(COPIER_IOC_TYPE, 1, struct copier_abi_create)
/// Completes, in the calling thread as far as nobody has begun it, what was
/// submitted before and concerns the range, as a csync; returns 0 and the
/// status. It never waits for what is handed back.
#define COPIER_IOC_SYNC _IOWR(COPIER_IOC_TYPE, 2, struct copier_abi_range)
/// As COPIER_IOC_SYNC, but gives segments up that write only bytes of the
/// range.
#define COPIER_IOC_ABORT _IOWR(COPIER_IOC_TYPE, 3, struct copier_abi_range)
#define COPIER_IOC_RELEASE _IOWR(COPIER_IOC_TYPE, 4, struct copier_abi_release)
/// Wakes the worker, if it sleeps.
#define COPIER_IOC_WAKE _IO(COPIER_IOC_TYPE, 5)
#define COPIER_IOC_SET_OPT _IOWR(COPIER_IOC_TYPE, 6, struct copier_abi_opt)
#define COPIER_IOC_STATS _IOWR(COPIER_IOC_TYPE, 7, struct copier_abi_stats)
#define COPIER_IOC_READ _IOWR(COPIER_IOC_TYPE, 8, struct copier_abi_transfer)
#define COPIER_IOC_WRITE _IOWR(COPIER_IOC_TYPE, 9, struct copier_abi_transfer)
#define COPIER_IOC_RECV _IOWR(COPIER_IOC_TYPE, 10, struct copier_abi_transfer)
#define COPIER_IOC_SEND _IOWR(COPIER_IOC_TYPE, 11, struct copier_abi_transfer)
#define COPIER_IOC_EXPORT _IOWR(COPIER_IOC_TYPE, 12, struct copier_abi_export)
#define COPIER_IOC_ATTACH _IOWR(COPIER_IOC_TYPE, 13, struct copier_abi_attach)
#define COPIER_IOC_DETACH _IOWR(COPIER_IOC_TYPE, 14, struct copier_abi_attach)

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

#ifdef __cplusplus
#define COPIER_ABI_ASSERT(condition) static_assert(condition, #condition)
#else
#define COPIER_ABI_ASSERT(condition) _Static_assert(condition, #condition)
#endif

COPIER_ABI_ASSERT(sizeof(struct copier_abi_slot) == 64);
COPIER_ABI_ASSERT(__builtin_offsetof(struct copier_abi_slot, user_data) == 40);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_descr) == 64);
COPIER_ABI_ASSERT(__builtin_offsetof(struct copier_abi_descr, ticket) == 32);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_sync_entry) == 32);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_handler_entry) == 32);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_counters) == 128);
COPIER_ABI_ASSERT(__builtin_offsetof(struct copier_abi_ring, next) == 64);
COPIER_ABI_ASSERT(__builtin_offsetof(struct copier_abi_ring, taken) == 128);
COPIER_ABI_ASSERT(__builtin_offsetof(struct copier_abi_ring, counters) == 192);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_ring) == 320);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_query) == 80);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_create) == 64);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_range) == 64);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_release) == 32);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_opt) == 32);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_stats) == 176);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_transfer) == 80);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_export) == 40);
COPIER_ABI_ASSERT(sizeof(struct copier_abi_attach) == 24);

#endif // COPIER_UAPI_COPIER_H
