//===- windows.c - Which share of their windows copies use ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With windows=1, conflicts are no errors: each site's share is told. One copy is
// csynced right before its first use, one at once, one never has a use; and
// every kind of first conflict is told from the others.
//
// RUN: %copsan -O1 -fcopier -fcopier-min-size=1 %s -o %t
// RUN: env COPIER_BACKEND=adversary:never COPSAN_OPTIONS=windows=1:log_path=stdout %t | FileCheck %s
// RUN: env COPIER_BACKEND=inline COPIER_MIN_SIZE=1 COPSAN_OPTIONS=windows=1:log_path=stdout:format=json %t | FileCheck %s --check-prefix=JSON
// RUN: env COPIER_BACKEND=adversary:never %t | count 0
//
//===----------------------------------------------------------------------===//

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LEAVE __attribute__((noinline, no_sanitize("copier")))
#define ONE __attribute__((noinline))

enum { SIZE = 4096 };
char source[SIZE], used[SIZE], synced[SIZE], unused[SIZE], kept[SIZE],
    last[SIZE];

LEAVE static void wait_ms(long ms) {
  nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

LEAVE static void set(char *p, size_t n) { memset(p, 1, n); }

static void (*volatile fill)(char *, size_t) = set;

/// Of which a compiler knows that it copies nothing, and nothing else.
static void (*volatile unknown)(long) = wait_ms;

// CHECK: ==WINDOWS: CopierSanitizer: Copy-Use windows by site
// CHECK-DAG: windows.c:[[#@LINE+3]]:3 in late: 2 copies of 4096 bytes; until a csync {{.*}}: {{[6-9][0-9]|100}} %{{[[:space:]]+}}first conflicts: 2 read; none: 0
// JSON-DAG: "line":[[#@LINE+2]],"column":3,"function":"late","copies":2,"bytes":8192,"measured":2,{{.*}}"conflicts":{"read":2,
ONE static char late(size_t n) {
  memcpy(used, source, n);
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  do
    clock_gettime(CLOCK_MONOTONIC, &now);
  while (now.tv_sec == begin.tv_sec && now.tv_nsec - begin.tv_nsec < 100000000);
  return used[5];
}

// CHECK-DAG: windows.c:[[#@LINE+3]]:3 in early: 1 copies of 4096 bytes; until a csync {{.*}}: {{[0-5]}} %{{[[:space:]]+}}first conflicts: 1 read; none: 0{{[[:space:]]+}}most is lost by the csync at {{.*}}windows.c:[[#@LINE+4]], where the first conflict is at {{.*}}windows.c:[[#@LINE+6]]
// JSON-DAG: "function":"early",{{.*}}"csync_at":"{{.*}}windows.c:[[#@LINE+3]]","conflict_at":"{{.*}}windows.c:[[#@LINE+5]]"
ONE static char early(size_t n) {
  memcpy(synced, source, n);
  unknown(1);
  wait_ms(50);
  return synced[7];
}

// CHECK-DAG: in none: 1 copies of 4096 bytes; {{.*}}{{[[:space:]]+}}first conflicts:; none: 1
ONE static void none(size_t n) { memcpy(unused, last, n); }

// CHECK-DAG: in over: 1 copies of 4096 bytes; {{.*}}{{[[:space:]]+}}first conflicts: 1 write; none: 0
ONE static void over(size_t n) {
  memcpy(kept, source, n);
  kept[1] = 1;
}

// CHECK-DAG: in refill: 1 copies of 4096 bytes; {{.*}}{{[[:space:]]+}}first conflicts: 1 source-write; none: 0
ONE static void refill(size_t n) {
  memcpy(kept, source, n);
  source[1] = 1;
}

// CHECK-DAG: in give_back: 1 copies of 4096 bytes; {{.*}}{{[[:space:]]+}}first conflicts: 1 free; none: 0
ONE static void give_back(size_t n) {
  char *block = malloc(n);
  fill(block, n);
  memcpy(kept, block, n);
  free(block);
}

// CHECK-DAG: in leave: 1 copies of 4096 bytes; {{.*}}{{[[:space:]]+}}first conflicts: 1 return; none: 0
ONE static void leave(size_t n) {
  char local[SIZE];
  fill(local, n);
  memcpy(kept, local, n);
}

int main(int argc, char **argv) {
  (void)argv;
  size_t n = (size_t)argc * SIZE;
  char sum = late(n);
  sum += late(n);
  sum += early(n);
  none(n);
  over(n);
  refill(n);
  give_back(n);
  leave(n);
  // A child measures for itself.
  pid_t pid = fork();
  if (pid == 0)
    _exit(0);
  waitpid(pid, NULL, 0);
  return sum;
}
