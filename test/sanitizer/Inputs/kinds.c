//===- kinds.c - One error of each kind -----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The argument names the error; "none" has none.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char a[4096], b[4096];
static _Thread_local char local[100];

__attribute__((noinline)) static void leave(void) {
  char text[64];
  amemcpy(text, a, sizeof(text));
  puts("leaving");
}

static void *thread(void *unused) {
  amemcpy(local, a, sizeof(local));
  return unused;
}

static void *exiting_thread(void *unused) {
  amemcpy(local, a, sizeof(local));
  pthread_exit(unused);
}

static void run(void *(*function)(void *)) {
  pthread_t id;
  if (pthread_create(&id, NULL, function, NULL) == 0)
    pthread_join(id, NULL);
}

/// Legal, all of it.
static int without(char *block) {
  amemcpy(b, a, 100);
  int read_source = a[50]; // Reading a source.
  b[100] = 1;              // Neighbours.
  amemcpy(block, b, 100);  // A chain.
  csync(block + 10, 10);
  int read = block[15] + block[10] + block[19];
  csync_all();
  return read_source + read;
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "none";
  char *block = malloc(1000);
  memset(block, 'x', 1000);
  int result = 0;
  if (strcmp(kind, "none") == 0)
    result = without(block);
  amemcpy(b, a, 200);
  if (strcmp(kind, "read") == 0)
    result = b[7];
  if (strcmp(kind, "write") == 0)
    b[7] = 1;
  if (strcmp(kind, "update") == 0)
    ++b[7];
  if (strcmp(kind, "source") == 0)
    a[7] = 1;
  if (strcmp(kind, "both") == 0) {
    amemcpy(block, b, 100);
    b[7] = 1;
  }
  if (strcmp(kind, "partial") == 0) {
    csync(b, 100);
    result = b[99] + b[100];
  }
  if (strcmp(kind, "libcall") == 0)
    fwrite(b, 10, 10, stdout);
  if (strcmp(kind, "free") == 0) {
    amemcpy(block, a, 10);
    free(block);
    block = NULL;
  }
  if (strcmp(kind, "return") == 0)
    leave();
  if (strcmp(kind, "thread") == 0)
    run(thread);
  if (strcmp(kind, "pthread_exit") == 0)
    run(exiting_thread);
  csync_all();
  free(block);
  return result & 1;
}
