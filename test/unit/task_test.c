//===- task_test.c - Unit tests of core/task.c --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Segment arithmetic, compared with what a loop over all bytes would say.
//
//===----------------------------------------------------------------------===//

#include "cmocka_test.h"
#include "core/task.h"

#include <string.h>

static struct copier_task task(uintptr_t dst, uintptr_t src, size_t size,
                               unsigned shift) {
  return (struct copier_task){.dst = dst,
                              .src = src,
                              .size = size,
                              .segment_shift =
                                  copier_segment_shift(size, shift)};
}

/// The segments of a side that begins at \p base, by looking at every byte.
static copier_segments meeting(const struct copier_task *t, uintptr_t base,
                               struct copier_range range) {
  copier_segments result = 0;
  for (size_t i = 0; i != t->size; ++i)
    if (base + i >= range.begin && base + i < range.end)
      result |= (copier_segments)1 << (i >> t->segment_shift);
  return result;
}

static void ranges(void **state) {
  (void)state;
  struct copier_range a = {10, 20};
  assert_true(copier_ranges_meet(a, (struct copier_range){19, 30}));
  assert_false(copier_ranges_meet(a, (struct copier_range){20, 30}));
  assert_false(copier_ranges_meet(a, (struct copier_range){0, 10}));
  assert_false(copier_ranges_meet(a, (struct copier_range){15, 15}));
  // Cut off at the end of the address space instead of wrapping around.
  assert_int_equal(copier_range_of(UINTPTR_MAX - 5, 100).end, UINTPTR_MAX);
  assert_int_equal(copier_range_of(5, SIZE_MAX).end, UINTPTR_MAX);
}

static void segment_sizes(void **state) {
  (void)state;
  static const size_t sizes[] = {1,  2,    31,    32,     33,     63,      64,
                                 65, 1000, 16384, 524288, 524289, 1u << 30};
  for (size_t i = 0; i != sizeof(sizes) / sizeof(*sizes); ++i)
    for (unsigned shift = 0; shift <= 14; shift += 7) {
      struct copier_task t = task(4096, (uintptr_t)1 << 31, sizes[i], shift);
      copier_segments all = copier_task_segments(&t);
      assert_true(t.segment_shift >= shift);
      size_t sum = 0;
      for (unsigned s = 0; s != COPIER_MAX_SEGMENTS; ++s)
        if (all >> s & 1) {
          assert_int_equal(copier_segment_offset(&t, s), sum);
          assert_true(copier_segment_size(&t, s) > 0);
          sum += copier_segment_size(&t, s);
        }
      assert_int_equal(sum, t.size);
    }
}

static void segments_of_ranges(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 7, 64, 100, 333};
  for (size_t i = 0; i != sizeof(sizes) / sizeof(*sizes); ++i)
    for (unsigned shift = 0; shift <= 6; shift += 3) {
      struct copier_task t = task(1000, 5000, sizes[i], shift);
      for (uintptr_t begin = 980; begin < 1360; begin += 3)
        for (size_t n = 0; n < 400; n += 13) {
          struct copier_range r = {begin, begin + n};
          struct copier_range s = {begin + 4000, begin + 4000 + n};
          assert_int_equal(copier_segments_writing(&t, r),
                           meeting(&t, t.dst, r));
          assert_int_equal(copier_segments_reading(&t, s),
                           meeting(&t, t.src, s));
          assert_int_equal(copier_segments_reading(&t, r), 0);
        }
    }
}

/// Must a byte of segment \p e of \p earlier be moved, or read, before one of
/// segment \p l of \p later is written?
static bool depends(const struct copier_task *earlier, unsigned e,
                    const struct copier_task *later, unsigned l) {
  size_t eo = copier_segment_offset(earlier, e);
  size_t lo = copier_segment_offset(later, l);
  size_t en = copier_segment_size(earlier, e);
  size_t ln = copier_segment_size(later, l);
  struct copier_range ew = copier_range_of(earlier->dst + eo, en);
  struct copier_range er = copier_range_of(earlier->src + eo, en);
  struct copier_range lw = copier_range_of(later->dst + lo, ln);
  return copier_ranges_meet(ew, lw) || copier_ranges_meet(er, lw);
}

