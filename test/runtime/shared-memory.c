//===- shared-memory.c - Two processes copy into shared memory ------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The producer copies into shared memory and passes a message, without a csync;
// the consumer csyncs piece by piece while the copy goes on, and copies on from
// there into memory that the producer csyncs. The consumer is a fork, and a
// program of its own; it has the memory at other addresses.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t fork | FileCheck %s
// RUN: %run-backends %t exec | FileCheck %s
// RUN: env COPIER_MIN_SIZE=5000 %run-backends %t exec | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "Inputs/expect.h"
#include "Inputs/shared.h"

#include <sys/wait.h>

enum { SIZE = 1 << 20, ROUNDS = 8 };
static char source[SIZE], copy[SIZE];

/// The two buffers, one for each direction, and the pipes likewise.
struct channel {
  struct shared there, back;
  int to_consumer[2], to_producer[2];
};

static int consume(struct channel *channel) {
  for (unsigned round = 0; round != ROUNDS; ++round) {
    EXPECT(await_turn(channel->to_consumer[0]));
    for (size_t at = 0; at != SIZE; at += SIZE / 64) {
      csync(channel->there.data + at, SIZE / 64);
      EXPECT(is_filled_at(channel->there.data + at, at, SIZE / 64, round));
    }
    amemcpy(channel->back.data, channel->there.data, SIZE);
    EXPECT(pass_turn(channel->to_producer[1]));
  }
  // A chain within the consumer: the first copy's source is not ready.
  EXPECT(await_turn(channel->to_consumer[0]));
  amemcpy(copy, channel->there.data, SIZE);
  amemcpy(channel->back.data, copy, SIZE);
  EXPECT(pass_turn(channel->to_producer[1]));
  csync(copy, SIZE);
  EXPECT(is_filled(copy, SIZE, 99));
  csync_all();
  return failures != 0;
}

static void produce(struct channel *channel) {
  errno = 42;
  for (unsigned round = 0; round != ROUNDS; ++round) {
    fill(source, SIZE, round);
    for (size_t at = 0; at != SIZE; at += SIZE / 8)
      amemcpy(channel->there.data + at, source + at, SIZE / 8);
    EXPECT(pass_turn(channel->to_consumer[1]));
    EXPECT(await_turn(channel->to_producer[0]));
    csync(channel->back.data, SIZE);
    EXPECT(is_filled(channel->back.data, SIZE, round));
    csync(source, SIZE);
  }
  fill(source, SIZE, 99);
  amemmove(channel->there.data, source, SIZE);
  EXPECT(pass_turn(channel->to_consumer[1]));
  EXPECT(await_turn(channel->to_producer[0]));
  amemcpy(copy, channel->back.data, SIZE);
  csync(copy, SIZE);
  EXPECT(is_filled(copy, SIZE, 99));
  EXPECT(errno == 42);
}

static int bind_both(struct channel *channel) {
  return shared_bind(&channel->there, SIZE) == 0 &&
         shared_bind(&channel->back, SIZE) == 0;
}

/// The child of fork has its parent's bindings; it ends them and maps the
/// memory elsewhere.
static int consume_forked(struct channel channel) {
  struct shared *both[] = {&channel.there, &channel.back};
  for (int i = 0; i != 2; ++i) {
    struct shared old = *both[i];
    EXPECT(shm_descr_bind(old.data, 0, NULL, 0) == 0);
    EXPECT(shared_map(both[i], SIZE) == 0);
    EXPECT(old.data != both[i]->data);
    shared_unmap(&old, SIZE);
  }
  EXPECT(bind_both(&channel));
  return consume(&channel);
}

/// This program again, as the consumer; \p numbers are its file descriptors.
static int consume_executed(char **numbers) {
  struct channel channel = {.there.fd = atoi(numbers[0]),
                            .back.fd = atoi(numbers[1]),
                            .to_consumer[0] = atoi(numbers[2]),
                            .to_producer[1] = atoi(numbers[3])};
  EXPECT(shared_map(&channel.there, SIZE) == 0);
  EXPECT(shared_map(&channel.back, SIZE) == 0);
  EXPECT(bind_both(&channel));
  return consume(&channel);
}

static void execute(char *program, const struct channel *channel) {
  char numbers[4][12];
  snprintf(numbers[0], 12, "%d", channel->there.fd);
  snprintf(numbers[1], 12, "%d", channel->back.fd);
  snprintf(numbers[2], 12, "%d", channel->to_consumer[0]);
  snprintf(numbers[3], 12, "%d", channel->to_producer[1]);
  execl(program, program, numbers[0], numbers[1], numbers[2], numbers[3],
        (char *)NULL);
  _exit(9);
}

int main(int argc, char **argv) {
  if (argc == 5)
    return consume_executed(argv + 1);
  struct channel channel;
  EXPECT(shared_create(&channel.there, SIZE) == 0);
  EXPECT(shared_create(&channel.back, SIZE) == 0);
  EXPECT(bind_both(&channel));
  EXPECT(pipe(channel.to_consumer) == 0 && pipe(channel.to_producer) == 0);
  pid_t child = fork();
  if (child == 0) {
    close(channel.to_consumer[1]);
    close(channel.to_producer[0]);
  }
  if (child == 0 && strcmp(argv[1], "exec") == 0)
    execute(argv[0], &channel);
  if (child == 0)
    _exit(consume_forked(channel));
  // A consumer that dies ends the test.
  close(channel.to_producer[1]);
  close(channel.to_consumer[0]);
  produce(&channel);
  int status;
  EXPECT(waitpid(child, &status, 0) == child && status == 0);
  return finish();
}
