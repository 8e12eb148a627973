//===- fairness.c - Shares of the service ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clients that always have work get the service in proportion to their shares.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 3, SIZE = 64 * 1024, SECONDS = 4 };

struct board {
  uint64_t bytes[CLIENTS];
  unsigned ready;
  unsigned begin;
  unsigned end;
};

/// Keeps its ring full, until the end; tells how much was copied between.
static void load(struct board *board, unsigned number, uint64_t shares) {
  struct client client;
  client_init(&client);
  client_set(&client, COPIER_ABI_OPT_SHARES, shares);
  char *memory = pages(2 * SIZE);
  struct copier_abi_slot slot = client_slot(memory + SIZE, memory, SIZE);
  uint64_t first = 0;
  bool has_begun = false;
  __atomic_fetch_add(&board->ready, 1, __ATOMIC_SEQ_CST);
  while (!__atomic_load_n(&board->end, __ATOMIC_RELAXED)) {
    if (client.ring->next - client.ring->taken < client.ring->slot_count)
      client_submit(&client, slot);
    else
      usleep(200);
    client_wake_if_needed(&client);
    if (!has_begun && __atomic_load_n(&board->begin, __ATOMIC_RELAXED)) {
      has_begun = true;
      first = client_stats(&client).counters.bytes;
    }
  }
  board->bytes[number] = client_stats(&client).counters.bytes - first;
}

static void run(struct board *board, const uint64_t shares[CLIENTS]) {
  pid_t children[CLIENTS];
  *board = (struct board){0};
  for (unsigned number = 0; number < CLIENTS; ++number) {
    children[number] = fork();
    if (!children[number]) {
      load(board, number, shares[number]);
      _exit(0);
    }
  }
  while (__atomic_load_n(&board->ready, __ATOMIC_SEQ_CST) < CLIENTS)
    usleep(1000);
  sleep(1);
  __atomic_store_n(&board->begin, 1, __ATOMIC_SEQ_CST);
  sleep(SECONDS);
  __atomic_store_n(&board->end, 1, __ATOMIC_SEQ_CST);
  for (unsigned number = 0; number < CLIENTS; ++number) {
    int status;
    expect(waitpid(children[number], &status, 0) == children[number]);
    expect_equal(status, 0);
  }
}

TEST_CASE(shares_divide_the_service, 180) {
  client_need(COPIER_ABI_FEATURE_SHARES, "shares");
  struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  expect(board != MAP_FAILED);
  static const uint64_t cases[][CLIENTS] = {
      {1024, 1024, 1024}, {1024, 2048, 4096}, {10240, 1024, 1024}};
  for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); ++index) {
    run(board, cases[index]);
    double total = 0, shares = 0;
    for (unsigned number = 0; number < CLIENTS; ++number) {
      total += (double)board->bytes[number];
      shares += (double)cases[index][number];
    }
    expect(total > 0);
    for (unsigned number = 0; number < CLIENTS; ++number) {
      double got = (double)board->bytes[number] / total;
      double due = (double)cases[index][number] / shares;
      printf("shares %llu: %.3f of the service, %.3f are due\n",
             (unsigned long long)cases[index][number], got, due);
      if (got < due * 0.8 - 0.02 || got > due * 1.2 + 0.02)
        fail("client %u of round %zu got %.3f instead of %.3f", number, index,
             got, due);
    }
  }
}
