//===- notes.c - What is no error, but no use either --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With notes=1: csyncs that have nothing to wait for, that come at once, or
// byte by byte; and copies that end with the process.
//
//===----------------------------------------------------------------------===//

#include "check.h"
#include "system.h"

#include <string.h>

#define CSYNC_FRAMES 8
#define MAX_PLACES 256
#define HOT_CALLS 1000
#define ELEMENT_BYTES 64

/// The csyncs of one place.
struct place {
  uintptr_t pc;
  size_t calls, bytes;
};

/// Memory that has been pending and is not.
#define MAX_PAST 4096
static struct copsan_range past[MAX_PAST];
static unsigned past_next;
static struct place places[MAX_PLACES];

static void note_past(struct copsan_range range) {
  past[past_next++ % MAX_PAST] = range;
}

static bool was_pending(struct copsan_range range) {
  for (unsigned i = 0; i != MAX_PAST; ++i)
    if (past[i].end && copsan_ranges_meet(past[i], range))
      return true;
  return false;
}

/// Counts a csync of \p bytes at \p pc; true when it turns out to be hot.
static bool count_place(uintptr_t pc, size_t bytes) {
  for (unsigned i = 0; i != MAX_PLACES; ++i) {
    struct place *place = &places[(pc + i) % MAX_PLACES];
    if (place->pc && place->pc != pc)
      continue;
    place->pc = pc;
    ++place->calls;
    place->bytes += bytes;
    return place->calls == HOT_CALLS &&
           place->bytes / place->calls <= ELEMENT_BYTES;
  }
  return false;
}

static void note_csync(struct copsan_range range) {
  struct copsan_stack stack;
  copsan_stack_take(&stack, CSYNC_FRAMES);
  struct copsan_finding finding;
  if (!copsan_lock())
    return;
  bool is_pending = copsan_pending_find(range, true, &finding);
  bool is_past = !is_pending && was_pending(range);
  if (is_pending)
    note_past(range);
  bool is_hot =
      stack.count && count_place(stack.pcs[0], range.end - range.begin);
  copsan_leave();
  size_t n = range.end - range.begin;
  if (!is_pending)
    copsan_note(is_past ? "redundant-csync" : "csync-of-never-pending",
                is_past ? "a csync of what has been csynced"
                        : "a csync of memory that no copy has met",
                range.begin, n, &stack, NULL);
  else if (finding.copy.submitted.thread == stack.thread &&
           finding.copy.events == copsan_thread.events)
    copsan_note("empty-window", "a csync right after its copy", range.begin, n,
                &stack, &finding.copy);
  if (is_hot)
    copsan_note("csync-per-element", "a thousand csyncs of few bytes",
                range.begin, n, &stack, NULL);
}

void copsan_note_csync(struct copsan_range range) {
  ++copsan_thread.disabled; // Of what the program brings along for reports.
  note_csync(range);
  --copsan_thread.disabled;
}

static void note_never_synced(const struct copsan_copy *copy) {
  copsan_note("never-synced", "a copy that no csync has completed", copy->dst,
              copy->n, &copy->submitted, NULL);
}

void copsan_note_end(void) {
  ++copsan_thread.disabled;
  if (!copsan_lock())
    return;
  copsan_pending_each_copy(note_never_synced);
  copsan_leave();
}
