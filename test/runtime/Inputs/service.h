//===- service.h - The service threads of a test ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// They are found by their name, as a user of ps or gdb finds them.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_TEST_SERVICE_H
#define COPIER_TEST_SERVICE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/// Calls \p visit, if any, with the id of each service thread; returns how many
/// there are.
static inline int for_each_service(void (*visit)(pid_t)) {
  int count = 0;
  DIR *threads = opendir("/proc/self/task");
  for (struct dirent *entry; threads && (entry = readdir(threads));) {
    char path[300];
    char name[32] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
    FILE *file = fopen(path, "r");
    if (!file)
      continue;
    if (fgets(name, sizeof(name), file) && strcmp(name, "copier\n") == 0) {
      ++count;
      if (visit)
        visit(atoi(entry->d_name));
    }
    fclose(file);
  }
  closedir(threads);
  return count;
}

#endif // COPIER_TEST_SERVICE_H
