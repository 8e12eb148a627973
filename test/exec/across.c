//===- across.c - Copies that are used in other functions -----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %{port} -pthread
//
//===----------------------------------------------------------------------===//

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

enum { SIZE = 600 };
struct block {
  unsigned char bytes[SIZE];
};

static unsigned char source[SIZE], other[SIZE];
struct block shared;

NOINLINE static unsigned sum(const unsigned char *bytes, size_t n) {
  unsigned result = 5381;
  for (size_t i = 0; i != n; ++i)
    result = result * 33 + bytes[i];
  return result;
}

NOINLINE static unsigned sum_downwards(const unsigned char *bytes, int n) {
  unsigned result = 5381;
  for (int i = n - 1; i >= 0; --i)
    result = result * 33 + bytes[i];
  return result;
}

/// A loop of which nobody knows how long it is.
NOINLINE static unsigned find(const unsigned char *bytes, unsigned char what) {
  const unsigned char *at = bytes;
  while (*at != what)
    ++at;
  return (unsigned)(at - bytes);
}

//===----------------------------------------------------------------------===//
// Made in a callee, used in the caller
//===----------------------------------------------------------------------===//

NOINLINE static void fill(unsigned char *to, const unsigned char *from,
                          size_t n) {
  memcpy(to, from, n);
}

NOINLINE void fill_extern(unsigned char *to, const unsigned char *from,
                          size_t n) {
  fill(to, from, n);
}

NOINLINE struct block get(const unsigned char *from) {
  struct block result;
  memcpy(result.bytes, from, SIZE);
  return result;
}

NOINLINE static unsigned by_value(struct block block) {
  block.bytes[1] ^= 1;
  fill(block.bytes, block.bytes + 300, 200);
  return sum(block.bytes, SIZE);
}

NOINLINE unsigned char *duplicate(const unsigned char *from, size_t n) {
  unsigned char *result = malloc(n);
  memcpy(result, from, n);
  return result;
}

NOINLINE static void fill_each(int count, ...) {
  va_list list;
  va_start(list, count);
  while (count--) {
    unsigned char *to = va_arg(list, unsigned char *);
    memcpy(to, va_arg(list, const unsigned char *), SIZE);
  }
  va_end(list);
}

static void use_in_caller(void) {
  unsigned char local[SIZE];
  fill(local, source, SIZE);
  source[7]++; // The source changes after the return.
  printf("local %u\n", sum(local, SIZE));
  fill_extern(local, other, SIZE);
  local[5]++;
  printf("down %u\n", sum_downwards(local, SIZE));
  memset(other + 10, 3, 99);
  printf("search %u\n", find(local, local[400]));
  struct block block = get(local);
  local[9]++;
  printf("result %u %u\n", sum(block.bytes, SIZE), by_value(block));
  fill_each(2, local, other, block.bytes, source);
  source[1] = other[1] = 77;
  printf("each %u %u\n", sum(local, SIZE), sum(block.bytes, SIZE));
}

static void use_on_heap(void) {
  unsigned char *first = duplicate(source, SIZE);
  unsigned char *second = duplicate(first, SIZE);
  free(first); // The source of the second.
  unsigned char *third = duplicate(second, SIZE);
  source[2]++;
  third = realloc(third, 20000);
  third[19999] = 1;
  printf("heap %u %u\n", sum(second, SIZE), sum(third, SIZE));
  free(second);
  free(duplicate(third, SIZE)); // Never used.
  free(third);
}

/// Copies into its own frame, and into that of its caller.
NOINLINE static unsigned recurse(unsigned char *caller, unsigned depth) {
  unsigned char own[SIZE];
  fill(own, caller, SIZE);
  own[depth] ^= 0x5a;
  if (depth)
    caller[depth + 50] = (unsigned char)recurse(own, depth - 1);
  fill(caller + 200, own, 100);
  return own[60] + depth;
}

//===----------------------------------------------------------------------===//
// Called back, jumped over, interrupted
//===----------------------------------------------------------------------===//

static int by_copies(const void *a, const void *b) {
  static unsigned char left[8], right[8];
  fill(left, a, 1);
  fill(right, b, 1);
  return *left - *right;
}

static jmp_buf escape;

NOINLINE static void copy_and_jump(unsigned char *to, int how) {
  unsigned char local[SIZE];
  fill(local, source, SIZE);
  fill(to, local, SIZE);
  fill(shared.bytes, local, SIZE);
  if (how)
    longjmp(escape, how);
}

static void jump(void) {
  unsigned char local[SIZE];
  int how = setjmp(escape);
  if (how < 2)
    copy_and_jump(local, how + 1);
  printf("jump %d %u %u\n", how, sum(local, SIZE), sum(shared.bytes, SIZE));
}

static void on_signal(int number) {
  fill(shared.bytes + number, other, 300);
  other[number]++;
}

static void *in_thread(void *argument) {
  fill(argument, source, SIZE);
  return duplicate(argument, SIZE);
}

typedef void filler(unsigned char *, const unsigned char *, size_t);

static void call_back(void) {
  unsigned char local[SIZE];
  filler *const fillers[] = {fill, fill_extern};
  for (int i = 0; i != 2; ++i) {
    fill(local, source, SIZE);
    fillers[(local[3] + i) & 1](local + 100, source, 400);
    source[i]++;
    printf("pointer %u\n", sum(local, SIZE));
  }
  fill(local, source, SIZE);
  qsort(local, SIZE, 1, by_copies);
  printf("sorted %u\n", sum(local, SIZE));
  jump();
  signal(SIGUSR1, on_signal);
  fill(shared.bytes, source, SIZE);
  raise(SIGUSR1);
  printf("signal %u\n", sum(shared.bytes, SIZE));
  pthread_t thread;
  void *result;
  fill(local, other, SIZE);
  pthread_create(&thread, NULL, in_thread, local);
  pthread_join(thread, &result);
  printf("thread %u %u\n", sum(local, SIZE), sum(result, SIZE));
  free(result);
}

int main(void) {
  for (int i = 0; i != SIZE; ++i) {
    source[i] = (unsigned char)(i * 7);
    other[i] = (unsigned char)(i * 31 + 1);
  }
  use_in_caller();
  use_on_heap();
  printf("recursion %u\n", recurse(shared.bytes, 20));
  printf("shared %u\n", sum(shared.bytes, SIZE));
  call_back();
  fill(shared.bytes, source, SIZE); // Pending when main returns.
  return 0;
}
