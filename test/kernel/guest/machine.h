//===- machine.h - What the guest's kernel tells, and is told -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Small files of /proc and /sys, and the module copier.ko itself. Knows nothing
// of the ABI.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_GUEST_MACHINE_H
#define COPIER_GUEST_MACHINE_H

#include <stddef.h>

#define MODULE_FILE "/copier.ko"
#define MODULE_NAME "copier"

/// Returns -1 with errno if it cannot.
int write_text(const char *path, const char *text);
/// Reads a number; -1 if there is no such file.
long read_number(const char *path);
/// Reads the number behind `name` in a file of lines "NAME NUMBER"; -1 if none.
long read_named_number(const char *path, const char *name);

/// Pages that are pinned by whomever: copier.ko is the only one here who pins.
/// 0 on a kernel that does not count them.
long pages_pinned(void);
/// Pages that copier.ko itself says are pinned, and clients that it has; 0 while it
/// is not loaded.
long module_pins(void);
long module_clients(void);
/// How often copier.ko is in use; -1 if it is not loaded.
long module_references(void);
/// Both return -1 with errno.
int load_module(const char *parameters);
int remove_module(void);

void raise_loopback(void);

#endif // COPIER_GUEST_MACHINE_H
