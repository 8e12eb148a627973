//===- machine.c - What the guest's kernel tells, and is told -------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See machine.h.
//
//===----------------------------------------------------------------------===//

#include "machine.h"
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int write_text(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  ssize_t written = write(file, text, strlen(text));
  close(file);
  return written < 0 ? -1 : 0;
}

long read_number(const char *path) {
  char text[32] = "";
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  ssize_t got = read(file, text, sizeof(text) - 1);
  close(file);
  return got > 0 ? strtol(text, NULL, 0) : -1;
}

long read_named_number(const char *path, const char *name) {
  FILE *file = fopen(path, "re");
  if (!file)
    return -1;
  char word[64];
  long number, found = -1;
  while (found < 0 && fscanf(file, "%63s %ld%*[^\n]", word, &number) == 2)
    if (!strcmp(word, name))
      found = number;
  fclose(file);
  return found;
}

long pages_pinned(void) {
  return read_named_number("/proc/vmstat", "nr_foll_pin_acquired") -
         read_named_number("/proc/vmstat", "nr_foll_pin_released");
}

#define COUNTERS "/sys/class/misc/" MODULE_NAME "/counters"

long module_pins(void) {
  return read_named_number(COUNTERS, "pins") -
         read_named_number(COUNTERS, "unpins");
}

long module_clients(void) {
  long clients = read_named_number(COUNTERS, "clients");
  return clients < 0 ? 0 : clients;
}

long module_references(void) {
  return read_number("/sys/module/" MODULE_NAME "/refcnt");
}

int load_module(const char *parameters) {
  int file = open(MODULE_FILE, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return -1;
  long failed = syscall(SYS_finit_module, file, parameters, 0);
  close(file);
  return failed ? -1 : 0;
}

int remove_module(void) {
  return syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK) ? -1 : 0;
}

void raise_loopback(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int device = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (device < 0)
    return;
  ioctl(device, SIOCSIFFLAGS, &request);
  close(device);
}
