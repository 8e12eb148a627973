//===- config.c - The environment variables of libcopier ----------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See config.h.
//
//===----------------------------------------------------------------------===//

#include "client/config.h"
#include "copier/entry_points.h"
#include "process/policy.h"
#include "process/seam.h"
#include "process/soft_dma.h"
#include "process/stats.h"
#include "process/units.h"

#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SEGMENT ((size_t)1 << 30)

size_t __copier_min_size = SIZE_MAX;

/// Says what is wrong with \p variable and ends the process. One write, so that
/// the lines of several processes do not mix.
__attribute__((noreturn, format(printf, 2, 3))) static void
refuse(const char *variable, const char *format, ...) {
  char text[512];
  char line[640];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  int length =
      snprintf(line, sizeof(line), "libcopier: %s: %s\n", variable, text);
  if (write(STDERR_FILENO, line, (size_t)length) < 0)
    _exit(2);
  _exit(2);
}

static bool has_two_cpus(void) {
  // A machine with more CPUs than fit the set makes the call fail: it has two.
  cpu_set_t set;
  return sched_getaffinity(0, sizeof(set), &set) != 0 || CPU_COUNT(&set) >= 2;
}

static const struct copier_backend *choose_auto(void) {
  // Whether it can be used tells only the attempt.
  if (!copier_kernel_backend.configure(NULL))
    return &copier_kernel_backend;
  return has_two_cpus() ? &copier_thread_backend : &copier_inline_backend;
}

static const struct copier_backend *choose_adversary(void) {
  return &copier_adversary_never_backend;
}

/// What COPIER_BACKEND may be besides the name of a backend.
static const struct {
  const char *name;
  const struct copier_backend *(*choose)(void);
} choices[] = {
    {"auto", choose_auto},
    {"adversary", choose_adversary},
};

/// Finds what the user calls \p name, and in it what the backend is to be told.
static const struct copier_backend *find_backend(const char *name,
                                                 const char **argument) {
  *argument = NULL;
  for (size_t i = 0; i != sizeof(choices) / sizeof(*choices); ++i)
    if (strcmp(name, choices[i].name) == 0)
      return choices[i].choose();
  for (size_t i = 0; copier_backends[i]; ++i) {
    const struct copier_backend *backend = copier_backends[i];
    size_t length = strlen(backend->name);
    if (strncmp(name, backend->name, length) != 0)
      continue;
    if (!name[length])
      return backend;
    if (name[length] == ':' && backend->argument_name) {
      *argument = name + length + 1;
      return backend;
    }
  }
  return NULL;
}

/// Appends \p text to the \p size bytes at \p list, as far as there is room.
static void append(char *list, size_t size, const char *text) {
  size_t length = strlen(list);
  snprintf(list + length, size - length, "%s", text);
}

__attribute__((noreturn)) static void refuse_backend(const char *name) {
  char known[256] = "";
  for (size_t i = 0; i != sizeof(choices) / sizeof(*choices); ++i) {
    append(known, sizeof(known), i ? ", " : "");
    append(known, sizeof(known), choices[i].name);
  }
  for (size_t i = 0; copier_backends[i]; ++i) {
    append(known, sizeof(known), ", ");
    append(known, sizeof(known), copier_backends[i]->name);
    if (copier_backends[i]->argument_name) {
      append(known, sizeof(known), ":");
      append(known, sizeof(known), copier_backends[i]->argument_name);
    }
  }
  refuse("COPIER_BACKEND", "unknown backend '%s' (known: %s)", name, known);
}

static void read_backend(void) {
  const char *name = secure_getenv("COPIER_BACKEND");
  if (!name)
    name = "auto";
  const char *argument;
  const struct copier_backend *backend = find_backend(name, &argument);
  if (!backend)
    refuse_backend(name);
  const char *problem =
      backend->configure ? backend->configure(argument) : NULL;
  if (problem)
    refuse("COPIER_BACKEND", "'%s': %s", name, problem);
  copier_config.backend = backend;
  snprintf(copier_config.name, sizeof(copier_config.name), "%s%s%s",
           backend->name, argument ? ":" : "", argument ? argument : "");
}

