//===- transfer.c - Files and sockets of a client -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// The kernel reads into, and writes from, pages of its own: what a file or
// socket gives is taken once, at the time of the call; what it gets is what the
// client's memory has then.
//
//===----------------------------------------------------------------------===//

#include "module/device.h"

#include <linux/bvec.h>
#include <linux/file.h>
#include <linux/net.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <linux/version.h>

#define RECV_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_WAITALL | MSG_PEEK)
#define SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_EOR)

/// A buffer, as what files and sockets read or write.
struct window {
  struct copier_os_buffer *buffer;
  struct bio_vec *pages;
  struct iov_iter iter;
};

static int open_window(struct window *window, size_t n, unsigned direction) {
  struct copier_os_buffer *buffer = copier_os_buffer_new(n);
  if (!buffer)
    return -ENOMEM;
  window->buffer = buffer;
  window->pages =
      kcalloc(buffer->page_count, sizeof(*window->pages), GFP_KERNEL_ACCOUNT);
  if (!window->pages) {
    copier_os_buffer_put(buffer);
    return -ENOMEM;
  }
  for (unsigned i = 0; i != buffer->page_count; ++i)
    window->pages[i] =
        (struct bio_vec){.bv_page = buffer->pages[i],
                         .bv_len = min_t(size_t, PAGE_SIZE, n - i * PAGE_SIZE)};
  iov_iter_bvec(&window->iter, direction, window->pages, buffer->page_count, n);
  return 0;
}

/// Reads or writes once, and returns how many bytes, or -errno.
typedef ssize_t transfer_fn(const struct copier_abi_transfer *transfer,
                            struct iov_iter *iter);

static int transfer_in(struct copier_device *device,
                       struct copier_abi_transfer *transfer, transfer_fn *run) {
  struct copier_context *context;
  struct window window;
  ssize_t n;
  int error =
      copier_kclient_check_transfer(device->client, transfer, /*is_in=*/true);
  // What has been read cannot be put back.
  if (!error &&
      fault_in_safe_writeable((char __user *)transfer->addr, transfer->length))
    error = -EFAULT;
  if (!error)
    error = open_window(&window, transfer->length, READ);
  if (error)
    return error;
  context = copier_kclient_begin_receive(device->client, &error);
  n = context ? run(transfer, &window.iter) : error;
  kfree(window.pages);
  if (context)
    return copier_kclient_receive(context, transfer, window.buffer, n);
  copier_os_buffer_put(window.buffer);
  return error;
}

static int transfer_out(struct copier_device *device,
                        struct copier_abi_transfer *transfer,
                        transfer_fn *run) {
  struct window window;
  ssize_t n;
  int error =
      copier_kclient_check_transfer(device->client, transfer, /*is_in=*/false);
  if (!error &&
      fault_in_readable((const char __user *)transfer->addr, transfer->length))
    error = -EFAULT;
  if (!error)
    error = open_window(&window, transfer->length, WRITE);
  if (error)
    return error;
  n = copier_kclient_gather(device->client, transfer, window.buffer);
  if (!n)
    n = run(transfer, &window.iter);
  kfree(window.pages);
  copier_os_buffer_put(window.buffer);
  transfer->result = n;
  return n < 0 ? n : 0;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

typedef ssize_t file_fn(struct file *file, struct iov_iter *iter, loff_t *pos);

static ssize_t read_file(struct file *file, struct iov_iter *iter,
                         loff_t *pos) {
  return vfs_iter_read(file, iter, pos, 0);
}

static ssize_t write_file(struct file *file, struct iov_iter *iter,
                          loff_t *pos) {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
  return vfs_iter_write(file, iter, pos, 0);
#else
  ssize_t n;
  // Newer kernels do this themselves: a frozen file system waits.
  file_start_write(file);
  n = vfs_iter_write(file, iter, pos, 0);
  file_end_write(file);
  return n;
#endif
}

/// At the file's own position, which moves.
static ssize_t at_position(struct file *file, struct iov_iter *iter,
                           file_fn *run) {
  loff_t none = 0;
  ssize_t n;
  if (file->f_mode & FMODE_STREAM)
    return run(file, iter, &none);
  mutex_lock(&file->f_pos_lock);
  n = run(file, iter, &file->f_pos);
  mutex_unlock(&file->f_pos_lock);
  return n;
}

static ssize_t with_file(const struct copier_abi_transfer *transfer,
                         struct iov_iter *iter, fmode_t anywhere,
                         file_fn *run) {
  struct file *file;
  loff_t offset = transfer->offset;
  ssize_t n;
  if (transfer->flags || offset < -1)
    return -EINVAL;
  file = fget(transfer->fd);
  if (!file)
    return -EBADF;
  if (offset == -1)
    n = at_position(file, iter, run);
  else
    n = file->f_mode & anywhere ? run(file, iter, &offset) : -ESPIPE;
  fput(file);
  return n;
}

static ssize_t read_once(const struct copier_abi_transfer *transfer,
                         struct iov_iter *iter) {
  return with_file(transfer, iter, FMODE_PREAD, read_file);
}

static ssize_t write_once(const struct copier_abi_transfer *transfer,
                          struct iov_iter *iter) {
  return with_file(transfer, iter, FMODE_PWRITE, write_file);
}

//===----------------------------------------------------------------------===//
// Sockets
//===----------------------------------------------------------------------===//

static ssize_t with_socket(const struct copier_abi_transfer *transfer,
                           struct iov_iter *iter, unsigned flags,
                           int (*run)(struct socket *socket,
                                      struct msghdr *message)) {
  struct msghdr message = {.msg_iter = *iter, .msg_flags = transfer->flags};
  struct socket *socket;
  int result;
  if ((transfer->flags & ~flags) || transfer->offset)
    return -EINVAL;
  socket = sockfd_lookup(transfer->fd, &result);
  if (!socket)
    return result;
  if (socket->file->f_flags & O_NONBLOCK)
    message.msg_flags |= MSG_DONTWAIT;
  result = run(socket, &message);
  sockfd_put(socket);
  return result;
}

static int receive(struct socket *socket, struct msghdr *message) {
  return sock_recvmsg(socket, message, message->msg_flags);
}

static ssize_t recv_once(const struct copier_abi_transfer *transfer,
                         struct iov_iter *iter) {
  return with_socket(transfer, iter, RECV_FLAGS, receive);
}

static ssize_t send_once(const struct copier_abi_transfer *transfer,
                         struct iov_iter *iter) {
  return with_socket(transfer, iter, SEND_FLAGS, sock_sendmsg);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

int copier_device_read(struct copier_device *device,
                       struct copier_abi_transfer *transfer) {
  return transfer_in(device, transfer, read_once);
}

int copier_device_write(struct copier_device *device,
                        struct copier_abi_transfer *transfer) {
  return transfer_out(device, transfer, write_once);
}

int copier_device_recv(struct copier_device *device,
                       struct copier_abi_transfer *transfer) {
  return transfer_in(device, transfer, recv_once);
}

int copier_device_send(struct copier_device *device,
                       struct copier_abi_transfer *transfer) {
  return transfer_out(device, transfer, send_once);
}
