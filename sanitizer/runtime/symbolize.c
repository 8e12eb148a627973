//===- symbolize.c - Names for addresses --------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The protocol of llvm-symbolizer: a line in, lines out up to an empty one. It
// is started by posix_spawn, since a fork would complete pending copies.
//
//===----------------------------------------------------------------------===//

#include "symbolize.h"
#include "flags.h"
#include "interceptors.h"

#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool was_tried;
static int to_child = -1, from_child = -1;
static char reply[1 << 15];

/// Where an address is loaded from.
struct module {
  uintptr_t address;
  const char *path;
  uintptr_t base;
};

static int find_module(struct dl_phdr_info *info, size_t size, void *argument) {
  (void)size;
  struct module *module = argument;
  for (int i = 0; i != info->dlpi_phnum; ++i) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    uintptr_t at = info->dlpi_addr + segment->p_vaddr;
    if (segment->p_type != PT_LOAD || module->address < at ||
        module->address >= at + segment->p_memsz)
      continue;
    module->path = info->dlpi_name;
    module->base = info->dlpi_addr;
    return 1;
  }
  return 0;
}

/// The path of the module that \p address is in, and where in it; false if it
/// is in none.
static bool locate(uintptr_t address, char *path, size_t size,
                   uintptr_t *offset) {
  struct module module = {.address = address};
  if (!dl_iterate_phdr(find_module, &module))
    return false;
  *offset = address - module.base;
  if (*module.path) {
    snprintf(path, size, "%s", module.path);
    return true;
  }
  ssize_t n = readlink("/proc/self/exe", path, size - 1);
  path[n > 0 ? n : 0] = '\0';
  return n > 0;
}

static const char *choose_symbolizer(void) {
  const char *chosen = copsan_flags.external_symbolizer_path;
  if (*chosen)
    return chosen;
  chosen = getenv("COPSAN_SYMBOLIZER_PATH");
  return chosen ? chosen : COPSAN_SYMBOLIZER;
}

/// Without what would make the child a part of what is being looked at.
static void clean_environment(char **out, size_t max) {
  size_t count = 0;
  for (char **variable = environ; *variable && count + 1 < max; ++variable)
    if (strncmp(*variable, "LD_PRELOAD=", 11) != 0 &&
        strncmp(*variable, "COPIER_STATS=", 13) != 0)
      out[count++] = *variable;
  out[count] = NULL;
}

static bool spawn(int in, int out) {
  char *arguments[] = {"llvm-symbolizer", "--inlines", "--functions=linkage",
                       "--demangle", NULL};
  char *environment[1024];
  clean_environment(environment, 1024);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  pid_t child;
  const char *path = choose_symbolizer();
  int error =
      posix_spawnp(&child, path, &actions, NULL, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0;
}

static void start(void) {
  was_tried = true;
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC))
    return;
  if (pipe2(out, O_CLOEXEC)) {
    close(in[0]);
    close(in[1]);
    return;
  }
  bool is_running = spawn(in[0], out[1]);
  close(in[0]);
  close(out[1]);
  if (is_running) {
    to_child = in[1];
    from_child = out[0];
  } else {
    close(in[1]);
    close(out[0]);
  }
}

void copsan_symbolize_restart(void) {
  if (to_child >= 0) {
    syscall(SYS_close, to_child);
    syscall(SYS_close, from_child);
  }
  to_child = from_child = -1;
  was_tried = false;
}

/// Writes to a child that may be gone, without the signal that this would be.
static bool write_all(const char *text, size_t n) {
  sigset_t pipe, old;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &old);
  bool is_written = syscall(SYS_write, to_child, text, n) == (long)n;
  if (!is_written && !sigismember(&old, SIGPIPE)) {
    struct timespec now = {0, 0};
    sigtimedwait(&pipe, NULL, &now);
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return is_written;
}

/// Asks, and reads `reply` up to its empty line. False if there is no answer.
static bool ask(const char *what, const char *path, uintptr_t offset) {
  if (!was_tried && copsan_flags.symbolize)
    start();
  if (to_child < 0)
    return false;
  char question[600];
  int n = snprintf(question, sizeof(question), "%s \"%s\" 0x%zx\n", what, path,
                   (size_t)offset);
  size_t length = 0;
  if (write_all(question, (size_t)n))
    while (length < sizeof(reply) - 1) {
      long bytes = syscall(SYS_read, from_child, reply + length,
                           sizeof(reply) - 1 - length);
      if (bytes <= 0)
        break;
      length += (size_t)bytes;
      reply[length] = '\0';
      if (length >= 2 && strcmp(reply + length - 2, "\n\n") == 0)
        return true;
    }
  close(to_child);
  close(from_child);
  to_child = from_child = -1;
  return false;
}

