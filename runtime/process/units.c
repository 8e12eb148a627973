//===- units.c - The CPU as a copy unit ---------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ordinary stores throughout: what is copied will be read, and non-temporal
// ones lose then.
//
//===----------------------------------------------------------------------===//

#include "process/units.h"

#include <string.h>

/// A function that copies with vectors of BYTES bytes: one for the unaligned
/// head, then four at a time to aligned places, then those that end at the end.
/// What is shorter than that is libc's.
#define DEFINE_COPY(NAME, TARGET, BYTES)                                       \
  typedef char NAME##_vector                                                   \
      __attribute__((vector_size(BYTES), aligned(1), may_alias));              \
  __attribute__((target(TARGET))) static void NAME(void *dst, const void *src, \
                                                   size_t n) {                 \
    enum { STEP = 4 * (BYTES) };                                               \
    if (n < 2 * (size_t)STEP) {                                                \
      memcpy(dst, src, n);                                                     \
      return;                                                                  \
    }                                                                          \
    char *to = dst;                                                            \
    const char *from = src;                                                    \
    *(NAME##_vector *)to = *(const NAME##_vector *)from;                       \
    size_t at = (BYTES) - (uintptr_t)to % (BYTES);                             \
    for (; at + STEP <= n; at += STEP) {                                       \
      const NAME##_vector *in = (const NAME##_vector *)(from + at);            \
      NAME##_vector a = in[0], b = in[1], c = in[2], d = in[3];                \
      NAME##_vector *out =                                                     \
          (NAME##_vector *)__builtin_assume_aligned(to + at, BYTES);           \
      out[0] = a;                                                              \
      out[1] = b;                                                              \
      out[2] = c;                                                              \
      out[3] = d;                                                              \
    }                                                                          \
    for (at = n - STEP; at != n; at += (BYTES))                                \
      *(NAME##_vector *)(to + at) = *(const NAME##_vector *)(from + at);       \
  }

DEFINE_COPY(copy_sse2, "sse2", 16)
DEFINE_COPY(copy_avx2, "avx2", 32)
DEFINE_COPY(copy_avx512, "avx512f", 64)

static void copy_libc(void *dst, const void *src, size_t n) {
  memcpy(dst, src, n);
}

/// libc's "rep movsb" is slower where the ends are not aligned alike, and as
/// fast as anything where they are, until caches are of no use any more.
static void copy_auto(void *dst, const void *src, size_t n) {
  enum { LINE = 64 };
  if (n >= COPIER_BEYOND_CACHES)
    copy_sse2(dst, src, n);
  else if (((uintptr_t)dst ^ (uintptr_t)src) % LINE &&
           __builtin_cpu_supports("avx2"))
    copy_avx2(dst, src, n);
  else
    memcpy(dst, src, n);
}

/// Of a copy between the levels of the cache, until something is observed.
#define NS_PER_MIB 40000

static const struct copier_unit auto_unit = {
    .name = "auto", .cost = {.ns_per_mib = NS_PER_MIB}, .copy = copy_auto};
static const struct copier_unit libc_unit = {
    .name = "libc", .cost = {.ns_per_mib = NS_PER_MIB}, .copy = copy_libc};
static const struct copier_unit sse2_unit = {
    .name = "sse2", .cost = {.ns_per_mib = NS_PER_MIB}, .copy = copy_sse2};
static const struct copier_unit avx2_unit = {
    .name = "avx2", .cost = {.ns_per_mib = NS_PER_MIB}, .copy = copy_avx2};
static const struct copier_unit avx512_unit = {
    .name = "avx512", .cost = {.ns_per_mib = NS_PER_MIB}, .copy = copy_avx512};

const struct copier_unit *const copier_cpu_units[] = {
    &auto_unit, &libc_unit, &sse2_unit, &avx2_unit, &avx512_unit, NULL,
};

const struct copier_unit *copier_cpu_unit = &auto_unit;
const struct copier_unit *copier_dma_unit;

bool copier_cpu_unit_is_supported(const struct copier_unit *unit) {
  __builtin_cpu_init();
  if (unit == &avx2_unit)
    return __builtin_cpu_supports("avx2");
  if (unit == &avx512_unit)
    return __builtin_cpu_supports("avx512f");
  return true;
}
