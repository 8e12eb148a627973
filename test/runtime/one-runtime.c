//===- one-runtime.c - A process has one libcopier ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two shared objects and a program: what one copies, another csyncs; also if a
// shared object comes late by dlopen, and if the program has libcopier in it.
//
// RUN: %clang -O2 -fPIC -shared -DPART=copy_it %s %libcopier -o %t.copy.so
// RUN: %clang -O2 -fPIC -shared -DPART=sync_it %s %libcopier -o %t.sync.so
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %clang -O2 -I%prefix/include %s -Wl,--whole-archive %prefix/lib/libcopier.a -Wl,--no-whole-archive -rdynamic -o %t.static
// RUN: %run-backends %t %t.copy.so %t.sync.so
// The library of the plug-ins is loaded, too, if not used, and opens a device of
// its own: the one that tests preload has one client a process.
// RUN: %run-backends --only=inline,thread,adversary:never,adversary:reverse %t.static %t.copy.so %t.sync.so
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef void function(char *, const char *, size_t);

static void copy_it(char *dst, const char *src, size_t n) {
  amemcpy(dst, src, n);
}

static void sync_it(char *dst, const char *src, size_t n) {
  (void)src;
  csync(dst, n);
}

#ifdef PART
void run(char *dst, const char *src, size_t n) { PART(dst, src, n); }
#else
static function *load(const char *path) {
  void *handle = dlopen(path, RTLD_NOW);
  if (!handle)
    printf("%s\n", dlerror());
  return handle ? (function *)dlsym(handle, "run") : copy_it;
}

static char source[100000], destination[100000];

static int check(function *copy, function *sync) {
  memset(destination, 0, sizeof(source));
  copy(destination, source, sizeof(source));
  sync(destination, source, sizeof(source));
  return memcmp(source, destination, sizeof(source)) != 0;
}

int main(int argc, char **argv) {
  memset(source, 'x', sizeof(source));
  function *copy = load(argv[1]), *sync = load(argv[argc - 1]);
  int wrong = check(copy, sync) + check(copy_it, sync) + check(copy, sync_it);
  printf("%d wrong\n", wrong);
  return wrong;
}
#endif
