//===- init.c - Process 1 of the guest ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads copier.ko, runs the jobs of /jobs one after the other, and reports on
// an I/O port of QEMU's, by which no interrupt and no kernel message goes:
//
//   >> NAME                  a job begins; what it writes follows
//   << NAME WORD             how it ended: passed, skipped, failed, hung
//   == WORD                  the last line: finished, or why it could not
//
// A line of /jobs is NAME SECONDS [VARIABLE=VALUE...] PROGRAM ARGUMENTS. After each
// job, nothing may be left of it: no process, no reference to the module, no pinned
// page.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "machine.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 32, SETTLE_SECONDS = 20 };

static FILE *report;

static long long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void mount_all(void) {
  static const struct {
    const char *type, *place;
  } mounts[] = {{"devtmpfs", "/dev"},  {"proc", "/proc"},
                {"sysfs", "/sys"},     {"debugfs", "/sys/kernel/debug"},
                {"tmpfs", "/dev/shm"}, {"cgroup2", "/sys/fs/cgroup"}};
  for (size_t index = 0; index < sizeof(mounts) / sizeof(mounts[0]); ++index) {
    mkdir(mounts[index].place, 0755);
    // Not every kernel has all; a case that misses one says so.
    mount(mounts[index].type, mounts[index].place, mounts[index].type, 0, NULL);
  }
}

/// QEMU's isa-debugcon.
#define REPORT_PORT 0xE9

static ssize_t write_report(void *unused, const char *text, size_t size) {
  (void)unused;
  for (size_t at = 0; at < size; ++at)
    outb((unsigned char)text[at], REPORT_PORT);
  return (ssize_t)size;
}

/// Not a serial line: on a busy host it lost bytes of a report, and who waits
/// for a line that has lost an interrupt waits for ever.
static void open_report(void) {
  cookie_io_functions_t functions = {.write = write_report};
  if (!ioperm(REPORT_PORT, 1, 1))
    report = fopencookie(NULL, "w", functions);
}

static void finish(const char *word) {
  fprintf(report, "== %s\n", word);
  fflush(report);
  sync();
  reboot(RB_POWER_OFF);
  for (;;)
    pause();
}

/// Runs `arguments` in a child whose output goes to `output`.
static pid_t start(char **arguments, int output) {
  pid_t child = fork();
  if (child)
    return child;
  setsid();
  int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  for (; arguments[0] && strchr(arguments[0], '='); ++arguments)
    putenv(arguments[0]);
  execv(arguments[0], arguments);
  printf("cannot run %s: %s\n", arguments[0], strerror(errno));
  fflush(stdout);
  _exit(1);
}

static void pass_on(int output) {
  char text[512];
  ssize_t got;
  while ((got = read(output, text, sizeof(text))) > 0)
    fwrite(text, 1, (size_t)got, report);
}

/// Reaps whatever has ended; true when `child` is among it, or `child` is 0 and
/// nobody is left.
static int reap(pid_t child, int *status) {
  for (;;) {
    int one;
    pid_t pid = waitpid(-1, &one, WNOHANG);
    if (pid <= 0)
      return !child && pid < 0;
    if (pid == child) {
      *status = one;
      return 1;
    }
  }
}

/// Waits for `child` until `deadline`, passing on what it writes.
static int wait_for(pid_t child, int *status, int output, long long deadline) {
  while (!reap(child, status)) {
    if (now_ms() > deadline)
      return 0;
    struct pollfd wait = {output, POLLIN, 0};
    poll(&wait, 1, 10);
    if (wait.revents & POLLIN)
      pass_on(output);
    else
      usleep(2000);
  }
  pass_on(output);
  return 1;
}

/// Ends all that a job has left. Returns 0 if it cannot be ended.
static int clean_up(void) {
  int status;
  long long deadline = now_ms() + SETTLE_SECONDS * 1000LL;
  do {
    kill(-1, SIGKILL);
    if (reap(0, &status))
      return 1;
    usleep(5000);
  } while (now_ms() < deadline);
  return 0;
}

/// What is left although nobody runs, or NULL.
static const char *leftover(void) {
  static char text[160];
  long long deadline = now_ms() + SETTLE_SECONDS * 1000LL;
  do {
    // Pages of a dead process are unpinned by a worker.
    long pinned = pages_pinned(), pins = module_pins();
    long references = module_references(), clients = module_clients();
    if (!pinned && !pins && references <= 0 && !clients)
      return NULL;
    snprintf(text, sizeof(text),
             "%ld pinned pages, %ld by its own count, %ld clients, "
             "%ld references",
             pinned, pins, clients, references);
    usleep(20000);
  } while (now_ms() < deadline);
  return text;
}

/// Where the tasks that cannot be killed wait.
static void show_blocked(void) { write_text("/proc/sysrq-trigger", "w"); }

static void run_job(char *line) {
  char *arguments[MAX_ARGUMENTS + 1];
  int count = 0;
  for (char *word = strtok(line, " \n"); word && count < MAX_ARGUMENTS;
       word = strtok(NULL, " \n"))
    arguments[count++] = word;
  arguments[count] = NULL;
  if (count < 3)
    return;
  fprintf(report, ">> %s\n", arguments[0]);
  fflush(report);
  int pipes[2], status = 0;
  if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
    finish("no pipe");
  fcntl(pipes[1], F_SETFL, 0);
  pid_t child = start(arguments + 2, pipes[1]);
  close(pipes[1]);
  int ended = wait_for(child, &status, pipes[0],
                       now_ms() + atoi(arguments[1]) * 1000LL);
  if (!ended)
    show_blocked();
  int cleaned = clean_up();
  pass_on(pipes[0]);
  close(pipes[0]);
  const char *left = cleaned ? leftover() : NULL;
  const char *word = "failed";
  if (left)
    fprintf(report, "left behind: %s\n", left);
  else if (!cleaned || !ended)
    word = "hung";
  else if (WIFEXITED(status) && !WEXITSTATUS(status))
    word = "passed";
  else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED)
    word = "skipped";
  else if (WIFSIGNALED(status))
    fprintf(report, "killed by signal %d\n", WTERMSIG(status));
  else
    fprintf(report, "exit status %d\n", WEXITSTATUS(status));
  fprintf(report, "<< %s %s\n", arguments[0], word);
  fflush(report);
  if (!cleaned) {
    show_blocked();
    finish("a process cannot be killed");
  }
  // What is left would be counted against the next job, too.
  if (left)
    finish("something is left behind");
}

int init_main(void) {
  mount_all();
  open_report();
  if (!report)
    return 1;
  // From here on, whatever ends the guest may be the module's fault.
  fprintf(report, "-- init\n");
  fflush(report);
  setenv("PATH", "/bin:/usr/bin", 1);
  setenv("HOME", "/tmp", 1);
  raise_loopback();
  if (access(MODULE_FILE, R_OK) == 0 && load_module("")) {
    fprintf(report, "copier.ko: %s\n", strerror(errno));
    finish("the module cannot be loaded");
  }
  FILE *jobs = fopen("/jobs", "re");
  if (!jobs)
    finish("no /jobs");
  static char line[4096];
  while (fgets(line, sizeof(line), jobs))
    run_job(line);
  if (module_references() >= 0 && remove_module()) {
    fprintf(report, "copier.ko: %s\n", strerror(errno));
    finish("the module cannot be removed");
  }
  finish("finished");
  return 1;
}
