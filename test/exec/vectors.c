//===- vectors.c - Vector, masked and gathered accesses, and va_arg -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What looks at a copy here are vectors: of the processor's own, masked, from many
// addresses (AVX2, where there is such), those that LLVM makes of loops, and loops
// that LLVM makes copies of.
//
// RUN: %{port} -ffast-math
//
//===----------------------------------------------------------------------===//

#include <immintrin.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
#define AVX2 __attribute__((noinline, target("avx2")))

enum { COUNT = 256 };
typedef int eight __attribute__((vector_size(32), aligned(4)));

static int source[COUNT], target[COUNT], other[COUNT];

NOINLINE static unsigned sum(const int *values, size_t n) {
  unsigned result = 5381;
  for (size_t i = 0; i != n; ++i)
    result = result * 33 + (unsigned)values[i];
  return result;
}

NOINLINE static int whole(size_t n) {
  memcpy(target, source, n * sizeof(int));
  eight read = *(const eight *)(target + 3);
  *(eight *)(source + 5) = read + 1;
  return read[4] + target[6];
}

AVX2 static unsigned masked(size_t n) {
  __m256i mask = _mm256_setr_epi32(-1, 0, -1, -1, 0, 0, -1, 0);
  memcpy(target, source, n * sizeof(int));
  __m256i read = _mm256_maskload_epi32(target + 1, mask);
  memcpy(other, target, n * sizeof(int));
  _mm256_maskstore_epi32(target + 2, mask, _mm256_slli_epi32(read, 2));
  return sum(other, n) * 31 + sum(target, n);
}

AVX2 static unsigned gathered(size_t n) {
  int local[COUNT];
  __m256i where = _mm256_setr_epi32(7, 3, 99, 1, 0, 63, 12, 50);
  memcpy(local, source, n * sizeof(int));
  __m256i read = _mm256_i32gather_epi32(local, where, 4);
  _mm256_storeu_si256((__m256i *)target, read);
  return sum(target, 8);
}

/// Of the loop LLVM makes a copy, and of the next one vector code.
NOINLINE static unsigned loops(int *restrict to, const int *restrict from,
                               size_t n) {
  for (size_t i = 0; i != n; ++i)
    to[i] = from[i];
  unsigned result = 0;
  for (size_t i = 0; i != n; ++i)
    result += (unsigned)(to[i] ^ from[n - 1 - i]);
  return result;
}

struct large {
  int values[64];
};

/// What is passed by value, and behind the dots, are copies, too.
NOINLINE static unsigned variadic(int count, ...) {
  va_list list, again;
  unsigned result = 0;
  va_start(list, count);
  va_copy(again, list);
  for (int i = 0; i != count; ++i) {
    struct large each = va_arg(list, struct large);
    result = result * 31 + sum(each.values, 64);
  }
  for (int i = 0; i != count; ++i)
    result += (unsigned)va_arg(again, struct large).values[i];
  va_end(again);
  va_end(list);
  return result;
}

NOINLINE static unsigned pass(size_t n) {
  struct large first, second;
  memcpy(&first, source, n);
  memcpy(&second, source + 64, n);
  first.values[3] = 4;
  return variadic(3, first, second, first);
}

int main(int argc, char **argv) {
  (void)argv;
  size_t n = (size_t)(COUNT - argc);
  for (int i = 0; i != COUNT; ++i)
    source[i] = i * i + argc;
  printf("%d %u\n", whole(n), sum(source, n));
  if (__builtin_cpu_supports("avx2"))
    printf("%u %u\n", masked(n), gathered(n));
  printf("%u %u\n", loops(target, source, n), pass(sizeof(struct large)));
}
