//===- transfer.c - Files and sockets of the fake device ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See transfer.h. By system calls of its own: no point of cancellation, as none
// is in the kernel. Only what libcopier asks for: files at their own position.
//
//===----------------------------------------------------------------------===//

#include "transfer.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE ((uintptr_t)4096)

/// Makes the memory of \p transfer present; 0, or -EFAULT.
static int fault_in(const struct copier_abi_transfer *transfer, int advice) {
  uintptr_t begin = transfer->addr & ~(PAGE - 1);
  int saved_errno = errno;
  int result =
      madvise((void *)begin, transfer->addr + transfer->length - begin, advice);
  errno = saved_errno;
  return result == 0 ? 0 : -EFAULT;
}

/// The system call, read or recvfrom, or write or sendto; or -errno.
static long run(const struct copier_abi_transfer *transfer, bool is_file,
                long file_call, long socket_call, char *bytes) {
  int saved_errno = errno;
  long n = is_file ? syscall(file_call, transfer->fd, bytes, transfer->length)
                   : syscall(socket_call, transfer->fd, bytes, transfer->length,
                             transfer->flags, NULL, NULL);
  if (n < 0) {
    n = -errno;
    errno = saved_errno;
  }
  return n;
}

int fake_receive(struct copier_kclient *client,
                 struct copier_abi_transfer *transfer, bool is_file) {
  int error = copier_kclient_check_transfer(client, transfer, /*is_in=*/true);
  if (!error)
    error = fault_in(transfer, MADV_POPULATE_WRITE);
  if (error)
    return error;
  struct copier_os_buffer *buffer = copier_os_buffer_new(transfer->length);
  if (!buffer)
    return -ENOMEM;
  struct copier_context *context = copier_kclient_begin_receive(client, &error);
  if (context)
    return copier_kclient_receive(
        context, transfer, buffer,
        run(transfer, is_file, SYS_read, SYS_recvfrom, buffer->bytes));
  copier_os_buffer_put(buffer);
  return error;
}

int fake_send(struct copier_kclient *client,
              struct copier_abi_transfer *transfer, bool is_file) {
  int error = copier_kclient_check_transfer(client, transfer, /*is_in=*/false);
  if (!error)
    error = fault_in(transfer, MADV_POPULATE_READ);
  if (error)
    return error;
  struct copier_os_buffer *buffer = copier_os_buffer_new(transfer->length);
  if (!buffer)
    return -ENOMEM;
  long n = copier_kclient_gather(client, transfer, buffer);
  if (n == 0)
    n = run(transfer, is_file, SYS_write, SYS_sendto, buffer->bytes);
  copier_os_buffer_put(buffer);
  transfer->result = n;
  return n < 0 ? (int)n : 0;
}
