//===- userfault.c - Memory whose faults the program resolves -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With userfaultfd a page fault of the service lasts as long as the client
// likes.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// Registers memory, of which no page is there; returns the descriptor by which
/// its faults are resolved.
static int register_memory(void *memory, size_t size) {
  int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    skip("no userfaultfd: %s", strerror(errno));
  struct uffdio_api api = {.api = UFFD_API};
  struct uffdio_register range = {.range = {(uintptr_t)memory, size},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
    fail("cannot register memory: %s", strerror(errno));
  return fd;
}

static void resolve(int fd, void *to, const void *from, size_t size) {
  struct uffdio_copy copy = {
      .dst = (uintptr_t)to, .src = (uintptr_t)from, .len = size};
  if (ioctl(fd, UFFDIO_COPY, &copy))
    fail("cannot resolve a fault: %s", strerror(errno));
}

/// Has the worker begun a page fault? Then it is told of one.
static bool is_faulting(void *argument) {
  struct uffd_msg message;
  return read(*(int *)argument, &message, sizeof(message)) == sizeof(message);
}

TEST_CASE(sync_needs_no_fault_of_another_segment, 60) {
  struct client client;
  client_init(&client);
  char *from = pages(3 * PAGE), *to = pages(3 * PAGE), *bytes = pages(3 * PAGE);
  fill(bytes, 3 * PAGE, 3);
  int fd = register_memory(from, 3 * PAGE);
  resolve(fd, from, bytes, PAGE);
  memset(to, 0, 3 * PAGE);
  struct copier_abi_slot slot = client_slot(to, from, 3 * PAGE);
  slot.segment_shift = 12;
  client_submit_to(&client, 0, slot);
  client_wake_if_needed(&client);
  expect(wait_until(is_faulting, &fd, 20));
  // This thread is the one to resolve it.
  client_sync(&client, to, PAGE);
  expect(!memcmp(to, bytes, PAGE));
  resolve(fd, from + PAGE, bytes + PAGE, 2 * PAGE);
  client_sync(&client, to, 3 * PAGE);
  expect(is_filled(to, 3 * PAGE, 3));
  close(fd);
  client_close(&client);
}

/// A fault that nobody resolves.
static void hang(void *in_call) {
  struct client client;
  client_init(&client);
  char *from = pages(PAGE), *to = pages(PAGE);
  int fd = register_memory(from, PAGE);
  client_copy(&client, to, from, PAGE);
  client_wake_if_needed(&client);
  if (!wait_until(is_faulting, &fd, 20))
    _exit(1);
  if (!in_call)
    raise(SIGKILL);
  alarm(2); // Which ends the process.
  client_sync(&client, to, PAGE);
}

TEST_CASE(client_ends_while_its_worker_faults, 90) {
  int status = in_child(hang, NULL);
  expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST_CASE(client_ends_while_it_faults_itself, 90) {
  int in_call = 1;
  int status = in_child(hang, &in_call);
  expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}

static void *sync_all(void *argument) {
  struct copier_abi_range range = {.size = sizeof(range),
                                   .flags = COPIER_ABI_SYNC_ALL};
  return (void *)(intptr_t)client_call(argument, COPIER_IOC_SYNC, &range);
}

/// A csync whose client another thread ended in the middle of it, with pages
/// left that were not present, went on without end.
TEST_CASE(rings_unmapped_while_a_call_faults, 60) {
  struct client client;
  client_init(&client);
  client_set(&client, COPIER_ABI_OPT_POLLING, COPIER_ABI_POLLING_SCENARIO);
  char *from = pages(3 * PAGE), *to = pages(3 * PAGE);
  int fd = register_memory(from, 3 * PAGE);
  struct copier_abi_slot slot = client_slot(to, from, 3 * PAGE);
  slot.segment_shift = 12;
  client_submit_to(&client, 0, slot);
  pthread_t thread;
  expect(!pthread_create(&thread, NULL, sync_all, &client));
  expect(wait_until(is_faulting, &fd, 20));
  expect(!munmap(client.ring, client.map_size));
  resolve(fd, from, to + PAGE, PAGE);
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += 20;
  void *result;
  expect(!pthread_timedjoin_np(thread, &result, &end));
  expect_equal((intptr_t)result, -ENODEV);
  close(fd);
}

/// The fault of one client keeps no other one waiting.
TEST_CASE(fault_of_a_client_is_its_own, 90) {
  struct client client;
  pid_t child = fork();
  if (!child) {
    int in_call = 1;
    hang(&in_call);
  }
  usleep(500000);
  client_init(&client);
  char *from = pages(PAGE), *to = pages(PAGE);
  for (unsigned round = 0; round != 20; ++round) {
    fill(from, PAGE, round);
    uint32_t descr = client_copy(&client, to, from, PAGE);
    expect_equal(client_wait(&client, descr), COPIER_ABI_DONE);
    expect(is_filled(to, PAGE, round));
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  client_close(&client);
}
