//===- injection.c - Allocations that fail --------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For the kernel of tools/check --kernel-debug, which can make allocations of a
// process fail. Each call then works or says ENOMEM; what it has begun is undone.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include "machine.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEBUGFS "/sys/kernel/debug/"

/// Each takes a second on the kernel with checkers.
#define LIVES 40U

/// Whatever fails must fail for want of memory. No message: the process that
/// is without memory cannot be relied on to write it.
static bool is_expected(int result) {
  return result >= 0 || errno == ENOMEM || errno == EAGAIN;
}

enum { NOTHING_FAILED = 0, SOMETHING_FAILED = 3, WRONG_ERROR = 4 };

/// A client's life, on each step of which an allocation may fail.
static void live(void *argument) {
  char *memory = argument;
  if (write_text("/proc/self/make-it-fail", "1"))
    _exit(WRONG_ERROR);
  int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
  if (fd < 0)
    _exit(errno == ENOMEM || errno == ENFILE ? SOMETHING_FAILED : WRONG_ERROR);
  struct copier_abi_create create = {.size = sizeof(create),
                                     .slots = 64,
                                     .descrs = 64,
                                     .syncs = 4,
                                     .handlers = 4};
  if (ioctl(fd, COPIER_IOC_CREATE, &create))
    _exit(is_expected(-1) ? SOMETHING_FAILED : WRONG_ERROR);
  char *map =
      mmap(NULL, create.map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED)
    _exit(is_expected(-1) ? SOMETHING_FAILED : WRONG_ERROR);
  struct client client = {.fd = fd, .map_size = create.map_size};
  client.ring = (struct copier_abi_ring *)map;
  client.slots = (struct copier_abi_slot *)(map + client.ring->slots_offset);
  bool has_failed = false;
  for (unsigned copy = 0; copy < 20; ++copy) {
    client_submit(&client, client_slot(memory + 64 * PAGE, memory, 64 * PAGE));
    struct copier_abi_range range = {.size = sizeof(range),
                                     .flags = COPIER_ABI_SYNC_ALL};
    int result = ioctl(fd, COPIER_IOC_SYNC, &range);
    if (!is_expected(result))
      _exit(WRONG_ERROR);
    has_failed |= result < 0;
    struct copier_abi_export export = {.size = sizeof(export),
                                       .flags = COPIER_ABI_EXPORT_READ,
                                       .addr = (uintptr_t)memory,
                                       .length = PAGE};
    int file = ioctl(fd, COPIER_IOC_EXPORT, &export);
    if (!is_expected(file) && errno != ENOTTY && errno != ENFILE)
      _exit(WRONG_ERROR);
    has_failed |= file < 0;
    if (file >= 0)
      close(file);
  }
  _exit(has_failed ? SOMETHING_FAILED : NOTHING_FAILED);
}

static void inject(const char *kind, const char *probability) {
  static const char *const settings[][2] = {
      {"task-filter", "Y"}, {"interval", "1"},        {"times", "-1"},
      {"verbose", "0"},     {"ignore-gfp-wait", "N"}, {"min-order", "0"},
      {"probability", NULL}};
  for (size_t index = 0; index < sizeof(settings) / sizeof(settings[0]);
       ++index) {
    char path[100];
    snprintf(path, sizeof(path), DEBUGFS "%s/%s", kind, settings[index][0]);
    const char *value = settings[index][1];
    // Only fail_page_alloc has a min-order.
    if (write_text(path, value ? value : probability) && !value)
      skip("this kernel cannot make allocations fail");
  }
}

static void fail_allocations(const char *kind, const char *probability) {
  client_query();
  inject(kind, probability);
  char *memory = pages(128 * PAGE);
  memset(memory, 1, 128 * PAGE);
  unsigned failed = 0;
  for (unsigned round = 0; round < LIVES; ++round) {
    int status = in_child(live, memory);
    expect(WIFEXITED(status));
    int code = WEXITSTATUS(status);
    if (code == WRONG_ERROR)
      fail("round %u: an error that is not ENOMEM", round);
    failed += code == SOMETHING_FAILED;
  }
  inject(kind, "0");
  printf("%s: something failed in %u of %u lives\n", kind, failed, LIVES);
  expect(failed > 0);
}

TEST_CASE(debug_slab_allocations_fail, 120) {
  fail_allocations("failslab", "5");
}

TEST_CASE(debug_page_allocations_fail, 120) {
  fail_allocations("fail_page_alloc", "2");
}
