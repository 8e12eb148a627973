//===- flags.c - COPSAN_OPTIONS -----------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the style that the sanitizers have in common: NAME=VALUE, separated by
// colons, commas or blanks; values may be in quotes.
//
//===----------------------------------------------------------------------===//

#include "flags.h"
#include "output.h"

#include <sanitizer/copsan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TEXT 4096

struct copsan_flags copsan_flags = {
#define COPSAN_FLAG(TYPE, NAME, DEFAULT, HELP) .NAME = (DEFAULT),
#include "flags.def"
};

__attribute__((weak)) const char *__copsan_default_options(void) { return ""; }

/// The texts that string flags point into.
static char texts[2][MAX_TEXT];

__attribute__((noreturn)) static void refuse(const char *name,
                                             const char *value) {
  copsan_print("==%d==ERROR: CopierSanitizer: invalid value '%s' of option "
               "'%s'\n",
               getpid(), value, name);
  _exit(copsan_flags.exitcode);
}

static bool parse_bool(const char *name, const char *value) {
  static const char *const words[2][3] = {{"0", "false", "no"},
                                          {"1", "true", "yes"}};
  for (int truth = 0; truth != 2; ++truth)
    for (int i = 0; i != 3; ++i)
      if (strcmp(value, words[truth][i]) == 0)
        return truth;
  refuse(name, value);
}

static int parse_int(const char *name, const char *value) {
  char *end;
  long number = strtol(value, &end, 10);
  if (!*value || *end || number < 0 || number > 255)
    refuse(name, value);
  return (int)number;
}

static const char *parse_string(const char *name, const char *value) {
  (void)name;
  return value;
}

static void set(const char *name, const char *value) {
#define COPSAN_FLAG(TYPE, NAME, DEFAULT, HELP)                                 \
  if (strcmp(name, #NAME) == 0) {                                              \
    copsan_flags.NAME = parse_##TYPE(name, value);                             \
    return;                                                                    \
  }
#include "flags.def"
  copsan_print("==%d==WARNING: CopierSanitizer: unknown option '%s'\n",
               getpid(), name);
}

static bool is_separator(char c) { return c && strchr(":, \t\n\r", c); }

/// Ends the value at \p text and returns what follows it.
static char *end_of_value(char **text) {
  char *at = *text;
  if (*at == '"' || *at == '\'') {
    *text = at + 1;
    char *quote = strchr(at + 1, *at);
    if (!quote)
      refuse("(the last one)", at);
    *quote = '\0';
    return quote + 1;
  }
  while (*at && !is_separator(*at))
    ++at;
  char *next = *at ? at + 1 : at;
  *at = '\0';
  return next;
}

/// Reads options that are \p text, and stay.
static void parse(char *text) {
  while (*text) {
    if (is_separator(*text)) {
      ++text;
      continue;
    }
    char *name = text;
    text += strcspn(text, "=:, \t\n\r");
    if (*text != '=')
      refuse(name, "");
    *text++ = '\0';
    char *value = text;
    text = end_of_value(&value);
    set(name, value);
  }
}

static void read_from(const char *options, char *text) {
  if (!options)
    return;
  if (strlen(options) >= MAX_TEXT)
    refuse("(all of them)", "too long");
  memcpy(text, options, strlen(options) + 1);
  parse(text);
}

static void print_help(void) {
  copsan_print("Options of CopierSanitizer, in COPSAN_OPTIONS:\n");
#define COPSAN_FLAG(TYPE, NAME, DEFAULT, HELP)                                 \
  copsan_print("\t" #NAME "\n\t\t- " HELP " (default: " #DEFAULT ")\n");
#include "flags.def"
}

void copsan_flags_read(void) {
  read_from(__copsan_default_options(), texts[0]);
  read_from(getenv("COPSAN_OPTIONS"), texts[1]);
  if (strcmp(copsan_flags.format, "text") != 0 &&
      strcmp(copsan_flags.format, "json") != 0)
    refuse("format", copsan_flags.format);
  if (copsan_flags.help)
    print_help();
}
