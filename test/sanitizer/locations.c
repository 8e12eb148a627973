//===- locations.c - What a report says of the memory ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Globals by name, with what the debug information says; blocks of the heap by
// AddressSanitizer, if that is there; else the mapping.
//
// RUN: %copsan -O1 %s -o %t
// RUN: not %t global 2>&1 | FileCheck %s --check-prefix=GLOBAL
// RUN: not %t local 2>&1 | FileCheck %s --check-prefix=STATIC
// RUN: not %t heap 2>&1 | FileCheck %s --check-prefix=HEAP
// RUN: not %t stack 2>&1 | FileCheck %s --check-prefix=STACK
// RUN: not %t thread 2>&1 | FileCheck %s --check-prefix=THREAD
// RUN: not %t map 2>&1 | FileCheck %s --check-prefix=MAP
// RUN: not %t file %s 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: %copsan -O1 -fsanitize=address %s -o %t.asan
// RUN: not %t.asan heap 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not %t.asan global 2>&1 | FileCheck %s --check-prefix=GLOBAL
//
// GLOBAL: 0x{{[0-9a-f]+}} is at offset 7 of the global variable 'packet' of 300 bytes, {{.*}}locations.c:[[# @LINE + 21]]
// STATIC: is at offset 7 of the global variable '{{(use_static\.)?}}kept' of 200 bytes
// HEAP: 0x{{[0-9a-f]+}} is in the heap, mapped from 0x
// STACK: is in the stack of this thread, mapped from 0x
// THREAD: is in the stack of the first thread, mapped from 0x
// MAP: is in anonymous memory, mapped from 0x
// FILE: is in {{/.*}}locations.c, mapped from 0x
// BLOCK: is at offset 7 of a block of the heap of 100 bytes
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static char source[100];
static volatile char sink;

char packet[300];

/// Reads what is pending.
static void use(const char *p) {
  amemcpy((char *)p, source, sizeof(source));
  sink = p[7];
}

static void use_static(void) {
  static char kept[200];
  use(kept);
}

static void *use_elsewhere(void *p) {
  use(p);
  return p;
}

static void use_mapping(int flags, int fd) {
  use(mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags | MAP_PRIVATE, fd, 0));
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  char local[100];
  pthread_t thread;
  if (strcmp(what, "global") == 0)
    use(packet);
  else if (strcmp(what, "local") == 0)
    use_static();
  else if (strcmp(what, "heap") == 0)
    use(malloc(100));
  else if (strcmp(what, "stack") == 0)
    use(local);
  else if (strcmp(what, "map") == 0)
    use_mapping(MAP_ANONYMOUS, -1);
  else if (strcmp(what, "file") == 0)
    use_mapping(0, open(argv[2], O_RDONLY));
  else if (!pthread_create(&thread, NULL, use_elsewhere, local))
    pthread_join(thread, NULL);
  return 0;
}
