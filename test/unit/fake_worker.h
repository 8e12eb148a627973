//===- fake_worker.h - A client and workers that a test can watch -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the unit tests of the core share: one client with two queues, a small
// memory of which each region holds a letter of its own, and a worker that
// counts what it is told, can be made to fault, and hands control to the test
// where a real one would wait.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_TEST_UNIT_FAKE_WORKER_H
#define COPIER_TEST_UNIT_FAKE_WORKER_H

#include "cmocka_test.h"
#include "core/serve.h"

/// Offsets of the regions. Byte by byte, A holds 'a', B holds 'b' and so on.
enum {
  REGION = 1000,
  A = 0 * REGION,
  B = 1 * REGION,
  C = 2 * REGION,
  D = 3 * REGION,
  E = 4 * REGION,
  F = 5 * REGION,
  G = 6 * REGION,
  H = 7 * REGION,
  FAKE_BYTES = 8 * REGION,
};

/// The tests' segments are of 1 << FAKE_SHIFT bytes.
enum { FAKE_SHIFT = 3, FAKE_SEGMENT = 1 << FAKE_SHIFT };

struct fake {
  struct copier_queue queue;
  struct copier_queue service_queue;
  struct copier_client client;
  struct copier_claims claims; ///< Of the worker.
  char memory[FAKE_BYTES];

  /// This byte cannot be made resident; a copy of it faults, and a handler
  /// jumps to `jump`. 0: none.
  uintptr_t bad;
  jmp_buf *jump;
  /// Where to go if the worker finds a mistake; NULL: the test has failed.
  jmp_buf *mistake;
  /// Called, once, where the worker waits for somebody.
  void (*on_relax)(void);
  /// What the worker does with what it has waited for very long.
  enum { FAKE_WAITS, FAKE_GIVES_UP, FAKE_LEAVES } long_wait;
  bool is_due;
  /// The worker is wanted elsewhere as soon as it has made so many pieces.
  unsigned wanted_after;

  // What the worker has been told.
  unsigned batches;
  unsigned pieces;
  unsigned accounted;  ///< Segments.
  const void *account; ///< The cookie of the task that was accounted last.
  unsigned finished;   ///< Segments.
};

extern struct fake fake;

/// A thread that csyncs, one that must not fault, and one of the service.
extern const struct copier_worker fake_csyncer;
extern const struct copier_worker fake_settler;
extern const struct copier_worker fake_service;

/// Everything as at the beginning: the set-up of each test.
int fake_set_up(void **state);

/// The address of a byte of the memory.
uintptr_t fake_at(size_t offset);

/// A copy between offsets in the memory.
struct copier_task fake_task(size_t dst, size_t src, size_t n);

/// Submits \p task, to the client's own queue or that of the service; returns
/// the ticket.
copier_ticket fake_push_task(struct copier_queue *queue,
                             struct copier_task task);

/// Submits a copy to the client's own queue, and to that of the service.
copier_ticket fake_push(size_t dst, size_t src, size_t n);
copier_ticket fake_push_service(size_t dst, size_t src, size_t n);

/// Submits a lazy copy to the client's own queue.
copier_ticket fake_push_lazy(size_t dst, size_t src, size_t n);

/// A barrier in the service's queue, behind what the client has submitted.
copier_ticket fake_push_barrier(void);

/// What csync does, as the csyncer; false if there was nothing to do.
bool fake_csync(size_t begin, size_t n);

/// Completes everything, as the settler; false if there was nothing to do.
bool fake_settle(void);

/// Drops the copies into the range, as copier_abort.
void fake_abort(size_t begin, size_t n);

/// Somebody else: claims, and finishes, a segment of the client's own queue.
void fake_other_claims(copier_ticket ticket, unsigned index);
void fake_other_finishes(copier_ticket ticket, unsigned index);

/// Are all bytes of the range \p letter?
bool fake_is_all(size_t begin, size_t n, char letter);

/// Which segments of \p ticket of the client's own queue are not done.
copier_segments fake_unfinished(copier_ticket ticket);

/// For `on_relax`: whoever has claimed the third segment of the first copy, into
/// B, writes 'o' and finishes it, or gives it back.
void fake_third_is_finished(void);
void fake_third_is_given_back(void);

#endif // COPIER_TEST_UNIT_FAKE_WORKER_H
