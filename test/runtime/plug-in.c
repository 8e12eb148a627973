//===- plug-in.c - A plug-in that copies comes and goes -------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Only the plug-in is linked with libcopier: by hand, ported by the compiler, or
// with the static library, which the linker must then be told not to unload. It
// copies its own data from its constructor to its destructor and csyncs. While
// it is away the service stays, threads that have copied end, and statistics
// know where the copies were.
//
// RUN: %clang -O2 -fPIC -shared -DPLUGIN %s %libcopier -o %t.so
// RUN: %clang -O2 %s -o %t -lpthread
// RUN: %run-backends %t %t.so | FileCheck %s
// RUN: %copier-clang -fcopier -O2 -fPIC -shared -DPLUGIN -DPORTED %s -o %t.ported.so
// RUN: %run-backends %t %t.ported.so | FileCheck %s
// RUN: env COPIER_STATS=%t.json %run-backends --only=thread %t %t.ported.so | FileCheck %s
// RUN: FileCheck %s --input-file=%t.json --check-prefix=STATS
// STATS: "function": "copy_own_data"
// RUN: %clang -O2 -fPIC -shared -DPLUGIN -I%prefix/include %s %prefix/lib/libcopier.a -Wl,-z,nodelete -o %t.static.so
// RUN: %run-backends %t %t.static.so | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"

#include <dlfcn.h>
#include <pthread.h>

enum { SIZE = 200000, ROUNDS = 20 };

#ifdef PLUGIN
#ifdef PORTED
#define amemcpy memcpy
#define csync(ADDR, N) (void)0
#define csync_all() (void)0
#else
#include <copier.h>
#endif

static char source[SIZE], destination[SIZE];
static int *failures_of_program;

int copy_own_data(unsigned seed) {
  csync(source, SIZE);
  fill(source, SIZE, seed);
  amemcpy(destination, source, SIZE - seed % 2);
  csync(destination, SIZE);
  return is_filled(destination, SIZE - 1, seed);
}

#ifndef PORTED
static int runs;

static void note_run(void *unused) {
  (void)unused;
  ++runs;
}

/// A function of the plug-in is to run after a copy.
static int copy_with_function(void) {
  const struct copier_func func = {note_run, NULL, COPIER_KFUNC};
  runs = 0;
  _amemcpy(source, destination, SIZE, -1, &func, NULL, 0, 0);
  csync_all();
  return runs == 1;
}
#else
static int copy_with_function(void) { return 1; }
#endif

int run(int *failed, unsigned seed) {
  failures_of_program = failed;
  return copy_own_data(seed) && copy_with_function();
}

__attribute__((constructor)) static void come(void) {
  if (!copy_own_data(100))
    abort();
}

__attribute__((destructor)) static void go(void) {
  if (!copy_own_data(101))
    ++*failures_of_program;
}

#else
static const char *path;

static void load_run_unload(unsigned seed) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    puts(dlerror());
    exit(2);
  }
  int (*run)(int *, unsigned) = (int (*)(int *, unsigned))dlsym(handle, "run");
  EXPECT(run && run(&failures, seed));
  EXPECT(dlclose(handle) == 0);
}

static int is_mapped(const char *name) {
  char line[5000];
  int found = 0;
  FILE *file = fopen("/proc/self/maps", "r");
  while (file && fgets(line, sizeof(line), file))
    found |= strstr(line, name) != NULL;
  if (file)
    fclose(file);
  return found;
}

/// Ends when the plug-in that it has used is gone.
static void *use_and_end(void *unused) {
  load_run_unload(50);
  return unused;
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  path = argv[1];
  const char *file = strrchr(path, '/') + 1;
  for (unsigned i = 0; i != ROUNDS; ++i) {
    load_run_unload(i);
    EXPECT(is_mapped(file) == (strstr(file, "static") != NULL));
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, use_and_end, NULL) == 0);
    pthread_join(thread, NULL);
  }
  return finish();
}
#endif
