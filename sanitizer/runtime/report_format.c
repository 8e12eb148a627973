//===- report_format.c - The parts of a report --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text, as other sanitizers write it; and JSON, one object on one line.
//
//===----------------------------------------------------------------------===//

#include "report_format.h"
#include "flags.h"
#include "output.h"
#include "system.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SHADOW_ROW 32
#define SHADOW_ROWS 3 // Before and behind that of the address.

static const char *const access_names[] = {
    [COPSAN_READ] = "READ",
    [COPSAN_WRITE] = "WRITE",
    [COPSAN_SOURCE_WRITE] = "WRITE",
    [COPSAN_FREE] = "FREE",
    [COPSAN_RETURN] = "END of the life",
    [COPSAN_EXIT] = "END of the life",
};

const char *copsan_place_text(const struct copsan_frame *frame, char *text,
                              size_t size) {
  if (*frame->file)
    snprintf(text, size, "%s:%u", frame->file, frame->line);
  else
    snprintf(text, size, "%s+0x%zx", *frame->module ? frame->module : "??",
             (size_t)frame->offset);
  return text;
}

void copsan_print_stack(const struct copsan_named_stack *stack) {
  for (unsigned i = 0; i != stack->count; ++i) {
    const struct copsan_frame *frame = &stack->frames[i];
    copsan_print("    #%u 0x%012zx in %s ", i, (size_t)frame->pc,
                 *frame->function ? frame->function : "??");
    if (*frame->file)
      copsan_print("%s:%u:%u\n", frame->file, frame->line, frame->column);
    else
      copsan_print("(%s+0x%zx)\n", *frame->module ? frame->module : "??",
                   (size_t)frame->offset);
  }
  copsan_print("\n");
}

/// D: destination, S: source, B: both, a point: neither.
static void shadow_row(uintptr_t begin, char *text) {
  bool is_locked = copsan_lock();
  for (int i = 0; i != SHADOW_ROW; ++i)
    text[i] = ".DSB"[is_locked ? copsan_pending_state(begin + (unsigned)i) : 0];
  text[SHADOW_ROW] = '\0';
  if (is_locked)
    copsan_unlock();
}

static void print_shadow(uintptr_t address) {
  uintptr_t middle = address & ~(uintptr_t)(SHADOW_ROW - 1);
  copsan_print("Shadow bytes around 0x%zx (D: destination, S: source, B: both, "
               ".: not pending):\n",
               (size_t)address);
  for (int row = -SHADOW_ROWS; row <= SHADOW_ROWS; ++row) {
    uintptr_t begin = middle + (uintptr_t)(row * SHADOW_ROW);
    char text[SHADOW_ROW + 1];
    shadow_row(begin, text);
    copsan_print("%s0x%012zx: %s\n", row ? "  " : "=>", (size_t)begin, text);
    if (!row)
      copsan_print("%*s^\n", (int)(18 + (address - begin)), "");
  }
  copsan_print("\n");
}

static void print_copy(const struct copsan_named_error *named) {
  const struct copsan_finding *finding = &named->error->finding;
  const struct copsan_copy *copy = &finding->copy;
  copsan_print(
      "0x%zx is at offset %zu of the %s of a pending copy of %zu bytes "
      "from 0x%zx to 0x%zx\n",
      (size_t)finding->address, finding->offset,
      finding->is_source ? "source" : "destination", copy->n, (size_t)copy->src,
      (size_t)copy->dst);
  copsan_print("submitted by thread T%u here:\n", copy->submitted.thread);
  copsan_print_stack(&named->submitted);
  if (!copy->last_csync.n)
    return;
  copsan_print(
      "The last csync of that copy covered %zu bytes at 0x%zx, too few, "
      "in thread T%u here:\n",
      copy->last_csync.n, (size_t)copy->last_csync.addr,
      copy->last_csync.stack.thread);
  copsan_print_stack(&named->csync);
}

static void print_fix(const struct copsan_named_error *named) {
  if (strncmp(named->fix_mode, "in-", 3) == 0)
    copsan_print("Fix: evaluate %s before the expression at %s:%u:%u\n",
                 named->csync_text, named->fix_file, named->fix_begin.line,
                 named->fix_begin.column);
  else
    copsan_print("Fix: insert %s; before %s:%u\n", named->csync_text,
                 named->fix_file, named->fix_begin.line);
}

