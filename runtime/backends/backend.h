//===- backend.h - Who copies, and when ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A backend takes Copy Tasks or refuses them; what it refuses is copied at
// once. COPIER_BACKEND chooses one for the life of the process.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_BACKENDS_BACKEND_H
#define COPIER_BACKENDS_BACKEND_H

#include "core/order.h"

#include <sys/types.h>

/// A read or write of a file, or a recv or send: \p n bytes at \p addr.
struct copier_io {
  int fd;
  int flags; ///< Of recv and send.
  uintptr_t addr;
  size_t n;
  bool is_file; ///< Not a socket: at the file's own position.
};

/// Of a transfer: nothing has happened, the plain call is to be made.
#define COPIER_IO_REFUSED (-2)

struct copier_backend {
  const char *name;
  /// What follows the name, after a colon, as messages call it; NULL: nothing
  /// may.
  const char *argument_name;
  /// Called when the backend is chosen, with what follows the name or NULL.
  /// Returns what is wrong, or NULL. May itself be NULL.
  const char *(*configure)(const char *argument);
  /// Copies of fewer bytes are not worth submitting: the default of
  /// COPIER_MIN_SIZE. SIZE_MAX: the backend takes none at all.
  size_t min_size;
  unsigned segment_shift; ///< The default of COPIER_SEGMENT, as a power of 2.
  bool serves;            ///< Copies sooner or later, without a csync.
  /// Then takes note of it at once, so that other processes that share a
  /// descriptor need not wait for a call of this one.
  bool takes_note;
  /// Leaves pending whatever the contract allows to, transfers as well.
  bool is_unkind;
  /// Called before the copy of \p tasks is counted anywhere, and after it is
  /// submitted: what may raise a signal belongs here, since a fault handler may
  /// jump out. May be NULL.
  void (*prepare)(struct copier_client *client, const struct copier_task *tasks,
                  unsigned count);
  void (*submitted)(struct copier_client *client,
                    const struct copier_task *tasks, unsigned count);
  /// Submits the \p count \p tasks of one copy to the queue of \p client and
  /// returns true, or refuses them.
  bool (*submit)(struct copier_client *client, const struct copier_task *tasks,
                 unsigned count);
  /// Has somebody else receive, which is then in the queue of \p client; or
  /// send, with what is pending there. As the plain calls, or
  /// COPIER_IO_REFUSED. Both may be NULL.
  ssize_t (*receive)(struct copier_client *client,
                     const struct copier_io *transfer);
  ssize_t (*send)(const struct copier_io *transfer);
  /// Has whoever copies look for work.
  void (*awaken)(void);
  /// Called before a fork, when the process has no copy half submitted; and
  /// after it, in the parent. Both may be NULL.
  void (*before_fork)(void);
  void (*fork_parent)(void);
  /// Called in the child of a fork.
  void (*after_fork)(void);
  /// Called when the main thread ends before the process.
  void (*end_main_thread)(void);
};

/// What the environment chose.
struct copier_config {
  const struct copier_backend *backend;
  char name[64];          ///< The backend's, with its argument.
  size_t min_size;        ///< Bytes; smaller copies are not submitted.
  unsigned segment_shift; ///< Of the smallest segment.
};

/// Copies at once until the environment has been read.
extern struct copier_config copier_config;

/// The last one is NULL.
extern const struct copier_backend *const copier_backends[];

extern const struct copier_backend copier_inline_backend;
extern const struct copier_backend copier_thread_backend;
extern const struct copier_backend copier_kernel_backend;
extern const struct copier_backend copier_adversary_never_backend;
extern const struct copier_backend copier_adversary_eager_backend;
extern const struct copier_backend copier_adversary_reverse_backend;
extern const struct copier_backend copier_adversary_random_backend;

/// Is the copy of \p tasks worth waking a service that sleeps?
bool copier_is_worth_waking(const struct copier_task *tasks, unsigned count);

#endif // COPIER_BACKENDS_BACKEND_H
