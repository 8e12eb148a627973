//===- report.c - What is wrong, for people and programs ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names, suppresses, drops what is known, prints, ends. An error is known by
// its kind and its place in the source.
//
//===----------------------------------------------------------------------===//

#include "report.h"
#include "flags.h"
#include "output.h"
#include "report_format.h"
#include "suppressions.h"

#include <sanitizer/copsan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_KNOWN 4096

static const char *const kind_names[] = {
    [COPSAN_READ] = "read-before-csync",
    [COPSAN_WRITE] = "write-before-csync",
    [COPSAN_SOURCE_WRITE] = "source-write-before-csync",
    [COPSAN_FREE] = "free-before-csync",
    [COPSAN_RETURN] = "return-before-csync",
    [COPSAN_EXIT] = "exit-before-csync",
};

static void (*death_callback)(void);
static bool has_reported;

/// Hashes of what has been reported.
static uint64_t known[MAX_KNOWN];
static unsigned known_count;

void __copsan_set_death_callback(void (*callback)(void)) {
  death_callback = callback;
}

bool copsan_has_reported(void) { return has_reported; }

void copsan_report_restart(void) {
  copsan_output_restart();
  copsan_symbolize_restart();
}

static uint64_t hash_text(uint64_t hash, const char *text) {
  for (; *text; ++text)
    hash = (hash ^ (unsigned char)*text) * 1099511628211u;
  return hash;
}

/// Is this the first report of \p kind at \p place?
static bool is_new(const char *kind, const struct copsan_frame *place) {
  char text[1024];
  uint64_t hash = hash_text(14695981039346656037u, kind);
  hash = hash_text(hash, copsan_place_text(place, text, sizeof(text)));
  for (unsigned i = 0; i != known_count; ++i)
    if (known[i] == hash)
      return false;
  if (known_count != MAX_KNOWN)
    known[known_count++] = hash;
  return true;
}

__attribute__((noreturn)) static void die(void) {
  if (death_callback)
    death_callback();
  if (copsan_flags.abort_on_error)
    abort();
  _exit(copsan_flags.exitcode);
}

void copsan_report(const struct copsan_error *error) {
  static struct copsan_named_error named; // Under the lock of the output.
  copsan_output_begin();
  memset(&named, 0, sizeof(named));
  named.error = error;
  named.kind = kind_names[error->kind];
  copsan_symbolize(&error->stack, &named.access);
  named.place = copsan_user_frame(&named.access);
  bool is_wanted = !copsan_is_suppressed(named.kind, &named.access) &&
                   is_new(named.kind, named.place);
  if (is_wanted) {
    has_reported = true;
    copsan_symbolize(&error->finding.copy.submitted, &named.submitted);
    copsan_symbolize(&error->finding.copy.last_csync.stack, &named.csync);
    copsan_describe(&named);
    copsan_find_fix(&named);
    if (strcmp(copsan_flags.format, "json") == 0)
      copsan_format_json(&named);
    else
      copsan_format_text(&named);
  }
  if (is_wanted && copsan_flags.halt_on_error) {
    copsan_output_end();
    die();
  }
  copsan_output_end();
}

static void print_note(const char *kind, const char *what, uintptr_t addr,
                       size_t n, const struct copsan_named_stack *stack,
                       const struct copsan_named_stack *submitted) {
  char text[1024];
  const struct copsan_frame *place = copsan_user_frame(stack);
  if (strcmp(copsan_flags.format, "json") == 0) {
    copsan_print("{\"type\":\"note\",\"pid\":%d,\"kind\":\"%s\",\"address\":"
                 "\"0x%zx\",\"size\":%zu,\"file\":",
                 getpid(), kind, (size_t)addr, n);
    copsan_print_json_string(place->file);
    copsan_print(",\"line\":%u,\"function\":", place->line);
    copsan_print_json_string(place->function);
    copsan_print("}\n");
    return;
  }
  copsan_print("==%d==NOTE: CopierSanitizer: %s: %s, of %zu bytes at 0x%zx\n",
               getpid(), kind, what, n, (size_t)addr);
  copsan_print_stack(stack);
  if (submitted->count) {
    copsan_print("The copy was submitted here:\n");
    copsan_print_stack(submitted);
  }
  copsan_print("SUMMARY: CopierSanitizer: %s %s in %s\n", kind,
               copsan_place_text(place, text, sizeof(text)),
               *place->function ? place->function : "??");
}

void copsan_note(const char *kind, const char *what, uintptr_t addr, size_t n,
                 const struct copsan_stack *stack,
                 const struct copsan_copy *copy) {
  static struct copsan_named_stack named, submitted;
  copsan_output_begin();
  copsan_symbolize(stack, &named);
  submitted.count = 0;
  if (copy)
    copsan_symbolize(&copy->submitted, &submitted);
  if (named.count && !copsan_is_suppressed(kind, &named) &&
      is_new(kind, copsan_user_frame(&named)))
    print_note(kind, what, addr, n, &named, &submitted);
  copsan_output_end();
}
