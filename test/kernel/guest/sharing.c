//===- sharing.c - Copies from one process to another ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only through what the other one has exported and handed over as a file, in
// its limits; and only while it lives.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 128 * 1024 };

static int export_range(struct client *client, const void *addr, size_t size,
                        uint32_t flags) {
  struct copier_abi_export argument = {.size = sizeof(argument),
                                       .flags = flags,
                                       .addr = (uintptr_t)addr,
                                       .length = size};
  return client_call(client, COPIER_IOC_EXPORT, &argument);
}

static int attach(struct client *client, int fd) {
  struct copier_abi_attach argument = {.size = sizeof(argument), .fd = fd};
  return client_call(client, COPIER_IOC_ATTACH, &argument);
}

static int detach(struct client *client, int number) {
  struct copier_abi_attach argument = {.size = sizeof(argument), .fd = number};
  return client_call(client, COPIER_IOC_DETACH, &argument);
}

union control {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(int))];
};

static void send_file(int to, int file) {
  union control control = {0};
  struct iovec one = {(char[]){'f'}, 1};
  struct msghdr message = {.msg_iov = &one,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof(control)};
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
                                    .cmsg_level = SOL_SOCKET,
                                    .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(&control.header), &file, sizeof(int));
  expect(sendmsg(to, &message, 0) == 1);
}

static int receive_file(int from) {
  union control control;
  char byte;
  struct iovec one = {&byte, 1};
  struct msghdr message = {.msg_iov = &one,
                           .msg_iovlen = 1,
                           .msg_control = &control,
                           .msg_controllen = sizeof(control)};
  expect(recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1);
  int file;
  memcpy(&file, CMSG_DATA(&control.header), sizeof(int));
  return file;
}

/// A process that exports SIZE bytes at `memory`, which both have at the same
/// address, since one is the other's child; filled by it with seed 5.
struct exporter {
  pid_t pid;
  char *memory;
  int file;   ///< What it has handed over.
  int socket; ///< A byte to it: look whether `memory` is filled with seed 6.
};

static void run_exporter(int socket, char *memory, uint32_t flags) {
  struct client client;
  client_init(&client);
  fill(memory, SIZE, 5);
  int file = export_range(&client, memory, SIZE, flags);
  if (file < 0)
    fail("COPIER_IOC_EXPORT: %s", strerror(-file));
  send_file(socket, file);
  close(file);
  char byte;
  while (read(socket, &byte, 1) == 1) {
    byte = is_filled(memory, SIZE, 6);
    expect(write(socket, &byte, 1) == 1);
  }
  _exit(0);
}

