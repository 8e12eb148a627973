//===- bindings.c - Memory bound to a descriptor, within a process --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=5000 %run-backends %t | FileCheck %s
// CHECK: {{^}}0 failures
//
//===----------------------------------------------------------------------===//

#define _GNU_SOURCE
#include "Inputs/expect.h"
#include "Inputs/shared.h"

#include <sys/wait.h>

enum { SIZE = 100000 };
static struct shared shared;
static char source[SIZE];

static void arguments(void) {
  char *data = shared.data;
  struct copier_descr *descr = shared.descr;
  EXPECT_ERROR(shm_descr_bind(NULL, SIZE, descr, SHARED_SEGMENT), EINVAL);
  EXPECT_ERROR(shm_descr_bind(data, 0, descr, SHARED_SEGMENT), EINVAL);
  EXPECT_ERROR(shm_descr_bind(data, SIZE + 1, descr, SHARED_SEGMENT), EINVAL);
  EXPECT_ERROR(shm_descr_bind(data, SIZE, descr, 2 * SHARED_SEGMENT), EINVAL);
  struct copier_descr none = {0};
  EXPECT_ERROR(shm_descr_bind(data, SIZE, &none, SHARED_SEGMENT), EINVAL);
  EXPECT_ERROR(shm_descr_bind(data, SIZE, NULL, SHARED_SEGMENT), EINVAL);

  EXPECT(shm_descr_bind(data, SIZE, descr, SHARED_SEGMENT) == 0);
  EXPECT_ERROR(shm_descr_bind(data, SIZE, descr, SHARED_SEGMENT), EEXIST);
  EXPECT_ERROR(shm_descr_bind(data + SIZE - 1, 10, descr, SHARED_SEGMENT),
               EEXIST);
  EXPECT_ERROR(shm_descr_bind(data + 1, 0, NULL, 0), EINVAL);
  EXPECT(shm_descr_bind(data, 0, NULL, 0) == 0);
  EXPECT_ERROR(shm_descr_bind(data, 0, NULL, 0), EINVAL);
}

static void as_many_as_there_can_be(void) {
  int count = 0;
  while (count != 100 && shm_descr_bind(shared.data + count * 100, 100,
                                        shared.descr, SHARED_SEGMENT) == 0)
    ++count;
  EXPECT(count == 64 && errno == ENOSPC);
  for (int i = 0; i != count; ++i)
    EXPECT(shm_descr_bind(shared.data + i * 100, 0, NULL, 0) == 0);
  EXPECT(shared_bind(&shared, SIZE) == 0);
  EXPECT(shm_descr_bind(shared.data, 0, NULL, 0) == 0);
}

/// Nobody else is there: the copies that csync waits for are its own.
static void copies_of_this_process(void) {
  EXPECT(shared_bind(&shared, SIZE) == 0);
  for (unsigned i = 0; i != 10; ++i) {
    fill(source, SIZE, i);
    for (size_t at = 0; at != SIZE; at += 1000)
      amemcpy(shared.data + at, source + at, 1000);
    // Its neighbours share a segment with it.
    csync(shared.data + SIZE / 2, 1);
    EXPECT(shared.data[SIZE / 2] == source[SIZE / 2]);
    amemmove(shared.data + 10, shared.data, SIZE - 10);
    csync(shared.data, SIZE);
    EXPECT(is_filled(shared.data + 10, SIZE - 10, i));
    EXPECT(_csync(0, SIZE, -1, shared.descr, COPIER_TRY) == 0);
  }
  EXPECT(shm_descr_bind(shared.data, 0, NULL, 0) == 0);
}

/// What the descriptor would not tell is not pending: a copy that is in the
/// memory in part, or counted by another descriptor.
static void no_copy_goes_uncounted(void) {
  fill(source, SIZE, 77);
  char *data = shared.data;
  EXPECT(shm_descr_bind(data, SIZE / 2, shared.descr, SHARED_SEGMENT) == 0);
  amemcpy(data, source, SIZE);
  EXPECT(is_filled(data, SIZE / 2, 77));
  csync(data, SIZE);

  struct copier_descr *own = malloc(copier_descr_bytes(SIZE, SHARED_SEGMENT));
  EXPECT(copier_descr_init(own, SIZE, SHARED_SEGMENT) == 0);
  fill(source, SIZE, 78);
  EXPECT(_amemcpy(data, source, SIZE / 2, -1, NULL, own, 0, 0) == 0);
  EXPECT(is_filled(data, SIZE / 2, 78));
  EXPECT(_csync(0, SIZE, -1, own, COPIER_TRY) == 0);

  EXPECT(_amemcpy(data, source, SIZE / 2, -1, NULL, shared.descr, 0, 0) == 0);
  EXPECT(_csync(0, SIZE / 2, -1, shared.descr, 0) == 0);
  EXPECT(is_filled(data, SIZE / 2, 78));
  EXPECT(shm_descr_bind(data, 0, NULL, 0) == 0);
  free(own);
}

/// The other process waits in the kernel, with the producer stopped meanwhile.
static void a_waiting_process_wakes(void) {
  EXPECT(shared_bind(&shared, SIZE) == 0);
  fill(source, SIZE, 79);
  // As if this process's copy took its time.
  _Atomic uint32_t *count = (_Atomic uint32_t *)(shared.descr + 1) + 3;
  ++*count;
  pid_t child = fork();
  if (child == 0) {
    errno = 42;
    csync(shared.data + 3 * SHARED_SEGMENT, 10);
    _exit(errno == 42 && is_filled(shared.data, SIZE, 79) ? 0 : 1);
  }
  sleep_ms(50);
  EXPECT(waitpid(child, NULL, WNOHANG) == 0);
  memcpy(shared.data, source, SIZE);
  *count = 0;
  int status;
  EXPECT(waitpid(child, &status, 0) == child && status == 0);
  EXPECT(shm_descr_bind(shared.data, 0, NULL, 0) == 0);
}

int main(void) {
  EXPECT(shared_create(&shared, SIZE) == 0);
  arguments();
  as_many_as_there_can_be();
  copies_of_this_process();
  no_copy_goes_uncounted();
  a_waiting_process_wakes();
  return finish();
}