void copsan_format_text(const struct copsan_named_error *named) {
  const struct copsan_error *error = named->error;
  char place[1024];
  copsan_print(
      "==================================================================\n"
      "==%d==ERROR: CopierSanitizer: %s on address 0x%012zx at pc "
      "0x%012zx thread T%u\n",
      getpid(), named->kind, (size_t)error->finding.address,
      (size_t)named->place->pc, error->stack.thread);
  copsan_print("%s of %zu bytes at 0x%zx", access_names[error->kind], error->n,
               (size_t)error->addr);
  copsan_print(error->call ? " in %s, " : "%s", error->call ? error->call : "");
  copsan_print("%sby thread T%u here:\n", error->call ? "" : " ",
               error->stack.thread);
  copsan_print_stack(&named->access);
  print_copy(named);
  copsan_print("%s\n\n", named->location);
  print_shadow(error->finding.address);
  print_fix(named);
  if (copsan_flags.print_summary)
    copsan_print("SUMMARY: CopierSanitizer: %s %s in %s\n", named->kind,
                 copsan_place_text(named->place, place, sizeof(place)),
                 *named->place->function ? named->place->function : "??");
}

static void json_stack(const char *name,
                       const struct copsan_named_stack *stack) {
  copsan_print(",\"%s\":[", name);
  for (unsigned i = 0; i != stack->count; ++i) {
    const struct copsan_frame *frame = &stack->frames[i];
    copsan_print("%s{\"pc\":\"0x%zx\",\"function\":", i ? "," : "",
                 (size_t)frame->pc);
    copsan_print_json_string(*frame->function ? frame->function : NULL);
    copsan_print(",\"file\":");
    copsan_print_json_string(*frame->file ? frame->file : NULL);
    copsan_print(",\"line\":%u,\"column\":%u,\"module\":", frame->line,
                 frame->column);
    copsan_print_json_string(frame->module);
    copsan_print(",\"offset\":\"0x%zx\"}", (size_t)frame->offset);
  }
  copsan_print("]");
}

static void json_fix(const struct copsan_named_error *named) {
  copsan_print(",\"fix\":{\"csync\":");
  copsan_print_json_string(named->csync_text);
  copsan_print(",\"mode\":\"%s\",\"file\":", named->fix_mode);
  copsan_print_json_string(named->fix_file);
  copsan_print(",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u}",
               named->fix_begin.line, named->fix_begin.column,
               named->fix_end.line, named->fix_end.column);
}

void copsan_format_json(const struct copsan_named_error *named) {
  const struct copsan_error *error = named->error;
  const struct copsan_copy *copy = &error->finding.copy;
  copsan_print("{\"type\":\"error\",\"pid\":%d,\"kind\":\"%s\",\"address\":"
               "\"0x%zx\",\"access\":{\"address\":\"0x%zx\",\"size\":%zu},"
               "\"call\":",
               getpid(), named->kind, (size_t)error->finding.address,
               (size_t)error->addr, error->n);
  copsan_print_json_string(error->call);
  copsan_print(",\"file\":");
  copsan_print_json_string(*named->place->file ? named->place->file : NULL);
  copsan_print(",\"line\":%u,\"column\":%u,\"function\":", named->place->line,
               named->place->column);
  copsan_print_json_string(named->place->function);
  copsan_print(",\"thread\":%u,\"copy\":{\"destination\":\"0x%zx\",\"source\":"
               "\"0x%zx\",\"size\":%zu,\"thread\":%u},\"offset\":%zu,"
               "\"side\":\"%s\",\"location\":",
               error->stack.thread, (size_t)copy->dst, (size_t)copy->src,
               copy->n, copy->submitted.thread, error->finding.offset,
               error->finding.is_source ? "source" : "destination");
  copsan_print_json_string(named->location);
  json_stack("stack", &named->access);
  json_stack("submitted", &named->submitted);
  json_stack("last_csync", &named->csync);
  json_fix(named);
  copsan_print("}\n");
}