/// Takes one line out of \p text.
static char *next_line(char **text) {
  char *line = *text;
  char *end = strchr(line, '\n');
  if (!end)
    return NULL;
  *end = '\0';
  *text = end + 1;
  return *line ? line : NULL;
}

/// From "FILE:LINE:COLUMN".
static void parse_place(char *text, struct copsan_frame *frame) {
  char *colon = strrchr(text, ':');
  if (!colon)
    return;
  frame->column = (unsigned)strtoul(colon + 1, NULL, 10);
  *colon = '\0';
  colon = strrchr(text, ':');
  if (!colon)
    return;
  frame->line = (unsigned)strtoul(colon + 1, NULL, 10);
  *colon = '\0';
  // Without a line and a folder, it is only the symbol table's guess.
  if (text[0] == '?' || (frame->line == 0 && !strchr(text, '/')))
    return;
  size_t prefix = strlen(copsan_flags.strip_path_prefix);
  if (strncmp(text, copsan_flags.strip_path_prefix, prefix) == 0)
    text += prefix;
  snprintf(frame->file, sizeof(frame->file), "%s", text);
}

static bool begins_with(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *suffix) {
  size_t n = strlen(text), m = strlen(suffix);
  return n >= m && strcmp(text + n - m, suffix) == 0;
}

static void name_frames(const struct copsan_frame *known,
                        struct copsan_named_stack *named) {
  char *text = reply;
  for (char *line;
       named->count != COPSAN_MAX_NAMED && (line = next_line(&text)) != NULL;) {
    struct copsan_frame *frame = &named->frames[named->count++];
    *frame = *known;
    if (line[0] != '?')
      snprintf(frame->function, sizeof(frame->function), "%s", line);
    char *place = next_line(&text);
    if (!place)
      return;
    parse_place(place, frame);
    if (ends_with(frame->file, "/copier.h"))
      --named->count; // libcopier's own, if inline.
  }
}

void copsan_symbolize(const struct copsan_stack *stack,
                      struct copsan_named_stack *named) {
  named->count = 0;
  for (unsigned i = 0; i != stack->count && named->count != COPSAN_MAX_NAMED;
       ++i) {
    struct copsan_frame frame = {.pc = stack->pcs[i]};
    unsigned before = named->count;
    if (locate(frame.pc, frame.module, sizeof(frame.module), &frame.offset) &&
        ask("CODE", frame.module, frame.offset))
      name_frames(&frame, named);
    if (named->count == before)
      named->frames[named->count++] = frame;
  }
}

/// Is \p frame in a library, or in what another sanitizer has put in between?
static bool is_of_system(const struct copsan_frame *frame) {
  const char *place = *frame->file ? frame->file : frame->module;
  return begins_with(place, "/usr/include/") ||
         begins_with(place, "/usr/local/include/") ||
         begins_with(place, "/usr/lib") || begins_with(place, "/lib") ||
         strstr(place, "/include/c++/") || strstr(place, "compiler-rt/lib/") ||
         !*place || strstr(frame->function, "__interceptor_") ||
         (!*frame->file &&
          (copsan_has_other_sanitizer() || copsan_is_own_code(frame->pc)));
}

const struct copsan_frame *
copsan_user_frame(const struct copsan_named_stack *named) {
  for (unsigned i = 0; i != named->count; ++i)
    if (!is_of_system(&named->frames[i]))
      return &named->frames[i];
  return &named->frames[0];
}

bool copsan_find_variable(uintptr_t address, struct copsan_variable *variable) {
  char path[256];
  uintptr_t offset;
  if (!locate(address, path, sizeof(path), &offset) ||
      !ask("DATA", path, offset))
    return false;
  char *text = reply;
  const char *name = next_line(&text);
  const char *extent = next_line(&text);
  const char *place = next_line(&text);
  if (!name || !extent || name[0] == '?')
    return false;
  char *rest;
  uintptr_t begin = strtoull(extent, &rest, 10);
  snprintf(variable->name, sizeof(variable->name), "%s", name);
  snprintf(variable->place, sizeof(variable->place), "%s",
           place && place[0] != '?' ? place : "");
  variable->begin = address - (offset - begin);
  variable->n = strtoull(rest, NULL, 10);
  return variable->n && address - variable->begin < variable->n;
}
