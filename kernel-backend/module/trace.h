//===- trace.h - Tracepoints of copier.ko -------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// /sys/kernel/tracing/events/copier. A client is named by its number, as in
// debugfs; tickets are those of its ring, 0 for what the kernel itself has
// submitted.
//
//===----------------------------------------------------------------------===//

#undef TRACE_SYSTEM
#define TRACE_SYSTEM copier

#if !defined(COPIER_MODULE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define COPIER_MODULE_TRACE_H

#include <linux/tracepoint.h>

// clang-format off

TRACE_EVENT(copier_take,
  TP_PROTO(unsigned client, u64 ticket, u64 dst, u64 src, u32 size, u32 error),
  TP_ARGS(client, ticket, dst, src, size, error),
  TP_STRUCT__entry(
    __field(unsigned, client)
    __field(u64, ticket)
    __field(u64, dst)
    __field(u64, src)
    __field(u32, size)
    __field(u32, error)
  ),
  TP_fast_assign(
    __entry->client = client;
    __entry->ticket = ticket;
    __entry->dst = dst;
    __entry->src = src;
    __entry->size = size;
    __entry->error = error;
  ),
  TP_printk("client=%u ticket=%llu dst=%#llx src=%#llx size=%u error=%u",
            __entry->client, __entry->ticket, __entry->dst, __entry->src,
            __entry->size, __entry->error)
);

TRACE_EVENT(copier_copy,
  TP_PROTO(unsigned client, u64 bytes, bool in_call),
  TP_ARGS(client, bytes, in_call),
  TP_STRUCT__entry(
    __field(unsigned, client)
    __field(u64, bytes)
    __field(bool, in_call)
  ),
  TP_fast_assign(
    __entry->client = client;
    __entry->bytes = bytes;
    __entry->in_call = in_call;
  ),
  TP_printk("client=%u bytes=%llu by=%s", __entry->client, __entry->bytes,
            __entry->in_call ? "call" : "worker")
);

TRACE_EVENT(copier_fault,
  TP_PROTO(unsigned client, u64 ticket, u64 addr, int error),
  TP_ARGS(client, ticket, addr, error),
  TP_STRUCT__entry(
    __field(unsigned, client)
    __field(u64, ticket)
    __field(u64, addr)
    __field(int, error)
  ),
  TP_fast_assign(
    __entry->client = client;
    __entry->ticket = ticket;
    __entry->addr = addr;
    __entry->error = error;
  ),
  TP_printk("client=%u ticket=%llu addr=%#llx error=%d", __entry->client,
            __entry->ticket, __entry->addr, __entry->error)
);

TRACE_EVENT(copier_sleep,
  TP_PROTO(unsigned client, bool begins),
  TP_ARGS(client, begins),
  TP_STRUCT__entry(
    __field(unsigned, client)
    __field(bool, begins)
  ),
  TP_fast_assign(
    __entry->client = client;
    __entry->begins = begins;
  ),
  TP_printk("client=%u %s", __entry->client,
            __entry->begins ? "falls asleep" : "wakes")
);

// clang-format on

#endif // COPIER_MODULE_TRACE_H

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH module
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
