//===- csync_mutants.c - One csync that does less than it should ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linked to a program whose csyncs csync_mutants.py has numbered. MUTANT=N:delete
// leaves out that csync, N:head and N:tail leave out one half of it. An empty
// MUTANT changes nothing. REACHED names a file for the numbers that were reached.
//
//===----------------------------------------------------------------------===//

#include <copier/entry_points.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CSYNCS = 1 << 16 };
static unsigned char reached[MAX_CSYNCS];
static unsigned chosen = MAX_CSYNCS;
static const char *way = "";

__attribute__((constructor)) static void choose(void) {
  char *end;
  const char *mutant = getenv("MUTANT");
  if (!mutant || !*mutant)
    return;
  chosen = strtoul(mutant, &end, 10);
  way = end + 1;
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("REACHED");
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file)
    return;
  for (unsigned i = 0; i != MAX_CSYNCS; ++i)
    if (reached[i])
      fprintf(file, "%u\n", i);
  fclose(file);
}

void mutant_csync(const void *addr, size_t n, unsigned number) {
  const char *start = addr;
  reached[number] = 1;
  if (number != chosen)
    __copier_csync(addr, n);
  else if (!strcmp(way, "head"))
    __copier_csync(start + n / 2, n - n / 2);
  else if (!strcmp(way, "tail"))
    __copier_csync(start, n / 2);
}

void mutant_csync_all(unsigned number) {
  reached[number] = 1;
  if (number != chosen)
    __copier_csync_all();
}