static void order_of_writes(void **state) {
  (void)state;
  struct copier_task earlier = task(1000, 2000, 100, 3);
  for (uintptr_t dst = 880; dst < 1120; dst += 5)
    for (uintptr_t src = 1880; src < 2120; src += 60) {
      // Writes what was written; writes what was read; only reads: no matter.
      struct copier_task laters[] = {task(dst, src + 4000, 120, 3),
                                     task(src, 9000, 120, 3),
                                     task(9000, dst, 120, 3)};
      for (int k = 0; k != 3; ++k)
        for (copier_segments want = 1; want < 0x7fff; want = want * 5 + 2) {
          copier_segments expected = 0;
          for (unsigned e = 0; e != 13; ++e)
            for (unsigned l = 0; l != 15; ++l)
              if (want >> l & 1 && depends(&earlier, e, &laters[k], l))
                expected |= (copier_segments)1 << e;
          assert_int_equal(copier_segments_before(&earlier, &laters[k], want),
                           expected);
          assert_true(k != 2 || expected == 0);
        }
    }
}

/// Takes \p segments of \p t run by run, and compares the bytes with those that
/// the single segments have.
static void check_runs(const struct copier_task *t, copier_segments segments) {
  unsigned char expected[1100] = {0};
  unsigned char got[1100] = {0};
  for (unsigned s = 0; s != COPIER_MAX_SEGMENTS; ++s)
    for (size_t i = 0; segments >> s & 1 && i != copier_segment_size(t, s); ++i)
      expected[copier_segment_offset(t, s) + i] = 1;
  size_t past = 0;
  for (bool first = true; segments; first = false) {
    struct copier_range run = copier_take_run(t, &segments);
    assert_true(run.begin < run.end && run.end <= t->size);
    // Runs ascend, and there is a gap between any two.
    assert_true(first || run.begin > past);
    past = run.end;
    memset(got + run.begin, 1, run.end - run.begin);
  }
  assert_memory_equal(got, expected, sizeof(got));
}

static void runs(void **state) {
  (void)state;
  static const size_t sizes[] = {1, 7, 8, 100, 249, 256, 1000, 1024};
  for (size_t i = 0; i != sizeof(sizes) / sizeof(*sizes); ++i) {
    struct copier_task t = task(4096, 1 << 20, sizes[i], 3);
    copier_segments all = copier_task_segments(&t);
    check_runs(&t, all);
    uint32_t random = 1;
    for (int k = 0; k != 500; ++k) {
      random = random * 1664525 + 1013904223;
      check_runs(&t, all & (random | random >> 9));
    }
  }
}

/// How many free segments in a row begin at \p index.
static unsigned run_at(copier_segments free, unsigned index) {
  unsigned n = 0;
  while (index + n < COPIER_MAX_SEGMENTS && (free >> (index + n) & 1))
    ++n;
  return n;
}

static void next_segment(void **state) {
  (void)state;
  struct copier_task t = task(4096, 1 << 20, 250, 3);
  copier_segments all = copier_task_segments(&t);
  assert_int_equal(copier_next_segment(&t, all, COPIER_NO_SEGMENT), 0);
  uint32_t random = 1;
  for (int k = 0; k != 2000; ++k) {
    random = random * 1664525 + 1013904223;
    copier_segments free = all & (random | random >> 9) & ~1u;
    unsigned last = k % 33 == 32 ? COPIER_NO_SEGMENT : (unsigned)k % 33;
    unsigned next = copier_next_segment(&t, free, last);
    assert_true(free >> next & 1);
    // It goes on where it was, or else the longest run has it in its middle.
    if (last < COPIER_MAX_SEGMENTS - 1 && (free >> (last + 1) & 1)) {
      assert_int_equal(next, last + 1);
      continue;
    }
    unsigned begin = next;
    while (free >> (begin - 1) & 1)
      --begin;
    unsigned length = run_at(free, begin);
    assert_int_equal(next, begin + length / 2);
    for (unsigned i = 0; i != COPIER_MAX_SEGMENTS; ++i)
      assert_true(run_at(free, i) <= length);
  }
}

static void a_barrier_has_no_segments(void **state) {
  (void)state;
  struct copier_task barrier = {.src = 5, .flags = COPIER_TASK_BARRIER};
  struct copier_range all = {0, UINTPTR_MAX};
  assert_int_equal(copier_task_segments(&barrier), 0);
  assert_int_equal(copier_segments_writing(&barrier, all), 0);
  assert_int_equal(copier_segments_reading(&barrier, all), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranges),
      cmocka_unit_test(segment_sizes),
      cmocka_unit_test(segments_of_ranges),
      cmocka_unit_test(order_of_writes),
      cmocka_unit_test(runs),
      cmocka_unit_test(next_segment),
      cmocka_unit_test(a_barrier_has_no_segments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
