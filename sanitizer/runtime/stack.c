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

#define MAX_DEPTH (COPSAN_MAX_FRAMES + 16)
#define GROUPS 31
#define GROUP_SIZE 4

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

/// Programs submit and csync at few places, but often, and unwinding is slow.
/// So what it has found is kept, by the place of the first return address: as
/// long as all return addresses are where they were, it is what it would find
/// again.
struct known_stack {
  bool is_busy;
  unsigned max, depth;
  struct {
    const uintptr_t *slot;
    uintptr_t value;
  } returns[MAX_DEPTH];
  struct copsan_stack stack;
};
static struct known_stack known_stacks[GROUPS][GROUP_SIZE];

struct walk {
  struct copsan_stack *stack;
  struct known_stack *known; ///< NULL: not to be kept.
  const uintptr_t *first;
  unsigned max, depth;
};

static void note_return(struct walk *walk, const uintptr_t *slot,
                        uintptr_t address) {
  if (!walk->known || (walk->depth == 0 && slot != walk->first))
    return; // The frames of the walk itself are gone when it is over.
  if (walk->depth == MAX_DEPTH) {
    walk->known = NULL;
    return;
  }
  walk->known->returns[walk->depth].slot = slot;
  walk->known->returns[walk->depth++].value = address;
}

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context,
                                      void *argument) {
  struct walk *walk = argument;
  int is_exact = 0; // A frame that a signal has interrupted.
  uintptr_t pc = _Unwind_GetIPInfo(context, &is_exact);
  if (!pc)
    return _URC_END_OF_STACK;
  if (is_exact)
    walk->known = NULL; // It has no return address.
  // Right below what the frame further in calls its own.
  note_return(walk, (const uintptr_t *)_Unwind_GetCFA(context) - 1, pc);
  if (!is_exact)
    --pc;
  if (walk->stack->count == 0 && copsan_is_own_code(pc))
    return _URC_NO_REASON;
  walk->stack->pcs[walk->stack->count++] = pc;
  return walk->stack->count == walk->max ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/// Each slot is looked at only if those before it, of the frames further in,
/// say that there is such a frame.
static bool is_still(const struct known_stack *known, const uintptr_t *first,
                     unsigned max) {
  if (known->depth == 0 || known->max != max || known->returns[0].slot != first)
    return false;
  for (unsigned i = 0; i != known->depth; ++i)
    if (*known->returns[i].slot != known->returns[i].value)
      return false;
  return true;
}

static bool try_take(struct known_stack *known) {
  // Another thread may be at it, or what a signal handler has interrupted.
  return !__atomic_exchange_n(&known->is_busy, true, __ATOMIC_ACQUIRE);
}

static void give_back(struct known_stack *known) {
  __atomic_store_n(&known->is_busy, false, __ATOMIC_RELEASE);
}

/// The entries for stacks that begin at \p first.
static struct known_stack *group_of(const uintptr_t *first) {
  return known_stacks[((uintptr_t)first >> 4) % GROUPS];
}

static bool find_known(const uintptr_t *first, unsigned max,
                       struct copsan_stack *stack) {
  struct known_stack *group = group_of(first);
  bool is_found = false;
  for (unsigned i = 0; i != GROUP_SIZE && !is_found; ++i) {
    if (!try_take(&group[i]))
      continue;
    is_found = is_still(&group[i], first, max);
    if (is_found)
      copsan_stack_copy(stack, &group[i].stack);
    give_back(&group[i]);
  }
  return is_found;
}

static void unwind(const uintptr_t *first, unsigned max,
                   struct copsan_stack *stack) {
  static unsigned turn;
  struct known_stack *known =
      group_of(first) +
      __atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % GROUP_SIZE;
  if (!try_take(known))
    known = NULL;
  struct walk walk = {stack, known, first, max, 0};
  stack->count = 0;
  _Unwind_Backtrace(note_frame, &walk);
  if (!known)
    return;
  known->depth = walk.known ? walk.depth : 0;
  known->max = max;
  known->stack = *stack;
  give_back(known);
}

__attribute__((noinline)) void copsan_stack_take(struct copsan_stack *stack,
                                                 unsigned max) {
  max = max < COPSAN_MAX_FRAMES ? max : COPSAN_MAX_FRAMES;
  // Where this function's own is.
  const uintptr_t *first = (const uintptr_t *)__builtin_frame_address(0) + 1;
  if (!find_known(first, max, stack))
    unwind(first, max, stack);
  stack->thread = copsan_thread_number();
}
