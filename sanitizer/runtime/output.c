//===- output.c - Where reports go --------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Collected in a buffer and written by plain system calls: stdio may be in any
// state when an error is found.
//
//===----------------------------------------------------------------------===//

#include "output.h"
#include "flags.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char buffer[1 << 16];
static size_t length;
static bool is_collecting;
static int log_fd = -1;

static int open_log(void) {
  const char *path = copsan_flags.log_path;
  if (strcmp(path, "stderr") == 0)
    return STDERR_FILENO;
  if (strcmp(path, "stdout") == 0)
    return STDOUT_FILENO;
  char name[4096];
  snprintf(name, sizeof(name), "%s.%d", path, getpid());
  long fd = syscall(SYS_openat, AT_FDCWD, name,
                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd >= 0)
    return (int)fd;
  static const char message[] =
      "CopierSanitizer: cannot open the log_path; using stderr\n";
  syscall(SYS_write, STDERR_FILENO, message, sizeof(message) - 1);
  return STDERR_FILENO;
}

static void flush(void) {
  if (log_fd < 0)
    log_fd = open_log();
  for (size_t done = 0; done < length;) {
    long n = syscall(SYS_write, log_fd, buffer + done, length - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    done += (size_t)n;
  }
  length = 0;
}

void copsan_output_begin(void) {
  pthread_mutex_lock(&mutex);
  is_collecting = true;
}

void copsan_output_end(void) {
  flush();
  is_collecting = false;
  pthread_mutex_unlock(&mutex);
}

void copsan_output_restart(void) {
  pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
  mutex = fresh;
  length = 0;
  is_collecting = false;
  if (log_fd > STDERR_FILENO) {
    syscall(SYS_close, log_fd);
    log_fd = -1;
  }
}

void copsan_print(const char *format, ...) {
  char text[4096];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  if (n < 0)
    return;
  size_t bytes = (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
  if (length + bytes > sizeof(buffer))
    flush();
  memcpy(buffer + length, text, bytes);
  length += bytes;
  if (!is_collecting)
    flush();
}

void copsan_print_json_string(const char *text) {
  if (!text) {
    copsan_print("null");
    return;
  }
  copsan_print("\"");
  for (; *text; ++text) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      copsan_print("\\%c", c);
    else if (c < 0x20)
      copsan_print("\\u%04x", c);
    else
      copsan_print("%c", c);
  }
  copsan_print("\"");
}
