//===- soft_dma.h - A DMA engine in software, for tests -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_DMA=soft: a thread that behaves as an on-chip engine does beside
// AVX2 (paper, Fig. 7): submission costs CPU time, throughput is lower, small
// transfers are the worst, addresses must be contiguous. It wins nothing; it
// lets whole programs run through the dispatcher.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_PROCESS_SOFT_DMA_H
#define COPIER_PROCESS_SOFT_DMA_H

#include "core/dispatch.h"

/// The engine, as most are, and as one that can take back what it has not
/// begun. Its thread is started by the first transfer, and sleeps when there
/// are none. All threads may use it. In its notion of physical memory, half of
/// the pages follow the one before; a transfer that assumes more fails.
extern const struct copier_unit copier_soft_dma_unit;
extern const struct copier_unit copier_soft_dma_cancel_unit;

/// How many threads it has.
unsigned copier_soft_dma_threads(void);

/// In the child of a fork: no transfers, and no thread any more.
void copier_soft_dma_after_fork(void);

#endif // COPIER_PROCESS_SOFT_DMA_H
