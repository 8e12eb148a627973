//===- transfers.c - read, write, recv and send with a descriptor ---------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// COPIER_IOC_READ and its like: what they give and take is what the plain calls
// would, whatever is pending.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_DESCR = 128 };

static int new_file(void) {
  int file = open("/tmp", O_RDWR | O_TMPFILE, 0600);
  if (file < 0)
    fail("no temporary file: %s", strerror(errno));
  return file;
}

/// Returns the result, or -errno.
static long transfer(struct client *client, unsigned long call,
                     struct copier_abi_transfer argument) {
  argument.size = sizeof(argument);
  if (argument.descr != COPIER_ABI_NONE)
    client->descrs[argument.descr] = (struct copier_abi_descr){0};
  int error = client_call(client, call, &argument);
  return error < 0 ? error : (long)argument.result;
}

static long read_at(struct client *client, int file, void *to, size_t size,
                    long offset, uint32_t descr, uint32_t flags) {
  return transfer(client, COPIER_IOC_READ,
                  (struct copier_abi_transfer){.fd = file,
                                               .addr = (uintptr_t)to,
                                               .length = size,
                                               .offset = offset,
                                               .descr = descr,
                                               .task_flags = flags});
}

static long write_at(struct client *client, int file, const void *from,
                     size_t size, long offset) {
  return transfer(client, COPIER_IOC_WRITE,
                  (struct copier_abi_transfer){.fd = file,
                                               .addr = (uintptr_t)from,
                                               .length = size,
                                               .offset = offset,
                                               .descr = COPIER_ABI_NONE});
}

TEST_CASE(read_is_of_the_time_of_the_call, 60) {
  enum { SIZE = 300000 };
  struct client client;
  client_init(&client);
  client_need(COPIER_ABI_FEATURE_READ, "READ");
  int file = new_file();
  char *data = pages(SIZE), *first = pages(SIZE), *second = pages(SIZE);
  fill(data, SIZE, 5);
  expect_equal(write(file, data, SIZE), SIZE);
  expect_equal(read_at(&client, file, first, SIZE, 0, READ_DESCR, 0), SIZE);
  uint32_t descr = client_copy(&client, second, first, SIZE);
  memset(data, 0, SIZE);
  expect_equal(pwrite(file, data, SIZE, 0), SIZE);
  client_sync(&client, second, SIZE);
  expect(is_filled(first, SIZE, 5));
  expect(is_filled(second, SIZE, 5));
  expect_equal(client_status(&client, READ_DESCR), COPIER_ABI_DONE);
  expect_equal(client_status(&client, descr), COPIER_ABI_DONE);
  expect_equal(client.descrs[READ_DESCR].bytes_done, SIZE);
  client_close(&client);
}

TEST_CASE(read_moves_the_position, 60) {
  struct client client;
  client_init(&client);
  client_need(COPIER_ABI_FEATURE_READ, "READ");
  int file = new_file();
  char *data = pages(2 * PAGE), *to = pages(2 * PAGE);
  fill(data, 2 * PAGE, 6);
  expect_equal(write(file, data, 2 * PAGE), 2 * PAGE);
  lseek(file, PAGE, SEEK_SET);
  expect_equal(read_at(&client, file, to, 2 * PAGE, -1, READ_DESCR, 0), PAGE);
  expect_equal(lseek(file, 0, SEEK_CUR), 2 * PAGE);
  client_sync(&client, to, PAGE);
  expect(!memcmp(to, data + PAGE, PAGE));
  expect_equal(read_at(&client, file, to, PAGE, -1, READ_DESCR, 0), 0);
  client_close(&client);
}

