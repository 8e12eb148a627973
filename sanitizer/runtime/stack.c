//===- stack.c - Where a thread is --------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// By unwind tables: programs need no frame pointers.
//
//===----------------------------------------------------------------------===//

#include "stack.h"
#include "system.h"

#include <copier.h>
#include <link.h>
#include <unwind.h>

/// This runtime and libcopier: [0] and [1].
static struct {
  uintptr_t begin, end;
} own_code[2];

struct search {
  uintptr_t address;
  int index;
};

static int note_module(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  const struct search *search = argument;
  uintptr_t begin = UINTPTR_MAX, end = 0;
  for (int i = 0; i != info->dlpi_phnum; ++i) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD)
      continue;
    uintptr_t at = info->dlpi_addr + segment->p_vaddr;
    begin = at < begin ? at : begin;
    end = at + segment->p_memsz > end ? at + segment->p_memsz : end;
  }
  if (search->address < begin || search->address >= end)
    return 0;
  own_code[search->index].begin = begin;
  own_code[search->index].end = end;
  return 1;
}

void copsan_stack_start(void) {
  // Of libcopier, a function that no other library defines.
  const uintptr_t within[] = {(uintptr_t)copsan_stack_start,
                              (uintptr_t)copier_awaken};
  for (int i = 0; i != 2; ++i) {
    struct search search = {within[i], i};
    dl_iterate_phdr(note_module, &search);
  }
  struct copsan_stack unused;
  copsan_stack_take(&unused, 1);
}

bool copsan_is_own_code(uintptr_t pc) {
  return (pc >= own_code[0].begin && pc < own_code[0].end) ||
         (pc >= own_code[1].begin && pc < own_code[1].end);
}

struct walk {
  struct copsan_stack *stack;
  unsigned max;
};

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context,
                                      void *argument) {
  struct walk *walk = argument;
  int is_exact = 0; // A frame that a signal has interrupted.
  uintptr_t pc = _Unwind_GetIPInfo(context, &is_exact);
  if (!pc)
    return _URC_END_OF_STACK;
  if (!is_exact)
    --pc;
  if (walk->stack->count == 0 && copsan_is_own_code(pc))
    return _URC_NO_REASON;
  walk->stack->pcs[walk->stack->count++] = pc;
  return walk->stack->count == walk->max ? _URC_END_OF_STACK : _URC_NO_REASON;
}

void copsan_stack_take(struct copsan_stack *stack, unsigned max) {
  struct walk walk = {stack, max < COPSAN_MAX_FRAMES ? max : COPSAN_MAX_FRAMES};
  stack->count = 0;
  stack->thread = copsan_thread_number();
  _Unwind_Backtrace(note_frame, &walk);
}
