//===- serve.h - What a service does with its clients -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A service takes tasks as they come, forwards, as far as they are ready, and
// leaves what it cannot do at once to the next round or to a csync. What a
// csync has promoted goes first; between clients, the one that has been served
// least is next (paper, section 4.5.3). Copy length is what counts, since the
// time of a copy says more about caches.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_CORE_SERVE_H
#define COPIER_CORE_SERVE_H

#include "core/complete.h"

/// What a client starts with, and what a share is measured in.
#define COPIER_DEFAULT_SHARES 1024

/// Copies what is ready of \p client, oldest first, until that is \p slice
/// bytes or more, or the worker is wanted elsewhere. Returns the bytes copied.
size_t copier_serve(struct copier_client *client, size_t slice,
                    const struct copier_worker *worker);

/// Copies what a csync of \p range needs and nobody has claimed.
size_t copier_serve_range(struct copier_client *client,
                          struct copier_range range,
                          const struct copier_worker *worker);

/// Serves once the one of \p count \p clients, of which some may be NULL, that
/// has been served least and has something to do. Returns the bytes copied.
size_t copier_serve_fairly(struct copier_client *const *clients, unsigned count,
                           size_t slice, const struct copier_worker *worker);

/// Has \p client, which is new, begin with as much as the one of \p count
/// \p clients that has been served least: it has no claim on the past.
void copier_serve_newcomer(struct copier_client *client,
                           struct copier_client *const *clients,
                           unsigned count);

#endif // COPIER_CORE_SERVE_H