static struct exporter start_exporter(uint32_t flags) {
  client_need(COPIER_ABI_FEATURE_EXPORT, "export");
  struct exporter exporter = {.memory = pages(SIZE)};
  int sockets[2];
  expect(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
  fflush(stdout);
  exporter.pid = fork();
  if (!exporter.pid) {
    close(sockets[0]);
    run_exporter(sockets[1], exporter.memory, flags);
  }
  close(sockets[1]);
  exporter.socket = sockets[0];
  exporter.file = receive_file(sockets[0]);
  return exporter;
}

static bool exporter_has_it(struct exporter *exporter) {
  char byte = 0;
  expect(write(exporter->socket, &byte, 1) == 1);
  expect(read(exporter->socket, &byte, 1) == 1);
  return byte;
}

static uint32_t copy_across(struct client *client, uint32_t descr,
                            struct copier_abi_slot slot, int dst_space,
                            int src_space) {
  slot.dst_space = (uint8_t)dst_space;
  slot.src_space = (uint8_t)src_space;
  client_submit_to(client, descr, slot);
  client_wake_if_needed(client);
  return client_wait(client, descr);
}

TEST_CASE(exported_memory_is_copied, 120) {
  struct exporter exporter =
      start_exporter(COPIER_ABI_EXPORT_READ | COPIER_ABI_EXPORT_WRITE);
  struct client client;
  client_init(&client);
  int space = attach(&client, exporter.file);
  expect(space >= 1);
  char *own = pages(SIZE);
  expect_equal(copy_across(&client, 0, client_slot(own, exporter.memory, SIZE),
                           0, space),
               COPIER_ABI_DONE);
  expect(is_filled(own, SIZE, 5));
  fill(own, SIZE, 6);
  expect(!exporter_has_it(&exporter));
  expect_equal(copy_across(&client, 0, client_slot(exporter.memory, own, SIZE),
                           space, 0),
               COPIER_ABI_DONE);
  expect(exporter_has_it(&exporter));
  // What this process has at that address is another thing.
  for (size_t at = 0; at < SIZE; ++at)
    expect(!exporter.memory[at]);
  // Both in the other one's: it may even be the same range of another space.
  expect_equal(copy_across(&client, 0,
                           client_slot(exporter.memory,
                                       exporter.memory + SIZE / 2, SIZE / 2),
                           space, space),
               COPIER_ABI_DONE);
  expect_equal(detach(&client, space), 0);
  expect_equal(copy_across(&client, 0, client_slot(own, exporter.memory, SIZE),
                           0, space),
               COPIER_ABI_REFUSED);
  expect_equal(client.descrs[0].error, EBADF);
}

TEST_CASE(exports_have_limits, 120) {
  struct exporter exporter = start_exporter(COPIER_ABI_EXPORT_READ);
  struct client client;
  client_init(&client);
  int space = attach(&client, exporter.file);
  expect(space >= 1);
  char *own = pages(SIZE), *memory = exporter.memory;
  const struct copier_abi_slot wrong[] = {
      client_slot(own, memory - 1, 10), client_slot(own, memory + SIZE - 9, 10),
      client_slot(own, memory + SIZE, 1), client_slot(own, NULL, 1),
      client_slot(own, client.ring, 64)};
  for (size_t index = 0; index < sizeof(wrong) / sizeof(wrong[0]); ++index) {
    expect_equal(copy_across(&client, 0, wrong[index], 0, space),
                 COPIER_ABI_REFUSED);
    expect_equal(client.descrs[0].error, EFAULT);
  }
  // To be read only.
  expect_equal(
      copy_across(&client, 0, client_slot(memory, own, SIZE), space, 0),
      COPIER_ABI_REFUSED);
  expect_equal(client.descrs[0].error, EFAULT);
  // A space is one client's.
  struct client other;
  client_init(&other);
  expect_equal(copy_across(&other, 0, client_slot(own, memory, 10), 0, space),
               COPIER_ABI_REFUSED);
}

TEST_CASE(exports_check_arguments, 120) {
  client_need(COPIER_ABI_FEATURE_EXPORT, "export");
  struct client client;
  client_init(&client);
  char *own = pages(SIZE);
  expect_equal(export_range(&client, own, SIZE, 0), -EINVAL);
  expect_equal(export_range(&client, own, SIZE, 4), -EINVAL);
  expect_equal(export_range(&client, own, 0, COPIER_ABI_EXPORT_READ), -EINVAL);
  expect_equal(export_range(&client, (void *)0xffff888000000000, SIZE,
                            COPIER_ABI_EXPORT_READ),
               -EINVAL);
  expect_equal(export_range(&client, own, SIZE_MAX, COPIER_ABI_EXPORT_READ),
               -EINVAL);
  // No file, no such file, the device itself, another kind of file.
  expect_equal(attach(&client, -1), -EBADF);
  expect_equal(attach(&client, 777), -EBADF);
  expect_equal(attach(&client, client.fd), -EBADF);
  expect_equal(attach(&client, open("/proc/self/mem", O_RDWR)), -EBADF);
  expect_equal(detach(&client, 1), -EBADF);
  expect_equal(detach(&client, 0), -EBADF);
  expect_equal(detach(&client, 1000), -EBADF);
  // As many as QUERY says, then no more.
  int file = export_range(&client, own, SIZE, COPIER_ABI_EXPORT_READ);
  expect(file >= 0);
  uint32_t most = client_query().max_spaces;
  for (uint32_t number = 0; number < most; ++number)
    expect(attach(&client, file) >= 1);
  expect_equal(attach(&client, file), -ENOSPC);
  expect_equal(detach(&client, 3), 0);
  expect_equal(attach(&client, file), 3);
}

/// The exporter is killed while copies of its memory are pending.
TEST_CASE(exporter_dies, 180) {
  for (unsigned round = 0; round < 6; ++round) {
    struct exporter exporter =
        start_exporter(COPIER_ABI_EXPORT_READ | COPIER_ABI_EXPORT_WRITE);
    struct client client;
    client_init(&client);
    int space = attach(&client, exporter.file);
    expect(space >= 1);
    close(exporter.file);
    char *own = pages(SIZE);
    for (uint32_t copy = 0; copy < 20; ++copy) {
      struct copier_abi_slot slot = client_slot(own, exporter.memory, SIZE);
      slot.src_space = (uint8_t)space;
      client_submit_to(&client, copy, slot);
    }
    client_wake_if_needed(&client);
    usleep(round * 2000);
    kill(exporter.pid, SIGKILL);
    expect(waitpid(exporter.pid, NULL, 0) == exporter.pid);
    for (uint32_t copy = 0; copy < 20; ++copy) {
      uint32_t status = client_wait(&client, copy);
      expect(status == COPIER_ABI_DONE || status == COPIER_ABI_FAULT);
      if (status == COPIER_ABI_FAULT)
        client_release(&client, client.descrs[copy].ticket,
                       client.descrs[copy].faulted);
    }
    // Nothing can be had from it any more.
    expect_equal(copy_across(&client, 0, client_slot(own, exporter.memory, 10),
                             0, space),
                 COPIER_ABI_FAULT);
    client_release(&client, client.descrs[0].ticket, 1);
    close(exporter.socket);
    client_close(&client);
    munmap(own, SIZE);
    munmap(exporter.memory, SIZE);
  }
}
