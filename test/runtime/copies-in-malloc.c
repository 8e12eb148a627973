//===- copies-in-malloc.c - malloc itself may copy ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// realloc copies asynchronously while it holds the lock of the allocator:
// what libcopier does then must not allocate. (Except for the first copy of the
// thread backend, which starts the service: before that, one copy is made.)
//
// RUN: %clang -O1 -fno-builtin %s %libcopier -o %t
// RUN: %run-backends %t
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char arena[1 << 24] __attribute__((aligned(16)));
static size_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int is_inside;

static void enter(void) {
  if (is_inside) {
    static const char text[] = "libcopier allocates within malloc\n";
    _exit(write(STDERR_FILENO, text, sizeof(text) - 1) > 0 ? 3 : 4);
  }
  pthread_mutex_lock(&lock);
  is_inside = 1;
}

static void leave(void) {
  is_inside = 0;
  pthread_mutex_unlock(&lock);
}

/// Each block is preceded by its size.
static void *take(size_t size) {
  if (size > sizeof(arena) - used - 32)
    abort();
  char *block = arena + used + 16;
  memcpy(block - 16, &size, sizeof(size));
  used += (size + 31) & ~(size_t)15;
  return block;
}

void *malloc(size_t size) {
  enter();
  void *block = take(size);
  leave();
  return block;
}

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) {
  return memset(malloc(count * size), 0, count * size);
}

void *realloc(void *old, size_t size) {
  if (!old)
    return malloc(size);
  size_t old_size;
  memcpy(&old_size, (char *)old - 16, sizeof(old_size));
  enter();
  void *block = take(size);
  amemcpy(block, old, old_size < size ? old_size : size);
  leave();
  return block;
}

int main(void) {
  static char from[100000], to[100000];
  amemcpy(to, from, sizeof(from));
  csync(to, sizeof(to));
  unsigned char *block = malloc(1);
  block[0] = 1;
  for (size_t n = 2; n != 3000; ++n) {
    block = realloc(block, n);
    csync(block + n - 2, 2);
    block[n - 1] = (unsigned char)n;
  }
  csync(block, 2999);
  for (size_t n = 1; n != 3000; ++n)
    if (block[n - 1] != (unsigned char)n)
      return 1;
  puts("right");
}