/// Reads a number of bytes; false if the variable is not set.
static bool read_bytes(const char *variable, size_t *bytes) {
  const char *text = secure_getenv(variable);
  if (!text)
    return false;
  char *end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno || *end || *text < '0' || *text > '9')
    refuse(variable, "'%s' is not a number of bytes", text);
  *bytes = value;
  return true;
}

static void read_policy(void) {
  static const char *const names[] = {
      [COPIER_MODE_INLINE] = "inline",
      [COPIER_MODE_SPLIT] = "split",
      [COPIER_MODE_OFFLOAD] = "offload",
      [COPIER_MODE_ADAPTIVE] = "adaptive",
  };
  const char *name = secure_getenv("COPIER_POLICY");
  copier_policy = copier_config.backend->serves ? COPIER_MODE_ADAPTIVE
                                                : COPIER_MODE_OFFLOAD;
  if (!name)
    return;
  for (size_t mode = 0; mode != sizeof(names) / sizeof(*names); ++mode)
    if (strcmp(name, names[mode]) == 0) {
      copier_policy = (enum copier_mode)mode;
      return;
    }
  refuse("COPIER_POLICY",
         "unknown policy '%s' (known: adaptive, inline, split, offload)", name);
}

static void read_sizes(void) {
  size_t segment = (size_t)1 << copier_config.backend->segment_shift;
  if (read_bytes("COPIER_SEGMENT", &segment) &&
      (segment == 0 || segment > MAX_SEGMENT || (segment & (segment - 1))))
    refuse("COPIER_SEGMENT", "%zu is not a power of two from 1 to %zu", segment,
           MAX_SEGMENT);
  copier_config.segment_shift = (unsigned)__builtin_ctzll(segment);

  size_t min_size = copier_config.backend->min_size;
  bool submits = min_size != SIZE_MAX;
  read_bytes("COPIER_MIN_SIZE", &min_size);
  copier_config.min_size = submits ? min_size : SIZE_MAX;
}

static void read_unit(void) {
  const char *name = secure_getenv("COPIER_UNIT");
  if (!name)
    return;
  for (size_t i = 0; copier_cpu_units[i]; ++i) {
    if (strcmp(name, copier_cpu_units[i]->name) != 0)
      continue;
    copier_cpu_unit = copier_cpu_units[i];
    if (!copier_cpu_unit_is_supported(copier_cpu_unit))
      refuse("COPIER_UNIT", "this processor has no %s", name);
    return;
  }
  refuse("COPIER_UNIT",
         "unknown copy unit '%s' (known: auto, libc, sse2, avx2, avx512)",
         name);
}

static void read_dma(void) {
  const char *name = secure_getenv("COPIER_DMA");
  if (!name || strcmp(name, "none") == 0)
    return;
  if (strcmp(name, copier_soft_dma_unit.name) == 0)
    copier_dma_unit = &copier_soft_dma_unit;
  else if (strcmp(name, copier_soft_dma_cancel_unit.name) == 0)
    copier_dma_unit = &copier_soft_dma_cancel_unit;
  else
    refuse("COPIER_DMA",
           "unknown DMA unit '%s' (known: none, soft, soft:cancel)", name);
}

static void read_stats(void) {
  const char *path = secure_getenv("COPIER_STATS");
  if (!path)
    return;
  int error = *path ? copier_stats_start(path) : ENOENT;
  if (error)
    refuse("COPIER_STATS", "cannot write '%s': %s", path, strerror(error));
}

void copier_config_publish(void) {
  // What is counted or looked at must come here even where it is then copied
  // at once; and what libc is not the fastest for.
  size_t min_size = copier_config.min_size < COPIER_BEYOND_CACHES
                        ? copier_config.min_size
                        : COPIER_BEYOND_CACHES;
  bool all = copier_stats_enabled || copier_seam_hooks;
  __atomic_store_n(&__copier_min_size, all ? 0 : min_size, __ATOMIC_RELAXED);
}

void copier_config_read(void) {
  read_backend();
  read_policy();
  read_sizes();
  read_unit();
  read_dma();
  read_stats();
  copier_config_publish();
}
