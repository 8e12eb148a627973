//===- dpdk.c - DPDK's software DMA device, to compare with -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See dpdk.h.
//
//===----------------------------------------------------------------------===//

// All of the dmadev interface is marked so in DPDK 22.11.
#define ALLOW_EXPERIMENTAL_API

#include "dpdk.h"
#include "harness.h"

#include <rte_dmadev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <stdio.h>

#define DESCRIPTORS 256 // As many as libcopier's queue has slots.

static int16_t device;
static unsigned outstanding;

static void must(int result, const char *what) {
  if (result < 0)
    bench_fail("DPDK: %s failed: %s", what, rte_strerror(-result));
}

void bench_dpdk_open(void) {
  char cpu[16];
  snprintf(cpu, sizeof(cpu), "%d", bench_client_cpu());
  char *arguments[] = {"bench",
                       "-l",
                       cpu,
                       "--no-huge",
                       "--no-pci",
                       "--no-telemetry",
                       "--no-shconf",
                       "-m",
                       "64",
                       "--vdev=dma_skeleton",
                       "--log-level=critical",
                       NULL};
  // DPDK pins this thread again; its others get what CPUs are left.
  bench_unpin();
  if (rte_eal_init(sizeof(arguments) / sizeof(*arguments) - 1, arguments) < 0)
    bench_fail("DPDK: rte_eal_init failed: %s", rte_strerror(rte_errno));
  device = (int16_t)rte_dma_get_dev_id_by_name("dma_skeleton");
  must(device, "finding dma_skeleton");
  const struct rte_dma_conf configuration = {.nb_vchans = 1};
  must(rte_dma_configure(device, &configuration), "rte_dma_configure");
  const struct rte_dma_vchan_conf channel = {
      .direction = RTE_DMA_DIR_MEM_TO_MEM,
      .nb_desc = DESCRIPTORS,
  };
  must(rte_dma_vchan_setup(device, 0, &channel), "rte_dma_vchan_setup");
}

void bench_dpdk_start(void) { must(rte_dma_start(device), "rte_dma_start"); }

void bench_dpdk_stop(void) { must(rte_dma_stop(device), "rte_dma_stop"); }

void bench_dpdk_copy(void *dst, const void *src, size_t n) {
  // Without huge pages an IOVA is an address.
  must(
      rte_dma_copy(device, 0, (rte_iova_t)src, (rte_iova_t)dst, (uint32_t)n, 0),
      "rte_dma_copy");
  must(rte_dma_submit(device, 0), "rte_dma_submit");
  ++outstanding;
}

void bench_dpdk_wait(void) {
  while (outstanding)
    outstanding -= rte_dma_completed(device, 0, DESCRIPTORS, NULL, NULL);
}
