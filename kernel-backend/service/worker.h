//===- worker.h - Who copies for a client -------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// A thread that copies for a client, be it the client's worker or the client in
// a call, has a context while it does: its claims, and the pages it has pinned.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SERVICE_WORKER_H
#define COPIER_SERVICE_WORKER_H

#include "core/serve.h"
#include "service/client.h"

/// Pieces whose pages are pinned: those of a batch, and some that were pinned
/// in vain because somebody else was quicker.
#define COPIER_MAX_PINNED (COPIER_MAX_PIECES + 8)

/// A piece of a copy with its pages.
struct copier_pinned {
  struct copier_piece piece;
  /// The segment that the piece is for.
  struct copier_place at;
  unsigned index;
  bool is_absorbed; ///< Its source is not that of its task.
  struct copier_os_pages dst;
  struct copier_os_pages src;
};

/// Large: several kilobytes.
struct copier_context {
  struct copier_os_link link;
  struct copier_kclient *client;
  struct copier_turn *turn; ///< Of the worker; NULL for a client in a call.
  struct copier_claims claims;
  unsigned finishing;   ///< Segments that are copied and not yet finished.
  bool was_interrupted; ///< Something was not copied since the thread dies.
  bool has_put_off;     ///< Something is to be tried in another batch.
  size_t bytes;         ///< Copied, ever.
  unsigned pinned_used;
  /// No piece is pinned: the ATCache knew where all are, and who changes that
  /// waits.
  bool is_translating;
  struct copier_pinned pinned[COPIER_MAX_PINNED];
  struct copier_plan plan; ///< For who needs one.
};

/// As what a worker, and a client in a call, copies.
extern const struct copier_worker copier_kernel_worker;
extern const struct copier_worker copier_kernel_caller;

/// Has the calling thread work for \p client, whose worker it is if \p turn is
/// not NULL; NULL if it is over, or there is no memory, as
/// copier_context_error says.
struct copier_context *copier_context_begin(struct copier_kclient *client,
                                            struct copier_turn *turn);
void copier_context_end(struct copier_context *context);

static inline int copier_context_error(struct copier_kclient *client) {
  return copier_kclient_is_over(client) ? -ENODEV : -ENOMEM;
}

/// Gives back all pages, before the thread does something else.
void copier_context_unpin(struct copier_context *context);

#endif // COPIER_SERVICE_WORKER_H
