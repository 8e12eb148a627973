//===- units_test.c - Unit tests of process/units.c ---------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every unit that this processor supports copies exactly what it is to.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "process/units.h"

#include <string.h>

enum { MOST = 1400, ROOM = 128, SIZE = MOST + 2 * ROOM };

static unsigned char from[SIZE];
static unsigned char to[SIZE];
static unsigned char expected[SIZE];

static void copies(const struct copier_unit *unit, size_t dst, size_t src,
                   size_t n) {
  memset(to, 0, SIZE);
  memset(expected, 0, SIZE);
  memcpy(expected + dst, from + src, n);
  unit->copy(to + dst, from + src, n);
  if (memcmp(to, expected, SIZE) != 0)
    fail_msg("%s: wrong copy of %zu bytes from offset %zu to %zu", unit->name,
             n, src, dst);
}

static void every_size_and_alignment(void **state) {
  (void)state;
  for (size_t i = 0; i != SIZE; ++i)
    from[i] = (unsigned char)(1 + i % 251);
  for (unsigned i = 0; copier_cpu_units[i]; ++i) {
    if (!copier_cpu_unit_is_supported(copier_cpu_units[i])) {
      print_message("not on this processor: %s\n", copier_cpu_units[i]->name);
      continue;
    }
    for (size_t n = 0; n <= MOST; ++n)
      copies(copier_cpu_units[i], ROOM / 2 + n % 64, ROOM / 2 + n * 5 % 64, n);
    for (size_t offset = 0; offset != 64 * 64; ++offset)
      copies(copier_cpu_units[i], offset % 64, offset / 64, 700 + offset % 600);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_size_and_alignment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
