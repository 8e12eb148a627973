//===- batch.h - Copying segments that are claimed together -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One round of work: claims segments of tasks, finds where their data is, has
// all of it moved at once, and finishes the segments. What a thread has claimed
// is on record, because a fault handler may jump out of the copy.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_BATCH_H
#define COPIER_CORE_BATCH_H

#include "core/sources.h"

#define COPIER_MAX_CLAIMS 16

/// A segment that a thread has claimed.
struct copier_claim {
  struct copier_place at;
  unsigned index;
  bool is_lender; ///< To be given back instead of finished.
};

/// All claims of a section (process/section.h), or of a service thread.
struct copier_claims {
  unsigned used;
  struct copier_claim held[COPIER_MAX_CLAIMS];
};

/// Who carries out copies: a client in csync, a process that ends, the service.
struct copier_worker {
  /// For a worker that must not fault, called before it claims anything: makes
  /// the memory of \p piece of the \p task \p at a place safe to access without
  /// a fault; false if that is not possible, then it is left. NULL: it may
  /// fault.
  bool (*make_resident)(struct copier_place at, const struct copier_task *task,
                        const struct copier_piece *piece);
  /// For a worker that may fault: is \p piece safe to access without a signal?
  /// False when in doubt.
  bool (*is_safe)(const struct copier_piece *piece);
  /// Called before a claimed segment is read, be it to be copied or a lender.
  /// May be NULL.
  void (*verify)(struct copier_place at, const struct copier_task *task,
                 unsigned index);
  /// As memcpy, for each of the \p count \p pieces, of which none overlap.
  void (*copy)(const struct copier_piece *pieces, unsigned count);
  /// The calling thread's.
  struct copier_claims *(*claims)(void);
  /// Called before \p segments of \p task, which others have claimed, are
  /// waited for: may have those others be done with them. May be NULL.
  void (*ask_for)(struct copier_place at, const struct copier_task *task,
                  copier_segments segments);
  /// Called while waiting, with how often it has been before. True every now
  /// and then, when the wait has been very long.
  bool (*relax)(unsigned times);
  /// Called when the wait for segment \p index of \p task, which somebody else
  /// has claimed, has been very long. May give it up, or raise the signal that
  /// its copy raises. False if it will not be done while this worker waits.
  bool (*waits_on)(struct copier_place at, const struct copier_task *task,
                   unsigned index);
  /// For a service: is it time for the lazy \p task?
  bool (*is_due)(const struct copier_task *task);
  /// For a service: is there something more urgent than the next segment?
  bool (*is_wanted)(void);
  /// Nanoseconds since some start; 0 always when nobody measures.
  uint64_t (*clock)(void);
  /// Told what became of the copies of one task: how many segments were copied
  /// here, and how long that and waiting for others took.
  void (*account)(const struct copier_task *task, unsigned segments,
                  uint64_t nanoseconds);
  /// Called before a segment of \p task is marked done, and after `finished` is
  /// told. Both may be NULL.
  void (*begin_finish)(const struct copier_task *task);
  void (*end_finish)(const struct copier_task *task);
  /// Told once for each segment of a task, by whoever finishes it, when it is
  /// done. May be NULL.
  void (*finished)(const struct copier_task *task, unsigned index);
};

/// What became of an attempt to copy a segment.
enum copier_outcome {
  COPIER_COPIED,  ///< Or added to the batch.
  COPIER_TAKEN,   ///< Somebody else has claimed it.
  COPIER_BLOCKED, ///< Something else must be complete before.
  COPIER_STUCK,   ///< It cannot be made resident.
};

/// Segments that are claimed and will be copied together. Large: a kilobyte.
struct copier_batch {
  unsigned segments;
  unsigned pieces_used;
  size_t bytes;
  struct copier_piece pieces[COPIER_MAX_PIECES];
};

/// Empty.
static inline void copier_batch_init(struct copier_batch *batch) {
  batch->segments = batch->pieces_used = 0;
  batch->bytes = 0;
}

/// Claims segment \p index of \p task at \p place, which is ready, and adds it
/// to \p batch. If blocked, \p blocker is what must be complete before. With
/// anything in the batch, the caller must not wait before copier_batch_copy.
enum copier_outcome
copier_batch_add(struct copier_batch *batch, const struct copier_order *order,
                 unsigned place, const struct copier_task *task, unsigned index,
                 const struct copier_worker *worker,
                 struct copier_part *blocker);

/// Is there room for another segment?
bool copier_batch_has_room(const struct copier_batch *batch,
                           const struct copier_claims *claims);

/// Copies what is in \p batch, finishes its segments and empties it.
void copier_batch_copy(struct copier_batch *batch,
                       const struct copier_worker *worker);

/// Gives up all \p claims, which a fault handler has jumped out of: the whole
/// copy of each, as far as nobody else has claimed it.
void copier_give_up_claims(struct copier_claims *claims,
                           const struct copier_worker *worker);

/// Finishes segment \p index of \p task, which the caller has claimed, without
/// copying it.
void copier_give_up(struct copier_place at, const struct copier_task *task,
                    unsigned index, const struct copier_worker *worker);

#endif // COPIER_CORE_BATCH_H
