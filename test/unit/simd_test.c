//===- simd_test.c - Unit tests of the module's vector copies -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// copier.ko's vector instructions, which an emulated CPU may not all have.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "module/simd.h"

#include <string.h>

enum { BLOCKS = 20, ROOM = 128, SIZE = BLOCKS * COPIER_SIMD_BLOCK + 2 * ROOM };

static unsigned char from[SIZE];
static unsigned char to[SIZE];
static unsigned char expected[SIZE];

static void copies_exactly(void (*copy)(void *, const void *, unsigned long)) {
  for (size_t i = 0; i != SIZE; ++i)
    from[i] = (unsigned char)(1 + i % 251);
  for (size_t blocks = 0; blocks <= BLOCKS; ++blocks)
    for (size_t offset = 0; offset != ROOM; ++offset) {
      size_t dst = offset;
      size_t src = offset * 5 % ROOM;
      memset(to, 0, SIZE);
      memset(expected, 0, SIZE);
      memcpy(expected + dst, from + src, blocks * COPIER_SIMD_BLOCK);
      copy(to + dst, from + src, blocks);
      if (memcmp(to, expected, SIZE) != 0)
        fail_msg("%zu blocks from %zu to %zu are wrong", blocks, src, dst);
    }
}

static void avx2_copies_exactly(void **state) {
  (void)state;
  if (__builtin_cpu_supports("avx2"))
    copies_exactly(copier_copy_avx2);
  else
    print_message("not on this processor: AVX2\n");
}

static void avx512_copies_exactly(void **state) {
  (void)state;
  if (__builtin_cpu_supports("avx512f"))
    copies_exactly(copier_copy_avx512);
  else
    print_message("not on this processor: AVX-512\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(avx2_copies_exactly),
      cmocka_unit_test(avx512_copies_exactly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
