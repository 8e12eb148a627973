//===- fault-handlers.c - What a handler of SIGSEGV may do --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// It may repair the mapping and return, and csync other copies meanwhile; jump
// out, after which the copy is given up, with all of its parts, its function and
// its descriptor, and every other copy is intact; or end the thread. A file that
// is too short raises SIGBUS likewise.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_SEGMENT=65536 %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=100000 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE // memfd_create

#include "Inputs/expect.h"

#include <copier.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, SIZE = 3 << 20 }; // Several tasks.
static char source[SIZE], intact[SIZE], intact_source[SIZE];

//===----------------------------------------------------------------------===//
// Handlers
//===----------------------------------------------------------------------===//

static sigjmp_buf escape;
static char *_Atomic fault_address;
static _Atomic pthread_t fault_thread;
static _Atomic int faults;
static char *bad; ///< A page that cannot be accessed...
static size_t bad_size;
static void (*_Atomic on_fault)(void);

static void handle(int number, siginfo_t *info, void *context) {
  (void)number;
  (void)context;
  fault_address = info->si_addr;
  fault_thread = pthread_self();
  ++faults;
  on_fault();
}

static void repair(void) { mprotect(bad, bad_size, PROT_READ | PROT_WRITE); }

static void sync_and_repair(void) {
  csync(intact, SIZE);
  EXPECT(memcmp(intact, intact_source, SIZE) == 0);
  repair();
}

static void jump(void) { siglongjmp(escape, 1); }

static void end_thread(void) { pthread_exit(NULL); }

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Memory of SIZE bytes, of which a page in the middle is bad.
static char *with_bad_page(void) {
  char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(p, 'o', SIZE);
  bad = p + SIZE / 2 + PAGE;
  bad_size = PAGE;
  mprotect(bad, bad_size, PROT_NONE);
  return p;
}

/// Nothing beyond the first megabyte of it is in the file.
static char *short_file(void) {
  int fd = memfd_create("short", MFD_CLOEXEC);
  EXPECT(fd >= 0 && ftruncate(fd, 1 << 20) == 0);
  char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  bad = p + (1 << 20);
  bad_size = SIZE - (1 << 20);
  return p;
}

static void begin_intact(unsigned seed) {
  csync(intact_source, SIZE);
  csync(intact, SIZE);
  fill(intact_source, SIZE, seed);
  amemcpy(intact, intact_source, SIZE);
}

static void check_intact(void) {
  csync(intact, SIZE);
  EXPECT(memcmp(intact, intact_source, SIZE) == 0);
}

static void check_fault(void) {
  EXPECT(faults == 1 && pthread_equal(fault_thread, pthread_self()));
  EXPECT(fault_address >= bad && fault_address < bad + bad_size);
}

//===----------------------------------------------------------------------===//
// Tests
//===----------------------------------------------------------------------===//

static void repairs_and_returns(void (*how)(void), int is_source) {
  char *memory = with_bad_page();
  on_fault = how;
  faults = 0;
  begin_intact(1);
  amemcpy(is_source ? source : memory, is_source ? memory : source, SIZE);
  csync(is_source ? source : memory, SIZE);
  check_fault();
  EXPECT(memcmp(source, memory, SIZE) == 0);
  check_intact();
  munmap(memory, SIZE);
}

static _Atomic int runs;

static void count(void *unused) {
  (void)unused;
  ++runs;
}

/// By amemcpy, with a descriptor or a function; in any case the copy faults
/// once, in the call or in its csync, and then it is over.
static void jumps_out(char *memory, int by_descr, int kind) {
  struct copier_descr *descr = malloc(copier_descr_bytes(SIZE, PAGE));
  copier_descr_init(descr, SIZE, PAGE);
  const struct copier_func func = {count, NULL, kind};
  on_fault = jump;
  faults = 0;
  runs = 0;
  begin_intact(2);
  if (sigsetjmp(escape, 1) == 0) {
    _amemcpy(memory, source, SIZE, -1, by_descr ? NULL : &func,
             by_descr ? descr : NULL, 0, 0);
    by_descr ? (void)_csync(0, SIZE, -1, descr, 0) : csync(memory, SIZE);
    EXPECT(!"a fault");
  }
  check_fault();
  // Neither of these faults again, or waits.
  EXPECT(_csync(0, SIZE, -1, descr, 0) == 0);
  csync(memory, SIZE);
  csync(source, SIZE);
  csync_all();
  EXPECT(faults == 1);
  check_intact();
  // What the function was for is over, too: with the next copy at the latest.
  const struct copier_func nothing = {count, NULL, kind};
  _amemcpy(intact, intact_source, 100, -1, &nothing, NULL, 0, 0);
  csync_all();
  EXPECT_SOON((post_handlers(), runs == (by_descr ? 1 : 2)));
  free(descr);
}

/// A jump leaves nothing behind that runs out.
static void jumps_out_often(void) {
  char *memory = with_bad_page();
  for (int i = 0; i != 1500; ++i) {
    const struct copier_func func = {count, NULL, COPIER_KFUNC};
    on_fault = jump;
    if (sigsetjmp(escape, 1) == 0) {
      _amemcpy(bad - 100, source, 200, -1, &func, NULL, 0, 0);
      csync(bad - 100, 200);
      EXPECT(!"a fault");
    }
  }
  csync_all();
  begin_intact(3);
  check_intact();
  munmap(memory, SIZE);
}

static char *threads_memory;

static void *fault_and_end(void *unused) {
  amemcpy(threads_memory, source, SIZE);
  csync(threads_memory, SIZE);
  EXPECT(!"a fault");
  return unused;
}

/// What the thread had claimed does not keep others waiting.
static void ends_its_thread(void) {
  threads_memory = with_bad_page();
  on_fault = end_thread;
  begin_intact(4);
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, fault_and_end, NULL) == 0);
  pthread_join(thread, NULL);
  check_intact();
  on_fault = jump;
  if (sigsetjmp(escape, 1) == 0)
    csync_all();
  munmap(threads_memory, SIZE);
}

/// Unhandled, it is the end: of a child here.
static void kills(char *memory, int expected) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    signal(expected, SIG_DFL);
    amemcpy(memory, source, SIZE);
    csync(memory, SIZE);
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == expected);
  // But a process may end with a bad copy pending.
  pid = fork();
  if (pid == 0) {
    on_fault = jump;
    if (sigsetjmp(escape, 1) == 0)
      amemcpy(memory, source, SIZE);
    signal(expected, SIG_DFL);
    exit(0);
  }
  waitpid(pid, &status, 0);
  EXPECT(status == 0);
}

int main(void) {
  alarm(110);
  struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  fill(source, SIZE, 5);
  for (int is_source = 0; is_source != 2; ++is_source) {
    repairs_and_returns(repair, is_source);
    repairs_and_returns(sync_and_repair, is_source);
  }
  for (int kind = COPIER_UFUNC; kind <= COPIER_KFUNC; ++kind) {
    jumps_out(with_bad_page(), 0, kind);
    jumps_out(with_bad_page(), 1, kind);
    jumps_out(short_file(), 0, kind);
    jumps_out(short_file(), 1, kind);
  }
  jumps_out_often();
  ends_its_thread();
  kills(with_bad_page(), SIGSEGV);
  kills(short_file(), SIGBUS);
  return finish();
}
