//===- queues.c - Queues that a program creates for itself ----------------===//
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

#include "Inputs/expect.h"

#include <copier.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SIZE = 60000 };
static char a[SIZE], b[SIZE], c[SIZE], d[SIZE];

static int copy(void *dst, const void *src, size_t n, int fd) {
  return _amemcpy(dst, src, n, fd, NULL, NULL, 0, 0);
}

static void lengths(void) {
  EXPECT_ERROR(copier_create_queue(0), EINVAL);
  EXPECT_ERROR(copier_create_mapped_queue(257), EINVAL);
  int fd = copier_create_mapped_queue(256);
  EXPECT(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
  EXPECT(copier_destroy_queue(fd) == 0);
}

static void no_queue(void) {
  int fd = copier_create_queue(1);
  EXPECT(copier_destroy_queue(fd) == 0);
  EXPECT_ERROR(copier_destroy_queue(fd), EBADF);
  EXPECT_ERROR(copier_destroy_queue(-1), EBADF);
  EXPECT_ERROR(copy(a, b, SIZE, fd), EBADF);
  EXPECT_ERROR(copy(a, b, SIZE, -2), EBADF);
  EXPECT_ERROR(_csync((size_t)a, SIZE, STDOUT_FILENO, NULL, 0), EBADF);
  EXPECT_ERROR(copier_awaken(fd), EBADF);
  EXPECT_ERROR(copier_set_shares(fd, 1), EBADF);
}

/// As many as there can be; those given back can be had again.
static void too_many(void) {
  int fds[100];
  int count = 0;
  while (count != 100 && (fds[count] = copier_create_queue(4)) >= 0)
    ++count;
  EXPECT(count == 63 && errno == EMFILE);
  for (int i = 0; i != count; ++i)
    EXPECT(copy(b + i * 100, a + i * 100, 100, fds[i]) == 0);
  while (count)
    EXPECT(copier_destroy_queue(fds[--count]) == 0);
  struct rlimit limit, saved;
  getrlimit(RLIMIT_NOFILE, &saved);
  limit = saved;
  limit.rlim_cur = 3;
  setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_ERROR(copier_create_queue(4), EMFILE);
  setrlimit(RLIMIT_NOFILE, &saved);
  for (int i = 0; i != 200; ++i)
    EXPECT(copier_destroy_queue(copier_create_queue(4)) == 0);
}

static void destroying_completes(void) {
  fill(a, SIZE, 1);
  int fd = copier_create_queue(8);
  EXPECT(copy(b, a, SIZE, fd) == 0);
  EXPECT(copier_destroy_queue(fd) == 0);
  EXPECT(is_filled(b, SIZE, 1));
}

/// A full queue is no error: the copy is made at once, and what it depends on.
static void full(void) {
  int fd = copier_create_queue(2);
  fill(a, SIZE, 2);
  for (int i = 0; i != 100; ++i)
    EXPECT(copy(b + i * 600, a + i * 600, 600, fd) == 0);
  EXPECT(copy(c, b, SIZE, fd) == 0);
  csync(c, SIZE);
  EXPECT(is_filled(c, SIZE, 2));
  csync(b, SIZE);
  EXPECT(is_filled(b, SIZE, 2));
  // Longer than all tasks of the queue together.
  enum { LONG = 8 << 20 };
  char *from = malloc(LONG), *to = malloc(LONG);
  fill(from, LONG, 3);
  EXPECT(copy(to, from, LONG, fd) == 0);
  csync(to, LONG);
  EXPECT(memcmp(from, to, LONG) == 0);
  free(from);
  free(to);
  EXPECT(copier_destroy_queue(fd) == 0);
}

/// Wherever a thread's copies are, they keep their order.
static void queues_keep_order(void) {
  int q = copier_create_queue(16), r = copier_create_queue(16);
  fill(a, SIZE, 4);
  memset(b, 0, SIZE);
  copy(b, a, SIZE, q);
  copy(d, a, 100, r); // r is now the latest, and knows nothing of b.
  copy(c, b, SIZE, r);
  csync(c, SIZE);
  EXPECT(is_filled(c, SIZE, 4));

  csync(a, SIZE);
  fill(a, SIZE, 5);
  csync(b, SIZE);
  memset(b, 0, SIZE);
  copy(b, a, SIZE, q);
  copy(d, a, 100, r);
  amemcpy(d + 100, a, 100);
  copy(d + 200, a, 100, r);
  amemcpy(c, b, SIZE); // Two queues after b's.
  csync(c, SIZE);
  EXPECT(is_filled(c, SIZE, 5));

  // Write after read, and write after write.
  csync_all();
  fill(a, SIZE, 6);
  fill(d, SIZE, 7);
  copy(b, a, SIZE, q);
  copy(c, d, 100, r);
  copy(a, d, SIZE, r);
  copy(b + 1000, d, 1000, -1);
  csync_all();
  EXPECT(is_filled(a, SIZE, 7));
  EXPECT(is_filled(b, 1000, 6) && is_filled(b + 1000, 1000, 7));
  EXPECT(is_filled_at(b + 2000, 2000, SIZE - 2000, 6));
  copier_destroy_queue(q);
  copier_destroy_queue(r);
}

static void only_the_queue_asked_for(void) {
  int q = copier_create_queue(16), r = copier_create_queue(16);
  fill(a, SIZE, 8);
  copy(b, a, SIZE, q);
  EXPECT(_csync((size_t)b, SIZE, r, NULL, COPIER_TRY) == 0);
  EXPECT(_csync((size_t)b, SIZE, r, NULL, 0) == 0);
  // An abort of another queue's copies is none.
  EXPECT(_csync((size_t)b, SIZE, r, NULL, COPIER_ABORT) == 0);
  if (copies_wait())
    EXPECT_ERROR(_csync((size_t)b, SIZE, q, NULL, COPIER_TRY), EAGAIN);
  EXPECT(_csync((size_t)b, SIZE, q, NULL, 0) == 0);
  EXPECT(_csync((size_t)b, SIZE, q, NULL, COPIER_TRY) == 0);
  EXPECT(is_filled(b, SIZE, 8));
  EXPECT_ERROR(_csync((size_t)b, SIZE, q, NULL, COPIER_LAZY), EINVAL);
  EXPECT(_csync((size_t)b, 0, q, NULL, 0) == 0);
  copier_destroy_queue(q);
  copier_destroy_queue(r);
}

static void shares(void) {
  int fd = copier_create_queue(16);
  EXPECT(copier_set_shares(fd, 1) == 0);
  EXPECT(copier_set_shares(fd, 1u << 20) == 0);
  EXPECT(copier_set_shares(-1, 1024) == 0);
  EXPECT_ERROR(copier_set_shares(fd, 0), EINVAL);
  EXPECT_ERROR(copier_set_shares(fd, (1u << 20) + 1), EINVAL);
  copier_destroy_queue(fd);
}

/// A thread with a queue of its own; csync in another one finds its copies.
struct worker {
  pthread_t thread;
  char *dst;
  unsigned seed;
  char src[SIZE];
};

static void *run_worker(void *argument) {
  struct worker *worker = argument;
  int fd = copier_create_queue(64);
  fill(worker->src, SIZE, worker->seed);
  for (size_t at = 0; at != SIZE; at += 1000)
    copy(worker->dst + at, worker->src + at, 1000, fd);
  for (int i = 0; i != 100; ++i) {
    char from[500], to[500];
    fill(from, 500, (unsigned)i);
    copy(to, from, 500, fd);
    csync(to, 500);
    if (!is_filled(to, 500, (unsigned)i))
      worker->dst[0] ^= 1;
  }
  // Not destroyed: the other thread completes what is left.
  return (void *)(intptr_t)fd;
}

static void csync_from_another_thread(void) {
  static struct worker workers[3];
  static char dst[3][SIZE];
  for (unsigned i = 0; i != 3; ++i) {
    workers[i].dst = dst[i];
    workers[i].seed = i + 9;
    pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]);
  }
  for (unsigned i = 0; i != 3; ++i) {
    void *fd;
    pthread_join(workers[i].thread, &fd);
    csync(dst[i], SIZE);
    EXPECT(is_filled(dst[i], SIZE, i + 9));
    EXPECT(copier_destroy_queue((int)(intptr_t)fd) == 0);
  }
}

int main(void) {
  lengths();
  no_queue();
  too_many();
  destroying_completes();
  full();
  queues_keep_order();
  only_the_queue_asked_for();
  shares();
  csync_from_another_thread();
  return finish();
}
