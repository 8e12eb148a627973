//===- take.h - Taking what a client submits ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// From the rings, which anybody may write at any time, to the core's queue,
// which only the service knows.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_SERVICE_TAKE_H
#define COPIER_SERVICE_TAKE_H

#include "service/client.h"

/// Takes the slots that are published and for which there is room; false if
/// there was not room for all.
bool copier_take_tasks(struct copier_kclient *client);

/// Takes the next Sync Task; false if there is none.
bool copier_take_sync(struct copier_kclient *client,
                      struct copier_range *range);

/// Is there something to be taken, be there room or not?
bool copier_has_tasks(struct copier_kclient *client);
bool copier_has_syncs(struct copier_kclient *client);

#endif // COPIER_SERVICE_TAKE_H
