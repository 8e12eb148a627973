//===- blocks.c - Blocks of memory and their ends -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// free, realloc and munmap of what is pending.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(void) {
  char *a = malloc(300), *b = malloc(300);
  memset(a, 'a', 300);
  memset(b, 'b', 300);
  amemcpy(b, a, 200);
  csync(b, 200);         //! free-before-csync grow whole
  b = realloc(b, 10000); //@ grow
  amemcpy(b + 300, a, 300);
  csync(a, 300);  //! free-before-csync source whole
  free(a);        //@ source
  int x = b[400]; // Came with its source.
  char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  amemcpy(m + 100, b, 500);
  csync(m + 100, 500); //! free-before-csync unmap whole
  munmap(m, 8192);     //@ unmap
  amemcpy(b + 1000, b, 500);
  csync(b + 1000, 500); //! free-before-csync end whole
  free(b);              //@ end
  printf("%c\n", x);
}
