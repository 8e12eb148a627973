//===- windows.c - How long copies could stay pending, and do
//--------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One entry for each site. Times are of a program that is slowed down by its
// checks, so that only their ratios say something.
//
//===----------------------------------------------------------------------===//

#include "windows.h"
#include "check.h"
#include "flags.h"
#include "output.h"
#include "report_format.h"
#include "system.h"

#include <copier/entry_points.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_SITES 4096
#define KINDS (COPSAN_EXIT + 1)
#define PLACE_FRAMES 12

/// Where a window was ended too early by the most.
struct example {
  uint64_t lost_ns;
  struct copsan_stack csync, conflict;
};

struct copsan_window_site {
  const struct copier_site *site; ///< NULL: `pc` stands for it.
  uintptr_t pc;
  uint64_t copies, bytes;
  uint64_t measured; ///< Those of which the first conflict was seen.
  uint64_t true_ns, used_ns, measured_bytes;
  double shares; ///< The sum of each one's.
  uint64_t conflicts[KINDS];
  uint64_t replaced; ///< Overwritten by another copy before any conflict.
  struct example example;
};

static const char *const conflict_names[KINDS] = {
    [COPSAN_READ] = "read",
    [COPSAN_WRITE] = "write",
    [COPSAN_SOURCE_WRITE] = "source-write",
    [COPSAN_FREE] = "free",
    [COPSAN_RETURN] = "return",
    [COPSAN_EXIT] = "exit",
};

static struct copsan_window_site sites[MAX_SITES];

/// What was spent here: no part of any window.
static uint64_t spent_ns;

static uint64_t clock_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t copsan_window_now(void) { return clock_ns() - spent_ns; }

/// Since \p begin, which now has returned.
static void add_spent(uint64_t begin) {
  spent_ns += copsan_window_now() - begin;
}

