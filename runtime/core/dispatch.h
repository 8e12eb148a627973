//===- dispatch.h - Copy units, and who of them copies what -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A *copy unit* moves bytes: the CPU itself, which is synchronous, or a device
// beside it, called DMA here whatever it is. The *dispatcher* distributes what
// is to be copied between one of each, in rounds, so that both finish together
// (piggyback; paper, section 4.3). docs/dispatcher.md says how it decides.
//
// A dispatcher belongs to one thread; units may be shared.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_DISPATCH_H
#define COPIER_CORE_DISPATCH_H

#include "core/sources.h"

/// A task of so many bytes is shared between the units by itself (i-piggyback),
/// shorter ones together with their neighbours (e-piggyback).
#define COPIER_LARGE_TASK 12288

/// What is distributed in one round at most.
#define COPIER_MAX_SUBTASKS 32

/// The model of what a unit costs.
struct copier_cost {
  uint32_t submit_ns;  ///< Time of the CPU for each subtask; 0 for the CPU.
  uint32_t setup_ns;   ///< Time of the unit for each subtask, and ...
  uint32_t ns_per_mib; ///< ... for each 2^20 bytes.
};

enum copier_transfer_state {
  COPIER_TRANSFER_PENDING,
  COPIER_TRANSFER_DONE,
  COPIER_TRANSFER_FAILED, ///< Any part of its destination may be written.
};

/// What an asynchronous unit is given.
struct copier_transfer {
  struct copier_piece piece;
  uint32_t handle; ///< Set by the unit: its name for the transfer.
};

struct copier_unit {
  const char *name;
  struct copier_cost cost; ///< Before anything has been observed.

  /// A synchronous unit: as memcpy. NULL for an asynchronous one, which has:
  void (*copy)(void *dst, const void *src, size_t n);

  size_t min_size;    ///< Of the smallest piece that it takes.
  unsigned max_batch; ///< How many pieces it takes at once.
  /// Begins the \p count \p transfers, in this order, and returns how many of
  /// the first of them it has taken.
  unsigned (*start)(struct copier_transfer *transfers, unsigned count);
  /// What has become of a transfer; one that is not pending is then forgotten.
  enum copier_transfer_state (*poll)(uint32_t handle);
  /// Takes back, and forgets, a transfer that has not begun; false if it has.
  /// May be NULL.
  bool (*cancel)(uint32_t handle);
  /// How many of the \p n bytes at \p addr, and at least one, are in one piece
  /// for the unit. NULL: all.
  size_t (*contiguous)(uintptr_t addr, size_t n);
};

struct copier_dispatcher {
  const struct copier_unit *cpu;
  const struct copier_unit *dma; ///< May be NULL: the CPU does all.
  /// What the units cost as far as is known.
  struct copier_cost cpu_cost;
  struct copier_cost dma_cost;
  /// Nanoseconds since some start. NULL: the costs stay as they are.
  uint64_t (*clock)(void);
  /// Called while there is nothing to do but wait, with how often it has been
  /// in this round. May be NULL.
  void (*relax)(unsigned times);
};

/// What was done, in bytes.
struct copier_dispatched {
  size_t cpu_bytes;
  size_t dma_bytes;
  size_t taken_back; ///< Of the CPU's: those that the DMA unit had not begun,
  size_t failed;     ///< and those that it failed to copy.
};

/// A dispatcher of these two units, without the optional functions.
struct copier_dispatcher copier_dispatcher_of(const struct copier_unit *cpu,
                                              const struct copier_unit *dma);

/// Copies \p pieces, of which none overlap; those that belong to one task or to
/// neighbours come one after the other.
struct copier_dispatched copier_dispatch(struct copier_dispatcher *dispatcher,
                                         const struct copier_piece *pieces,
                                         unsigned count);

#endif // COPIER_CORE_DISPATCH_H