TEST_CASE(transfer_errors_are_those_of_the_call, 60) {
  struct client client;
  client_init(&client);
  client_need(COPIER_ABI_FEATURE_READ, "READ");
  int file = new_file();
  char *to = pages(PAGE);
  expect_equal(read_at(&client, file, NULL, PAGE, 0, 0, 0), -EFAULT);
  expect_equal(read_at(&client, 999, to, PAGE, 0, 0, 0), -EBADF);
  expect_equal(read_at(&client, file, to, 0, 0, 0, 0), -EINVAL);
  expect_equal(read_at(&client, file, to, PAGE, -2, 0, 0), -EINVAL);
  expect_equal(read_at(&client, file, client.ring, PAGE, 0, 0, 0), -EFAULT);
  int ends[2];
  expect_equal(pipe(ends), 0);
  expect_equal(read_at(&client, ends[1], to, PAGE, -1, 0, 0), -EBADF);
  expect_equal(read_at(&client, ends[0], to, PAGE, 0, 0, 0), -ESPIPE);
  expect_equal(write_at(&client, ends[1], "pipe", 4, -1), 4);
  expect_equal(read_at(&client, ends[0], to, PAGE, -1, 0, 0), 4);
  client_sync(&client, to, 4);
  expect(!memcmp(to, "pipe", 4));
  client_close(&client);
}

TEST_CASE(write_reads_through_a_lazy_copy, 60) {
  enum { SIZE = 500000 };
  struct client client;
  client_init(&client);
  client_need(COPIER_ABI_FEATURE_READ | COPIER_ABI_FEATURE_LAZY, "READ");
  client_set(&client, COPIER_ABI_OPT_LAZY_PERIOD, 1ULL << 40);
  int file = new_file();
  char *from = pages(SIZE), *between = pages(SIZE), *got = pages(SIZE);
  fill(from, SIZE, 11);
  struct copier_abi_slot slot = client_slot(between, from, SIZE);
  slot.flags = COPIER_ABI_TASK_LAZY;
  client_submit_to(&client, 1, slot);
  expect_equal(write_at(&client, file, between, SIZE, 7), SIZE);
  expect_equal(client_status(&client, 1), COPIER_ABI_PENDING);
  expect_equal(between[99], 0);
  expect_equal(pread(file, got, SIZE, 7), SIZE);
  expect(is_filled(got, SIZE, 11));
  expect_equal(client_abort(&client, between, SIZE).status, COPIER_ABI_DONE);
  expect_equal(client_stats(&client).pending, 0);
  client_close(&client);
}

TEST_CASE(received_message_is_sent_on, 90) {
  enum { SIZE = 60000 };
  struct client client;
  client_init(&client);
  client_need(COPIER_ABI_FEATURE_RECV, "RECV");
  int ends[2];
  expect_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  char *message = pages(SIZE), *buffer = pages(SIZE), *got = pages(SIZE);
  for (unsigned round = 0; round != 20; ++round) {
    fill(message, SIZE, round);
    expect_equal(send(ends[0], message, SIZE, 0), SIZE);
    uint32_t descr = 0;
    for (long have = 0, n; have != SIZE; have += n) {
      n = transfer(&client, COPIER_IOC_RECV,
                   (struct copier_abi_transfer){
                       .fd = ends[1],
                       .addr = (uintptr_t)(buffer + have),
                       .length = (size_t)(SIZE - have),
                       .descr = descr++,
                       .task_flags = round % 2 ? COPIER_ABI_TASK_LAZY : 0});
      expect(n > 0);
    }
    expect_equal(
        transfer(&client, COPIER_IOC_SEND,
                 (struct copier_abi_transfer){.fd = ends[1],
                                              .addr = (uintptr_t)buffer,
                                              .length = SIZE,
                                              .descr = COPIER_ABI_NONE}),
        SIZE);
    expect_equal(recv(ends[0], got, SIZE, MSG_WAITALL), SIZE);
    expect(is_filled(got, SIZE, round));
    client_sync(&client, buffer, SIZE);
    expect(is_filled(buffer, SIZE, round));
  }
  expect(client_stats(&client).counters.absorbed != 0);
  client_close(&client);
}

