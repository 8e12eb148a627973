//===- service-threads.c - Service threads come and go with the load ----===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With bounds that every load is above, a busy service gets a second thread, and
// no more than allowed; with bounds that every load is below, that one rests
// again, and copies are made all the same. A thread that is pinned does not pin
// the service that it starts.
//
// RUN: %clang -D_GNU_SOURCE -O2 %s %libcopier -o %t
// RUN: env COPIER_BACKEND=thread COPIER_MIN_SIZE=1 COPIER_POLICY=offload %t
//
//===----------------------------------------------------------------------===//

#include "Inputs/service.h"

#include <copier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };
static char from[SIZE], to[SIZE];

static void copy_for(double seconds) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    memset(from, rand() & 127, SIZE);
    amemcpy(to, from, SIZE);
    for (volatile int i = 0; i != 20000; ++i)
      ;
    csync(to, SIZE);
    csync(from, SIZE);
    if (memcmp(from, to, SIZE)) {
      puts("wrong copy");
      exit(1);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((double)(now.tv_sec - start.tv_sec) +
               (double)(now.tv_nsec - start.tv_nsec) * 1e-9 <
           seconds);
}

static cpu_set_t allowed;

static void expect_free(pid_t thread) {
  cpu_set_t set;
  if (sched_getaffinity(thread, sizeof(set), &set) || CPU_COUNT(&set) < 2) {
    puts("a service thread is pinned");
    exit(1);
  }
}

static void *pinned_start(void *unused) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  sched_setaffinity(0, sizeof(one), &one);
  copy_for(0.01);
  return unused;
}

int main(void) {
  sched_getaffinity(0, sizeof(allowed), &allowed);
  if (CPU_COUNT(&allowed) < 2) {
    puts("not tested: there is one CPU");
    return 0;
  }
  pthread_t thread;
  if (pthread_create(&thread, NULL, pinned_start, NULL))
    return 2;
  pthread_join(thread, NULL);
  if (for_each_service(expect_free) != 1)
    return puts("not one service thread at first"), 1;

  set_copier_opt(COPIER_OPT_MAX_THREADS, 2);
  set_copier_opt(COPIER_OPT_LOW_LOAD, 0);
  set_copier_opt(COPIER_OPT_HIGH_LOAD, 0);
  for (int i = 0; i != 100 && for_each_service(expect_free) != 2; ++i)
    copy_for(0.1);
  if (for_each_service(expect_free) != 2)
    return puts("no second service thread under load"), 1;
  copy_for(0.1);
  if (for_each_service(NULL) != 2)
    return puts("more service threads than allowed"), 1;

  set_copier_opt(COPIER_OPT_LOW_LOAD, 100);
  set_copier_opt(COPIER_OPT_HIGH_LOAD, 100);
  copy_for(0.2);
  csync_all();
  return 0;
}
