//===- tracing.c - Tracepoints --------------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What copier.ko tells to tracers.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include "machine.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define TRACING "/sys/kernel/debug/tracing"

static char text[1 << 16];

static void read_trace(void) {
  int file = open(TRACING "/trace", O_RDONLY);
  expect(file >= 0);
  size_t length = 0;
  for (ssize_t n; (n = read(file, text + length, sizeof(text) - 1 - length));) {
    expect(n > 0);
    length += (size_t)n;
  }
  text[length] = 0;
  close(file);
}

/// Is there a line with both?
static bool has_line(const char *event, const char *words) {
  for (char *at = text; (at = strstr(at, event)); ++at) {
    char *end = strchr(at, '\n');
    char *found = strstr(at, words);
    if (found && (!end || found < end))
      return true;
  }
  return false;
}

TEST_CASE(tracers_are_told, 60) {
  struct client client;
  client_init(&client);
  if (write_text(TRACING "/events/copier/enable", "1"))
    skip("this kernel has no tracing");
  char *from = pages(PAGE), *to = pages(PAGE);
  struct copier_abi_slot slot = client_slot(to, from, PAGE);
  slot.segment_shift = 12;
  client_submit(&client, slot);
  client_sync(&client, to, PAGE);
  slot.src = 0;
  uint64_t ticket = client_submit(&client, slot);
  client_sync_flags(&client, to, PAGE, 0);
  client_release(&client, ticket + 1, 1);
  write_text(TRACING "/events/copier/enable", "0");
  read_trace();
  printf("%.2000s", text);
  expect(has_line("copier_take:", "ticket=0 "));
  expect(has_line("copier_take:", "size=4096 error=0"));
  expect(has_line("copier_copy:", "bytes=4096 by="));
  expect(has_line("copier_fault:", "ticket=1 addr=0x0 error=14"));
  client_close(&client);
}
