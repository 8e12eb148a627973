//===- expert.c - Queues, descriptors and functions ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The expert interface: csync by descriptor, a handler that frees the source.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char buffer[8192];

int main(void) {
  struct copier_descr *descr = malloc(copier_descr_bytes(sizeof(buffer), 64));
  if (copier_descr_init(descr, sizeof(buffer), 64))
    return 1;
  char *source = malloc(4096);
  memset(source, 's', 4096);
  _amemcpy(buffer, source, 4096, -1, NULL, descr, 0, COPIER_LAZY);
  _csync(100, 200, -1, descr, 0); //! read-before-csync part
  int part = buffer[150];         //@ part
  _csync(0, 4096, -1, descr, 0);  //! read-before-csync rest
  int rest = buffer[3000];        //@ rest
  int fd = copier_create_queue(16);
  const struct copier_func func = {free, source, COPIER_KFUNC};
  _amemcpy(buffer + 4096, source, 4096, fd, &func, NULL, 0, 0);
  _csync((size_t)(buffer + 4096), 4096, fd, NULL, 0);
  int queued = buffer[5000];
  copier_destroy_queue(fd);
  free(descr);
  printf("%c%c%c\n", part, rest, queued);
}
