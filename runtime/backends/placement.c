//===- placement.c - Where service threads run ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From sysfs; where that does not tell, a thread may run where the process may:
// that is, its main thread, since the one that starts the service may be
// pinned.
//
//===----------------------------------------------------------------------===//

#include "backends/placement.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool read_allowed(cpu_set_t *set) {
  // A machine with more CPUs than fit the set makes the call fail.
  return sched_getaffinity(getpid(), sizeof(*set), set) == 0;
}

unsigned copier_placement_cpus(void) {
  cpu_set_t allowed;
  return read_allowed(&allowed) ? (unsigned)CPU_COUNT(&allowed) : CPU_SETSIZE;
}

/// Is \p cpu in a list as "0-3,8"?
static bool is_listed(unsigned long cpu, const char *text) {
  while (*text >= '0' && *text <= '9') {
    char *end;
    unsigned long first = strtoul(text, &end, 10);
    unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;
    if (first <= cpu && cpu <= last)
      return true;
    text = *end == ',' ? end + 1 : end;
  }
  return false;
}

/// Leaves those CPUs in \p set that share the last-level cache with \p cpu.
static bool keep_neighbours(int cpu, cpu_set_t *set) {
  char path[96];
  char text[1024];
  snprintf(path, sizeof(path),
           "/sys/devices/system/cpu/cpu%d/cache/index3/shared_cpu_list", cpu);
  FILE *file = fopen(path, "re");
  if (!file)
    return false;
  bool is_read = fgets(text, sizeof(text), file);
  fclose(file);
  for (unsigned other = 0; is_read && other != CPU_SETSIZE; ++other)
    if (!is_listed(other, text))
      CPU_CLR(other, set);
  return is_read;
}

void copier_placement_apply(pthread_attr_t *attributes) {
  cpu_set_t allowed;
  int cpu = sched_getcpu();
  if (cpu < 0 || !read_allowed(&allowed))
    return;
  cpu_set_t near = allowed;
  bool is_near = keep_neighbours(cpu, &near) && CPU_COUNT(&near) >= 2;
  pthread_attr_setaffinity_np(attributes, sizeof(near),
                              is_near ? &near : &allowed);
}
