//===- shared.h - Memory of two processes, with its descriptor ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A memfd that holds a buffer and, before it, the buffer's descriptor; and the
// messages by which two processes take turns.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_TEST_SHARED_H
#define COPIER_TEST_SHARED_H

#include <copier.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SHARED_SEGMENT = 4096, SHARED_DESCR = 16384 };

struct shared {
  int fd;
  struct copier_descr *descr;
  char *data;
};

/// Maps \p shared->fd, wherever there is room, and binds its \p n bytes.
static inline int shared_map(struct shared *shared, size_t n) {
  char *at = mmap(NULL, SHARED_DESCR + n, PROT_READ | PROT_WRITE, MAP_SHARED,
                  shared->fd, 0);
  if (at == MAP_FAILED)
    return -1;
  shared->descr = (struct copier_descr *)(void *)at;
  shared->data = at + SHARED_DESCR;
  return 0;
}

static inline int shared_bind(struct shared *shared, size_t n) {
  return shm_descr_bind(shared->data, n, shared->descr, SHARED_SEGMENT);
}

static inline int shared_create(struct shared *shared, size_t n) {
  shared->fd = memfd_create("shared", 0);
  if (shared->fd < 0 || ftruncate(shared->fd, (off_t)(SHARED_DESCR + n)) != 0 ||
      shared_map(shared, n) != 0)
    return -1;
  return copier_descr_init(shared->descr, n, SHARED_SEGMENT);
}

static inline void shared_unmap(struct shared *shared, size_t n) {
  munmap(shared->descr, SHARED_DESCR + n);
}

/// Sends and receives one byte: a turn.
static inline int pass_turn(int fd) { return write(fd, "t", 1) == 1; }

static inline int await_turn(int fd) {
  char byte;
  return read(fd, &byte, 1) == 1;
}

#endif // COPIER_TEST_SHARED_H
