//===- threads.c - The threads of this process --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel's list of threads: libc's count is not to be had.
//
//===----------------------------------------------------------------------===//

#include "process/threads.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/// A main thread that has ended stays until the process does, as a zombie.
static bool main_is_zombie(void) {
  char text[512];
  FILE *file = fopen("/proc/self/stat", "re");
  if (!file)
    return false;
  size_t size = fread(text, 1, sizeof(text) - 1, file);
  fclose(file);
  text[size] = '\0';
  // "pid (name) state": the name may hold anything.
  const char *name_end = strrchr(text, ')');
  return name_end && name_end[1] == ' ' && name_end[2] == 'Z';
}

bool copier_is_last_thread(unsigned own) {
  if (!main_is_zombie())
    return false;
  DIR *threads = opendir("/proc/self/task");
  if (!threads)
    return false;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(threads));)
    count += entry->d_name[0] != '.';
  closedir(threads);
  return count == 1 + (int)own; // With the zombie.
}
