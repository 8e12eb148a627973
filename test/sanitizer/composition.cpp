//===- composition.cpp - With what else it goes -------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each build finds the error, and runs clean without it.
//
// RUN: %copsan++ -O2 %s -o %t.p && %run-backends %t.p && not %t.p error 2>&1 | FileCheck %s
// RUN: not %t.p signal 2>&1 | FileCheck %s --check-prefix=SIGNAL
// SIGNAL: SUMMARY: CopierSanitizer: read-before-csync {{.*}}composition.cpp:[[#@LINE+52]] in handle
// RUN: %copsan++ -O1 -fsanitize=address %s -o %t.a && %t.a && not %t.a error 2>&1 | FileCheck %s
// RUN: %copsan++ -O1 -fsanitize=undefined %s -o %t.u && %t.u && not %t.u error 2>&1 | FileCheck %s
// RUN: %copsan++ -O1 -fsanitize=thread %s -o %t.t && setarch -R %t.t && not setarch -R %t.t error 2>&1 | FileCheck %s
// With CopierGen, which csyncs more than its own copies: what it has made is clean.
// With AddressSanitizer and LTO the checks are there first.
// RUN: %copsan++ -O2 -fcopier -fcopier-min-size=1 %s -o %t.c && %t.c && %t.c error
// RUN: %copsan++ -O2 -fcopier -fcopier-min-size=1 -fsanitize=address -flto %s -o %t.e && %t.e && not %t.e error 2>&1 | FileCheck %s
// CHECK: ERROR: CopierSanitizer: read-before-csync
// CHECK: SUMMARY: CopierSanitizer: read-before-csync {{.*}}composition.cpp:{{[0-9]+}} in use
//
// In a shared object, linked or loaded later.
// RUN: %copsan++ -O1 -fPIC -shared -DONLY_USE %s -o %t.so
// RUN: %copsan++ -O1 -DLOAD %s -o %t.d && %t.d none %t.so && not %t.d error %t.so 2>&1 | FileCheck %s
// RUN: %copsan++ -O1 -DLINKED %s %t.so -o %t.l && %t.l && not %t.l error 2>&1 | FileCheck %s
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#ifdef LINKED
extern "C" int use(const char *p);
#elif !defined(LOAD)
extern "C" __attribute__((noinline, visibility("default"))) int
use(const char *p) {
  return p[5];
}
#endif
#ifndef LOAD
static int (*volatile user)(const char *) = use;
#else
static int (*user)(const char *);
#endif

#ifndef ONLY_USE
static char a[1000], b[1000];

static volatile sig_atomic_t forgets, seen;

/// csync in a signal handler is legal, and wanted there, too.
static void handle(int) {
  if (!forgets)
    csync(b, sizeof(b));
  seen = b[5]; // Pending, if it forgets.
}

static void check_fork() {
  amemcpy(b, a, sizeof(b));
  pid_t child = fork();
  if (child == 0)
    _exit(user(b)); // The fork has completed it.
  int status;
  if (waitpid(child, &status, 0) != child || status != 0 || user(b) != 0)
    abort();
}

static void check_throw() {
  try {
    char local[100] = "";
    amemcpy(b, local, sizeof(local));
    csync(local, sizeof(local));
    throw std::runtime_error("thrown");
  } catch (const std::exception &error) {
    if (strcmp(error.what(), "thrown") != 0)
      abort();
  }
}

static void check_thread() {
  char *block = static_cast<char *>(malloc(500));
  std::thread([block] { amemcpy(block, a, 500); }).join();
  if (user(block) != 0) // The end of the thread has completed it.
    abort();
  free(block);
}

int main(int argc, char **argv) {
#ifdef LOAD
  void *object = dlopen(argv[2], RTLD_NOW);
  user = reinterpret_cast<int (*)(const char *)>(dlsym(object, "use"));
#endif
  check_fork();
  check_throw();
  check_thread();
  forgets = argc > 1 && strcmp(argv[1], "signal") == 0;
  signal(SIGUSR1, handle);
  amemcpy(b, a, sizeof(b));
  raise(SIGUSR1);
  int sum = user(b);
  amemcpy(b, a, sizeof(b));
  if (argc > 1 && strcmp(argv[1], "error") == 0)
    sum += user(b);
  csync_all();
  return sum;
}
#endif
