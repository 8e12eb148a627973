//===- transfer.h - Files and sockets of the fake device ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the kernel module's transfer.c does, with the plain calls.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_TEST_LIB_FAKE_DEVICE_TRANSFER_H
#define COPIER_TEST_LIB_FAKE_DEVICE_TRANSFER_H

#include "service/client.h"

/// COPIER_IOC_READ, if \p is_file, and COPIER_IOC_RECV. 0 or -errno.
int fake_receive(struct copier_kclient *client,
                 struct copier_abi_transfer *transfer, bool is_file);

/// COPIER_IOC_WRITE and COPIER_IOC_SEND, likewise.
int fake_send(struct copier_kclient *client,
              struct copier_abi_transfer *transfer, bool is_file);

#endif // COPIER_TEST_LIB_FAKE_DEVICE_TRANSFER_H