/// A call that cannot have a task used to find out when it had read.
TEST_CASE(what_cannot_be_taken_is_not_received, 60) {
  struct client client;
  client_init(&client);
  client_need(COPIER_ABI_FEATURE_RECV, "RECV");
  int ends[2];
  char *to = pages(PAGE);
  expect_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  expect_equal(send(ends[0], "message", 7, 0), 7);
  struct copier_abi_transfer message = {
      .fd = ends[1], .addr = (uintptr_t)to, .length = PAGE};
  // As another thread would that does not get on to fill its slot.
  __atomic_fetch_add(&client.ring->next, 1, __ATOMIC_RELAXED);
  expect_equal(transfer(&client, COPIER_IOC_RECV, message), -EAGAIN);
  expect_equal(recv(ends[1], to, PAGE, MSG_DONTWAIT), 7);
  expect(!memcmp(to, "message", 7));
  client_close(&client);
}

//===----------------------------------------------------------------------===//
// Random programs
//===----------------------------------------------------------------------===//

enum { MEMORY = 1 << 17 };

struct program {
  struct client client;
  struct random random;
  int file;
  char *memory;
  char model[MEMORY];
  char bytes[MEMORY];
};

static void step_read(struct program *program, size_t at, size_t n) {
  uint32_t descr = READ_DESCR + (uint32_t)random_below(&program->random, 100);
  uint32_t flags = random_below(&program->random, 2) ? COPIER_ABI_TASK_LAZY : 0;
  fill(program->bytes, n, random_next(&program->random));
  expect_equal(pwrite(program->file, program->bytes, n, 0), n);
  expect_equal(read_at(&program->client, program->file, program->memory + at, n,
                       0, descr, flags),
               n);
  memcpy(program->model + at, program->bytes, n);
}

static void step_write(struct program *program, size_t at, size_t n) {
  expect_equal(
      write_at(&program->client, program->file, program->memory + at, n, 0), n);
  expect_equal(pread(program->file, program->bytes, n, 0), n);
  expect(!memcmp(program->bytes, program->model + at, n));
}

static void step_copy(struct program *program, size_t to, size_t from,
                      size_t n) {
  if (from < to + n && to < from + n)
    return;
  struct copier_abi_slot slot =
      client_slot(program->memory + to, program->memory + from, n);
  slot.flags = random_below(&program->random, 3) ? 0 : COPIER_ABI_TASK_LAZY;
  client_submit(&program->client, slot);
  client_wake_if_needed(&program->client);
  memcpy(program->model + to, program->model + from, n);
}

static void step(struct program *program) {
  struct random *random = &program->random;
  size_t n = 1 + random_below(random, 1 << random_below(random, 16));
  size_t from = random_below(random, MEMORY - n);
  size_t to = random_below(random, MEMORY - n);
  switch (random_below(random, 6)) {
  case 0:
    return step_read(program, to, n);
  case 1:
    return step_write(program, from, n);
  case 2:
    client_sync(&program->client, program->memory + from, n);
    expect(!memcmp(program->memory + from, program->model + from, n));
    program->memory[from] = program->model[from] = (char)random_next(random);
    return;
  default:
    return step_copy(program, to, from, n);
  }
}

/// Also: a write used to see too little of what was pending before it where
/// more than a dozen reads were.
TEST_CASE(transfers_between_random_copies, 120) {
  static struct program program;
  client_init(&program.client);
  client_need(COPIER_ABI_FEATURE_READ, "READ");
  program.random.state = 77;
  program.file = new_file();
  program.memory = pages(MEMORY);
  fill(program.memory, MEMORY, 1);
  memcpy(program.model, program.memory, MEMORY);
  for (unsigned i = 0; i != 1500; ++i)
    step(&program);
  client_sync_all(&program.client);
  expect(!memcmp(program.memory, program.model, MEMORY));
  client_close(&program.client);
}
