//===- transfers-pend.c - What is received is pending, and never lost -----===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With a service that copies only in csync, and under the adversary, a buffer is
// not what was received until its csync, and a source not to be written. If it
// is unmapped before, or cannot be written for no reason, nobody goes on as if it
// had been.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: env FAKE_COPIER=idle %run-backends --only=kernel,adversary:never %t | FileCheck %s
// RUN: env FAKE_COPIER=idle %run-backends --only=kernel %t unmap | FileCheck %s
// CHECK: 0 failures
//
// RUN: env FAKE_COPIER=bad LD_PRELOAD=%fake-device COPIER_BACKEND=kernel COPIER_MIN_SIZE=1 not --crash %t 2>&1 | FileCheck %s --check-prefix=LOST
// LOST: libcopier: kernel: the service has lost 4096 bytes that it had received for 0x
//
// RUN: env COPIER_BACKEND=adversary:never not --crash %t write-source 2>&1 | FileCheck %s --check-prefix=SOURCE
// SOURCE: the source of a pending copy was written without a csync before
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"
#include <copier.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { SIZE = 3 * 4096 };

static char data[SIZE];
static char *buffer;
static sigjmp_buf jump;
static char *fault_address;

static void jump_out(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  fault_address = info->si_addr;
  siglongjmp(jump, 1);
}

/// Is byte \p i of the buffer what it was, or what the adversary has it be?
static int is_untouched(size_t i) {
  char byte = ((volatile char *)buffer)[i];
  return byte == 0 || byte == (char)0xC5;
}

static void receive_into_unmapped(int fd) {
  EXPECT(copier_recv(fd, buffer, SIZE, 0) == SIZE);
  munmap(buffer + 4096, 4096);
  struct sigaction action = {.sa_sigaction = jump_out, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  if (!sigsetjmp(jump, 1)) {
    csync(buffer, SIZE);
    EXPECT(!"reached");
  }
  EXPECT(fault_address == buffer + 4096);
  csync_all();
  EXPECT(is_filled(buffer, 4096, 2));
  EXPECT(is_filled_at(buffer + 8192, 8192, 4096, 2));
}

static void receive(int fd) {
  EXPECT(copier_recv(fd, buffer, SIZE, 0) == SIZE);
  EXPECT(is_untouched(1) && is_untouched(SIZE - 1));
  csync(buffer + 5000, 1);
  EXPECT(buffer[5000] == byte_of(5000, 2));
  csync(buffer, SIZE);
  EXPECT(is_filled(buffer, SIZE, 2));
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  int ends[2];
  buffer = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
  fill(data, SIZE, 2);
  EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  EXPECT(copier_send(ends[0], data, SIZE, 0) == SIZE);
  if (strcmp(what, "write-source") == 0)
    data[100] ^= 1;
  csync(data, SIZE);
  if (strcmp(what, "unmap") == 0)
    receive_into_unmapped(ends[1]);
  else
    receive(ends[1]);
  return finish();
}
