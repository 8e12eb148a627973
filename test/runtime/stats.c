//===- stats.c - The statistics file ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %clang -O2 -rdynamic %s %libcopier -o %t
// RUN: rm -f %t.json
// RUN: env COPIER_BACKEND=thread COPIER_POLICY=offload COPIER_MIN_SIZE=5000 COPIER_STATS=%t.json %t
// RUN: %python -m json.tool %t.json > /dev/null
// RUN: FileCheck %s --input-file=%t.json
// RUN: env COPIER_BACKEND=inline COPIER_STATS=%t.json %t
// RUN: FileCheck %s --input-file=%t.json --check-prefix=INLINE
//
// %p is the process: parent and child of a fork write their own.
// RUN: rm -rf %t.dir && mkdir %t.dir
// RUN: env COPIER_BACKEND=thread COPIER_STATS=%t.dir/a%%p%%p.json %t fork
// RUN: ls %t.dir | FileCheck %s --check-prefix=FILES
// FILES: a{{[0-9]+}}.json
// FILES-NEXT: a{{[0-9]+}}.json
// FILES-NOT: {{.}}
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <copier/entry_points.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char source[40000], destination[40000];
static struct copier_site site = {"dir/a \"b\".c", "copy_it", 12, 34, NULL};

int main(int argc, char **argv) {
  // clang-format off
  // CHECK: "schema": "copier-stats",
  // CHECK-NEXT: "version": 1,
  // CHECK-NEXT: "pid": {{[0-9]+}},
  // CHECK-NEXT: "backend": "thread",
  // CHECK-NEXT: "min_size": 5000,
  // CHECK-NEXT: "segment": 16384,
  // CHECK-NEXT: "totals": {"calls": 4, "bytes": 90100, "async_calls": 3, "async_bytes": 90000, "csync_calls": {{[01]}}, "wait_ns": {{[0-9]+}}, "segments_service": {{[0-9]+}}, "segments_client": {{[0-9]+}}, "queue_full": 0, "cpu_bytes": {{[0-9]+}}, "dma_bytes": 0},
  // CHECK-NEXT: "sites": [
  // CHECK-NEXT: {"file": "dir/a \"b\".c", "line": 12, "column": 34, "function": "copy_it", "calls": 3, "bytes": 50100, "async_calls": 2, "async_bytes": 50000, "wait_ns": {{[0-9]+}}},
  // CHECK-NEXT: {"file": null, "line": 0, "column": 0, "function": "0x{{[0-9a-f]+}} in {{.*}}stats.c.tmp", "calls": 1, "bytes": 40000, "async_calls": 1, "async_bytes": 40000, "wait_ns": {{[0-9]+}}}
  // CHECK-NEXT: ]
  // INLINE: "backend": "inline",
  // INLINE: "totals": {"calls": 4, "bytes": 90100, "async_calls": 0, "async_bytes": 0, "csync_calls": 0, "wait_ns": 0, "segments_service": 0, "segments_client": 0, "queue_full": 0, "cpu_bytes": 0, "dma_bytes": 0},
  // clang-format on
  __copier_amemcpy(destination, source, 10000, &site);
  __copier_amemmove(destination, source, 40000, &site);
  __copier_amemcpy(destination, source, 100, &site);
  amemcpy(destination, source, 40000);
  csync(destination, 40000);
  if (argc > 1 && fork() != 0)
    wait(NULL);
  return 0;
}
