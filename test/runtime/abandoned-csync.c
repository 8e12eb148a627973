//===- abandoned-csync.c - Others csync what a faulting thread has begun -===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread faults in its csync, while others wait for the same bytes. Its
// handler jumps out, the address is made good after that, and the thread never
// csyncs again; or it has ended: others do not wait for it. The handler takes
// its time, and repairs: others get the bytes. It never ends: others fault, too.
//
// Only where a copy surely waits for its csync.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends --only=thread,adversary:never,adversary:reverse %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, SIZE = 16 * PAGE };
static char source[SIZE];
static char *memory, *bad; // A page in the middle.
static pthread_barrier_t barrier;

static _Thread_local sigjmp_buf escape;
typedef void (*action)(void);
static _Thread_local action on_fault;
static _Atomic int is_faulting;

static void handle(int number) {
  (void)number;
  is_faulting = 1;
  on_fault();
}

static void repair(void) { mprotect(bad, PAGE, PROT_READ | PROT_WRITE); }

static void jump(void) { siglongjmp(escape, 1); }

static void sleep_for(long milliseconds) {
  nanosleep(
      &(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000},
      NULL);
}

static void repair_slowly(void) {
  sleep_for(400);
  repair();
}

static void never_end(void) {
  pthread_barrier_wait(&barrier);
  for (;;)
    pause();
}

static void end_thread(void) { pthread_exit(NULL); }

static void sync_it_and_repair(void) {
  repair();
  // These bytes come when this returns; the others are there.
  csync(memory, SIZE);
  EXPECT(memcmp(memory, source, PAGE) == 0);
}

static void fork_and_repair(void) {
  pid_t pid = fork();
  if (pid == 0) {
    repair();
    csync(memory, PAGE);
    _exit(memcmp(memory, source, PAGE) != 0);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  EXPECT(status == 0);
  repair();
}

/// Begins a copy, into memory with a page that turns bad.
static void begin(void) {
  memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
  bad = memory + SIZE / 2;
  is_faulting = 0;
  EXPECT(_amemcpy(memory, source, SIZE, -1, NULL, NULL, 0, COPIER_LAZY) == 0);
  mprotect(bad, PAGE, PROT_NONE);
}

static void *jump_repair_and_park(void *unused) {
  on_fault = jump;
  if (sigsetjmp(escape, 1) == 0) {
    csync(memory, SIZE);
    EXPECT(!"a fault");
  }
  repair();
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  return unused;
}

static void jumped_out_repaired_and_never_back(void) {
  begin();
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, jump_repair_and_park, NULL) == 0);
  pthread_barrier_wait(&barrier);
  csync(memory, SIZE);
  csync_all();
  // What was abandoned stays given up.
  memset(memory, 'm', SIZE);
  csync_all();
  EXPECT(memory[0] == 'm' && memory[SIZE - 1] == 'm');
  pthread_barrier_wait(&barrier);
  pthread_join(thread, NULL);
}

static void *sync_with(void *how) {
  on_fault = *(action *)how;
  csync(memory, SIZE);
  return NULL;
}

/// libcopier does not know that it ends: it has made no copy.
static void ended_in_the_handler(void) {
  begin();
  static action how = end_thread;
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, sync_with, &how) == 0);
  pthread_join(thread, NULL);
  EXPECT(is_faulting);
  repair();
  csync(memory, SIZE);
}

/// Both threads repair, and both see the bytes.
static void slow_handler(void) {
  begin();
  static action how = repair_slowly;
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, sync_with, &how) == 0);
  while (!is_faulting)
    sleep_for(1);
  on_fault = repair;
  csync(memory, SIZE);
  EXPECT(memcmp(memory, source, SIZE) == 0);
  pthread_join(thread, NULL);
  EXPECT(memcmp(memory, source, SIZE) == 0);
}

static void endless_handler(void) {
  begin();
  static action how = never_end;
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, sync_with, &how) == 0);
  pthread_barrier_wait(&barrier);
  on_fault = jump;
  is_faulting = 0;
  if (sigsetjmp(escape, 1) == 0)
    csync(memory, SIZE);
  EXPECT(is_faulting);
  // The thread lives as long as the process, which ends all the same.
}

static void in_the_handler(action how) {
  begin();
  on_fault = how;
  csync(memory, SIZE);
  EXPECT(is_faulting && memcmp(memory, source, SIZE) == 0);
}

int main(void) {
  alarm(100);
  set_copier_opt(COPIER_OPT_LAZY_PERIOD, (uint64_t)1 << 40);
  signal(SIGSEGV, handle);
  pthread_barrier_init(&barrier, NULL, 2);
  fill(source, SIZE, 1);
  jumped_out_repaired_and_never_back();
  ended_in_the_handler();
  slow_handler();
  in_the_handler(sync_it_and_repair);
  in_the_handler(fork_and_repair);
  endless_handler();
  return finish();
}
