//===- suppressions.c - What is not to be reported ----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Patterns are fnmatch's, with a star on either side.
//
//===----------------------------------------------------------------------===//

#include "suppressions.h"
#include "flags.h"
#include "output.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sanitizer/copsan_interface.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_SUPPRESSIONS 512
#define MAX_TEXT (1 << 16)

static struct suppression {
  const char *kind;
  char pattern[256];
} suppressions[MAX_SUPPRESSIONS];
static unsigned count;
static char texts[2][MAX_TEXT];

__attribute__((weak)) const char *__copsan_default_suppressions(void) {
  return "";
}

__attribute__((noreturn)) static void refuse(const char *what,
                                             const char *text) {
  copsan_print("==%d==ERROR: CopierSanitizer: suppressions: %s '%s'\n",
               getpid(), what, text);
  _exit(copsan_flags.exitcode);
}

static void parse_line(char *line) {
  line += strspn(line, " \t\r");
  if (!*line || *line == '#')
    return;
  line[strcspn(line, "\r")] = '\0';
  char *colon = strchr(line, ':');
  if (!colon)
    refuse("a line is not KIND:PATTERN:", line);
  if (count == MAX_SUPPRESSIONS)
    refuse("too many, from", line);
  *colon = '\0';
  struct suppression *added = &suppressions[count++];
  added->kind = line;
  snprintf(added->pattern, sizeof(added->pattern), "*%s*", colon + 1);
}

static void parse(char *text) {
  while (text) {
    char *next = strchr(text, '\n');
    if (next)
      *next++ = '\0';
    parse_line(text);
    text = next;
  }
}

void copsan_suppressions_read(void) {
  const char *own = __copsan_default_suppressions();
  if (strlen(own) >= MAX_TEXT)
    refuse("too long:", "__copsan_default_suppressions");
  memcpy(texts[0], own, strlen(own) + 1);
  parse(texts[0]);
  const char *path = copsan_flags.suppressions;
  if (!*path)
    return;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? -1 : read(fd, texts[1], MAX_TEXT);
  if (n < 0 || n == MAX_TEXT)
    refuse("cannot read", path);
  close(fd);
  texts[1][n] = '\0';
  parse(texts[1]);
}

static bool matches(const struct suppression *suppression,
                    const struct copsan_frame *frame) {
  const char *names[] = {frame->function, frame->file, frame->module};
  for (int i = 0; i != 3; ++i)
    if (*names[i] && fnmatch(suppression->pattern, names[i], 0) == 0)
      return true;
  return false;
}

bool copsan_is_suppressed(const char *kind,
                          const struct copsan_named_stack *stack) {
  for (unsigned i = 0; i != count; ++i) {
    if (fnmatch(suppressions[i].kind, kind, 0) != 0)
      continue;
    for (unsigned f = 0; f != stack->count; ++f)
      if (matches(&suppressions[i], &stack->frames[f]))
        return true;
  }
  return false;
}
