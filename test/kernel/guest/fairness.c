//===- fairness.c - Shares of the service ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clients that have work get the service in proportion to their shares. All have
// submitted everything before the first copy, so that how busy the processors
// are makes no difference; what counts is what they have got when the first one
// is done.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include "machine.h"
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT "/sys/kernel/debug/copier/clients"

enum { CLIENTS = 3, TASKS = 200, SIZE = 1 << 20 };

struct board {
  unsigned ready;
  unsigned begin;
};

static void load(struct board *board, uint64_t shares) {
  struct client client;
  client_init(&client);
  client_set(&client, COPIER_ABI_OPT_SHARES, shares);
  client_set(&client, COPIER_ABI_OPT_POLLING, COPIER_ABI_POLLING_SCENARIO);
  char *memory = pages(2 * SIZE);
  memset(memory, 1, 2 * SIZE);
  // Until it is told what scenario mode is, the worker may be awake.
  sleep(1);
  struct copier_abi_slot slot = client_slot(memory + SIZE, memory, SIZE);
  for (unsigned task = 0; task < TASKS; ++task)
    client_submit(&client, slot);
  __atomic_fetch_add(&board->ready, 1, __ATOMIC_SEQ_CST);
  while (!__atomic_load_n(&board->begin, __ATOMIC_SEQ_CST))
    usleep(500);
  expect_equal(client_call(&client, COPIER_IOC_WAKE, NULL), 0);
  for (;;)
    pause();
}

/// What the client of the process `pid` has got, as all may read who are root.
static uint64_t bytes_of(const char *report, pid_t pid) {
  char word[32];
  snprintf(word, sizeof(word), " pid=%d ", pid);
  const char *line = strstr(report, word);
  if (!line)
    fail("no client of process %d in " REPORT, pid);
  const char *bytes = strstr(line, " bytes=");
  expect(bytes);
  return strtoull(bytes + strlen(" bytes="), NULL, 10);
}

static void read_report(const pid_t *children, uint64_t *bytes) {
  char report[8192];
  FILE *file = fopen(REPORT, "re");
  if (!file)
    skip("there is no " REPORT);
  size_t got = fread(report, 1, sizeof(report) - 1, file);
  fclose(file);
  report[got] = '\0';
  for (unsigned number = 0; number < CLIENTS; ++number)
    bytes[number] = bytes_of(report, children[number]);
}

static uint64_t least(const uint64_t *bytes) {
  uint64_t found = bytes[0];
  for (unsigned number = 1; number < CLIENTS; ++number)
    found = bytes[number] < found ? bytes[number] : found;
  return found;
}

static uint64_t most(const uint64_t *bytes) {
  uint64_t found = bytes[0];
  for (unsigned number = 1; number < CLIENTS; ++number)
    found = bytes[number] > found ? bytes[number] : found;
  return found;
}

/// How much each gets from when all are at it until one has all that it wants.
static void run(struct board *board, const uint64_t shares[CLIENTS],
                uint64_t got[CLIENTS]) {
  pid_t children[CLIENTS];
  *board = (struct board){0};
  fflush(stdout);
  for (unsigned number = 0; number < CLIENTS; ++number) {
    children[number] = fork();
    if (!children[number])
      load(board, shares[number]);
  }
  while (__atomic_load_n(&board->ready, __ATOMIC_SEQ_CST) < CLIENTS)
    usleep(1000);
  __atomic_store_n(&board->begin, 1, __ATOMIC_SEQ_CST);
  uint64_t first[CLIENTS] = {0}, last[CLIENTS] = {0};
  while (!least(first) && most(first) < (uint64_t)TASKS * SIZE) {
    read_report(children, first);
    usleep(200);
  }
  do {
    memcpy(got, last, sizeof(last));
    read_report(children, last);
    usleep(200);
  } while (most(last) < (uint64_t)TASKS * SIZE);
  // The look before the last one: then all had work.
  for (unsigned number = 0; number < CLIENTS; ++number) {
    got[number] -= got[number] < first[number] ? got[number] : first[number];
    kill(children[number], SIGKILL);
    expect(waitpid(children[number], NULL, 0) == children[number]);
  }
}

TEST_CASE(shares_divide_the_service, 180) {
  client_need(COPIER_ABI_FEATURE_SHARES, "shares");
  client_need(COPIER_ABI_FEATURE_SCENARIO, "scenario mode");
  struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  expect(board != MAP_FAILED);
  static const uint64_t cases[][CLIENTS] = {
      {1024, 1024, 1024}, {1024, 2048, 4096}, {10240, 1024, 1024}};
  for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); ++index) {
    uint64_t bytes[CLIENTS];
    run(board, cases[index], bytes);
    double total = 0, shares = 0;
    for (unsigned number = 0; number < CLIENTS; ++number) {
      total += (double)bytes[number];
      shares += (double)cases[index][number];
    }
    if (total < 20 * SIZE)
      fail("round %zu: only %.0f bytes between two looks", index, total);
    for (unsigned number = 0; number < CLIENTS; ++number) {
      double got = (double)bytes[number] / total;
      double due = (double)cases[index][number] / shares;
      printf("shares %llu: %.3f of the service, %.3f are due\n",
             (unsigned long long)cases[index][number], got, due);
      if (got < due * 0.8 - 0.02 || got > due * 1.2 + 0.02)
        fail("client %u of round %zu got %.3f instead of %.3f", number, index,
             got, due);
    }
  }
}

/// Root sets the shares of a client by its number, as copierctl does.
TEST_CASE(shares_are_set_from_outside, 60) {
  client_need(COPIER_ABI_FEATURE_SHARES, "shares");
  struct client client;
  client_init(&client);
  char line[512] = "";
  FILE *file = fopen(REPORT, "re");
  if (!file)
    skip("there is no " REPORT);
  expect(fgets(line, sizeof(line), file));
  fclose(file);
  unsigned number;
  expect(sscanf(line, "id=%u ", &number) == 1);
  char text[64];
  snprintf(text, sizeof(text), "%u 4096", number);
  expect(!write_text(REPORT, text));
  expect_equal(client_stats(&client).shares, 4096);
  snprintf(text, sizeof(text), "%u 0", number);
  expect(write_text(REPORT, text));
  snprintf(text, sizeof(text), "%u 5", number + 1);
  expect(write_text(REPORT, text));
  expect(write_text(REPORT, "nonsense"));
  expect_equal(client_stats(&client).shares, 4096);
}