/// NULL if there are too many.
static struct copsan_window_site *find_site(const struct copier_site *site,
                                            uintptr_t pc) {
  uintptr_t key = site ? (uintptr_t)site : pc;
  for (unsigned i = 0; i != MAX_SITES; ++i) {
    struct copsan_window_site *entry = &sites[(key / 16 + i) % MAX_SITES];
    if (entry->copies && (entry->site != site || entry->pc != pc))
      continue;
    entry->site = site;
    entry->pc = pc;
    return entry;
  }
  return NULL;
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

/// The end of the true window at \p time, and what was used of it.
static void measure(const struct copsan_copy *copy, uint64_t time,
                    const struct copsan_stack *conflict) {
  struct copsan_window_site *site = copy->window.site;
  uint64_t whole = time - copy->window.begun_ns;
  uint64_t used = copy->window.csynced_ns
                      ? copy->window.csynced_ns - copy->window.begun_ns
                      : whole;
  ++site->measured;
  site->measured_bytes += copy->n;
  site->true_ns += whole;
  site->used_ns += used;
  site->shares += whole ? (double)used / (double)whole : 1;
  if (whole - used > site->example.lost_ns) {
    site->example.lost_ns = whole - used;
    site->example.csync = copy->last_csync.stack;
    site->example.conflict = *conflict;
  }
}

void copsan_window_conflict(const struct copsan_error *error, uint64_t time) {
  const struct copsan_copy *copy = &error->finding.copy;
  if (!copsan_lock())
    return;
  if (copy->window.site) {
    measure(copy, time, &error->stack);
    ++copy->window.site->conflicts[error->kind];
  }
  copsan_pending_drop(copy->order);
  add_spent(time);
  copsan_leave();
}

/// A copy to \p by, all of an older one's destination, takes its place: no
/// access to that can be about the older one any more.
static void drop_replaced(struct copsan_range by) {
  struct copsan_finding finding;
  while (copsan_pending_find(by, false, &finding) &&
         finding.copy.dst >= by.begin &&
         finding.copy.dst + finding.copy.n <= by.end) {
    if (finding.copy.window.site)
      ++finding.copy.window.site->replaced;
    copsan_pending_drop(finding.copy.order);
  }
}

static void on_submit(void *dst, const void *src, size_t n,
                      const struct copier_site *site,
                      const void *return_address) {
  struct copsan_stack stack;
  stack.count = 0;
  stack.thread = copsan_thread_number();
  if (!copsan_lock())
    return;
  drop_replaced(copsan_range_of((uintptr_t)dst, n));
  struct copsan_window window = {
      find_site(site, site ? 0 : (uintptr_t)return_address), 0, 0};
  if (window.site) {
    ++window.site->copies;
    window.site->bytes += n;
  }
  window.begun_ns = copsan_window_now();
  struct copsan_copy *copy =
      copsan_pending_add((uintptr_t)dst, (uintptr_t)src, n, -1, false, &stack);
  if (copy)
    copy->window = window;
  copsan_leave();
}

/// A csync of what one thread has submitted, or all have.
struct csync {
  uint64_t time;
  bool is_of_all;
  struct copsan_stack stack;
};

static void end_use(struct copsan_copy *copy, void *argument) {
  struct csync *csync = argument;
  if (copy->window.csynced_ns ||
      (!csync->is_of_all && copy->submitted.thread != copsan_thread_number()))
    return;
  if (!csync->stack.count)
    copsan_stack_take(&csync->stack, PLACE_FRAMES);
  copy->window.csynced_ns = csync->time;
  copy->last_csync.stack = csync->stack;
}

static void end_use_in(struct copsan_range range, bool is_of_all) {
  if (!copsan_lock())
    return;
  struct csync csync = {.time = copsan_window_now(), .is_of_all = is_of_all};
  copsan_pending_each_meeting(range, end_use, &csync);
  add_spent(csync.time);
  copsan_leave();
}

static void on_csync(const void *addr, size_t n) {
  if (n && copsan_shadow_may_be(copsan_range_of((uintptr_t)addr, n), true))
    end_use_in(copsan_range_of((uintptr_t)addr, n), true);
}

static void on_csync_all(void) {
  end_use_in(copsan_range_of(0, SIZE_MAX), true);
}

/// Compilers use no descriptors.
static void on_csync_descr(const struct copier_descr *descr, size_t offset,
                           size_t n, unsigned opts) {
  (void)descr;
  (void)offset;
  (void)n;
  (void)opts;
  on_csync_all();
}

static void on_settle(void) {
  end_use_in(copsan_range_of(0, SIZE_MAX), copsan_settles_everything());
}

static void on_fork_child(void) {
  copsan_fork_child();
  memset(sites, 0, sizeof(sites));
}

const struct copier_hooks copsan_window_hooks = {
    .size = sizeof(copsan_window_hooks),
    .submit = on_submit,
    .csync = on_csync,
    .csync_all = on_csync_all,
    .csync_descr = on_csync_descr,
    .abort = on_csync,
    .settle = on_settle,
    .fork_child = on_fork_child,
};

//===----------------------------------------------------------------------===//
// Reporting
//===----------------------------------------------------------------------===//

static uint64_t average(uint64_t sum, uint64_t count) {
  return count ? sum / count : 0;
}

static double share(const struct copsan_window_site *site) {
  return site->true_ns ? (double)site->used_ns / (double)site->true_ns : 1;
}

/// The innermost frame of the user's in \p stack, as text.
static const char *place_of(const struct copsan_stack *stack, char *text,
                            size_t size) {
  static struct copsan_named_stack named; // Under the lock of the output.
  named.count = 0;
  copsan_symbolize(stack, &named);
  return named.count ? copsan_place_text(copsan_user_frame(&named), text, size)
                     : "??";
}

static void print_json(const struct copsan_window_site *entry) {
  char text[1024];
  copsan_print("{\"type\":\"window\",\"pid\":%d,\"file\":", getpid());
  copsan_print_json_string(entry->site ? entry->site->file : NULL);
  copsan_print(",\"line\":%u,\"column\":%u,\"function\":",
               entry->site ? entry->site->line : 0,
               entry->site ? entry->site->column : 0);
  copsan_print_json_string(entry->site ? entry->site->function : NULL);
  copsan_print(",\"copies\":%zu,\"bytes\":%zu,\"measured\":%zu,"
               "\"measured_bytes\":%zu,\"true_ns\":%zu,\"used_ns\":%zu,"
               "\"share\":%.4f,\"mean_share\":%.4f,\"replaced\":%zu,"
               "\"conflicts\":{",
               (size_t)entry->copies, (size_t)entry->bytes,
               (size_t)entry->measured, (size_t)entry->measured_bytes,
               (size_t)entry->true_ns, (size_t)entry->used_ns, share(entry),
               entry->measured ? entry->shares / (double)entry->measured : 1,
               (size_t)entry->replaced);
  for (unsigned kind = 0; kind != KINDS; ++kind)
    copsan_print("%s\"%s\":%zu", kind ? "," : "", conflict_names[kind],
                 (size_t)entry->conflicts[kind]);
  copsan_print("},\"csync_at\":");
  copsan_print_json_string(place_of(&entry->example.csync, text, sizeof(text)));
  copsan_print(",\"conflict_at\":");
  copsan_print_json_string(
      place_of(&entry->example.conflict, text, sizeof(text)));
  copsan_print("}\n");
}

static void print_text(const struct copsan_window_site *entry) {
  char text[1024];
  if (entry->site)
    copsan_print("%s:%u:%u in %s: ", entry->site->file, entry->site->line,
                 entry->site->column, entry->site->function);
  else
    copsan_print("a copy called from 0x%zx: ", (size_t)entry->pc);
  copsan_print(
      "%zu copies of %zu bytes; until a csync %zu ns of %zu ns: "
      "%.0f %%\n    first conflicts:",
      (size_t)entry->copies, (size_t)average(entry->bytes, entry->copies),
      (size_t)average(entry->used_ns, entry->measured),
      (size_t)average(entry->true_ns, entry->measured), 100 * share(entry));
  for (unsigned kind = 0; kind != KINDS; ++kind)
    if (entry->conflicts[kind])
      copsan_print(" %zu %s", (size_t)entry->conflicts[kind],
                   conflict_names[kind]);
  copsan_print("; none: %zu\n", (size_t)(entry->copies - entry->measured));
  if (!entry->example.lost_ns)
    return;
  copsan_print("    most is lost by the csync at %s",
               place_of(&entry->example.csync, text, sizeof(text)));
  copsan_print(", where the first conflict is at %s\n",
               place_of(&entry->example.conflict, text, sizeof(text)));
}

void copsan_windows_report(void) {
  bool is_json = strcmp(copsan_flags.format, "json") == 0;
  copsan_output_begin();
  if (!is_json)
    copsan_print("==%d==WINDOWS: CopierSanitizer: Copy-Use windows by site\n",
                 getpid());
  for (unsigned i = 0; i != MAX_SITES; ++i)
    if (sites[i].copies)
      (is_json ? print_json : print_text)(&sites[i]);
  copsan_output_end();
}
