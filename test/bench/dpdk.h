//===- dpdk.h - DPDK's software DMA device, to compare with -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// dma_skeleton: a thread that copies what it finds in a ring. The functions are
// weak: where DPDK is not installed dpdk.c is left out and bench_dpdk_open is
// null.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BENCH_DPDK_H
#define COPIER_BENCH_DPDK_H

#include <stddef.h>

#pragma weak bench_dpdk_open
#pragma weak bench_dpdk_start
#pragma weak bench_dpdk_stop
#pragma weak bench_dpdk_copy
#pragma weak bench_dpdk_wait

/// Sets DPDK up, its threads on other CPUs than the client's. Ends the program
/// if it cannot.
void bench_dpdk_open(void);

/// Starts and ends the device's thread, which never sleeps for long.
void bench_dpdk_start(void);
void bench_dpdk_stop(void);

/// Enqueues and submits one copy; waits for all.
void bench_dpdk_copy(void *dst, const void *src, size_t n);
void bench_dpdk_wait(void);

#endif // COPIER_BENCH_DPDK_H
