//===- lives.c - The end of what a copy needs, in the middle of it --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Processes, mappings, files and the module itself end while tasks are pending.
// What these cases check is mostly checked after them: that nobody waits for
// ever, that no page stays pinned, that the module is free.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include "machine.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 256 * 1024, ROUNDS = 12 };

/// Submits without end; some of it reads what other copies write.
static void load(void *argument) {
  (void)argument;
  struct client client;
  client_init(&client);
  char *memory = pages(4 * SIZE);
  for (unsigned copy = 0;; ++copy)
    client_copy(&client, memory + (copy + 1) % 4 * SIZE,
                memory + copy % 4 * SIZE, SIZE);
}

static pid_t start(void (*run)(void *), void *argument) {
  fflush(stdout);
  pid_t child = fork();
  if (child)
    return child;
  run(argument);
  _exit(0);
}

TEST_CASE(killed_in_mid_copy, 180) {
  client_query();
  for (unsigned round = 0; round < ROUNDS; ++round) {
    pid_t children[3];
    for (unsigned child = 0; child < 3; ++child)
      children[child] = start(load, NULL);
    usleep(5000 * round + 1000);
    for (unsigned child = 0; child < 3; ++child)
      kill(children[child], SIGKILL);
    for (unsigned child = 0; child < 3; ++child)
      expect_equal(waitpid(children[child], NULL, 0), children[child]);
  }
}

/// Exit with pending tasks, by the end of main and by exit_group of a thread.
static void exit_pending(void *argument) {
  (void)argument;
  struct client client;
  client_init(&client);
  char *memory = pages(2 * SIZE);
  for (unsigned copy = 0; copy < 200; ++copy)
    client_submit(&client, client_slot(memory + SIZE, memory, SIZE));
  client_wake_if_needed(&client);
}

static void *exit_thread(void *argument) {
  exit_pending(argument);
  _exit(7);
}

static void exit_in_thread(void *argument) {
  pthread_t thread;
  expect(!pthread_create(&thread, NULL, exit_thread, argument));
  pthread_join(thread, NULL);
}

TEST_CASE(exit_with_pending_copies, 180) {
  for (unsigned round = 0; round < ROUNDS; ++round) {
    int status = in_child(exit_pending, NULL);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED)
      skip("there is no " DEVICE);
    expect_equal(status, 0);
    expect_equal(WEXITSTATUS(in_child(exit_in_thread, NULL)), 7);
  }
}

static void exec_pending(void *argument) {
  exit_pending(argument);
  execl("/init", "init", "query_tells_features", NULL);
}

TEST_CASE(exec_with_pending_copies, 180) {
  client_query();
  for (unsigned round = 0; round < ROUNDS / 2; ++round)
    expect_equal(in_child(exec_pending, NULL), 0);
}

/// The child has the memory as of some moment, and no client; the parent's
/// copies go on, into its own pages.
TEST_CASE(fork_in_mid_copy, 180) {
  struct client client;
  client_init(&client);
  char *memory = pages(2 * SIZE);
  for (unsigned round = 0; round < ROUNDS; ++round) {
    fill(memory, SIZE, round);
    uint32_t descr = client_copy(&client, memory + SIZE, memory, SIZE);
    pid_t child = fork();
    if (!child) {
      memset(memory, 0xEE, 2 * SIZE);
      _exit(0);
    }
    expect_equal(client_wait(&client, descr), COPIER_ABI_DONE);
    expect(waitpid(child, NULL, 0) == child);
    expect(is_filled(memory, SIZE, round));
    expect(is_filled(memory + SIZE, SIZE, round));
  }
}

/// Unmapped in the middle: what was copied until then is copied, the rest is
/// handed back. New memory at the same place is not written by old tasks that
/// are over.
TEST_CASE(munmap_in_mid_copy, 180) {
  struct client client;
  client_init(&client);
  for (unsigned round = 0; round < ROUNDS; ++round) {
    char *src = pages(SIZE), *dst = pages(SIZE);
    fill(src, SIZE, round);
    uint32_t descr = client_copy(&client, dst, src, SIZE);
    usleep(round * 100);
    munmap(round % 2 ? dst : src, SIZE);
    uint32_t status = client_wait(&client, descr);
    expect(status == COPIER_ABI_DONE || status == COPIER_ABI_FAULT);
    struct copier_abi_descr *told = &client.descrs[descr];
    expect_equal(told->done | told->faulted, UINT32_MAX);
    if (told->faulted)
      client_release(&client, told->ticket, told->faulted);
    munmap(round % 2 ? src : dst, SIZE);
  }
}

/// Protections that come and go beside the copies never harm another page.
struct toggler {
  char *memory;
  bool is_over;
};

static void *toggle(void *argument) {
  struct toggler *toggler = argument;
  for (unsigned round = 0;
       !__atomic_load_n(&toggler->is_over, __ATOMIC_RELAXED); ++round) {
    static const int protections[] = {PROT_NONE, PROT_READ,
                                      PROT_READ | PROT_WRITE};
    mprotect(toggler->memory, SIZE, protections[round % 3]);
    madvise(toggler->memory, SIZE, MADV_DONTNEED);
    usleep(200);
  }
  mprotect(toggler->memory, SIZE, PROT_READ | PROT_WRITE);
  return NULL;
}

TEST_CASE(protections_change_in_mid_copy, 180) {
  struct client client;
  client_init(&client);
  char *src = pages(SIZE), *dst = pages(SIZE), *other = pages(2 * SIZE);
  fill(src, SIZE, 1);
  fill(other, SIZE, 2);
  struct toggler toggler = {dst, false};
  pthread_t thread;
  expect(!pthread_create(&thread, NULL, toggle, &toggler));
  for (unsigned round = 0; round < 150; ++round) {
    uint32_t descr = client_copy(&client, dst, src, SIZE);
    uint32_t honest = client_copy(&client, other + SIZE, other, 4 * PAGE);
    client_wait(&client, descr);
    struct copier_abi_descr *told = &client.descrs[descr];
    expect_equal(told->done | told->faulted, UINT32_MAX);
    if (told->faulted)
      client_release(&client, told->ticket, told->faulted);
    expect_equal(client_wait(&client, honest), COPIER_ABI_DONE);
    expect(is_filled(other + SIZE, PAGE, 2));
  }
  __atomic_store_n(&toggler.is_over, true, __ATOMIC_RELAXED);
  pthread_join(thread, NULL);
}

TEST_CASE(truncate_in_mid_copy, 180) {
  struct client client;
  client_init(&client);
  int file = open("/dev/shm", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  expect(file >= 0 && !ftruncate(file, SIZE));
  char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect(map != MAP_FAILED);
  char *memory = pages(SIZE);
  for (unsigned round = 0; round < ROUNDS; ++round) {
    expect(!ftruncate(file, SIZE));
    uint32_t to = client_copy(&client, map, memory, SIZE / 2);
    uint32_t from =
        client_copy(&client, memory + SIZE / 2, map + SIZE / 2, SIZE / 2);
    usleep(round * 50);
    expect(!ftruncate(file, 0));
    uint32_t descrs[] = {to, from};
    for (unsigned index = 0; index < 2; ++index) {
      uint32_t status = client_wait(&client, descrs[index]);
      expect(status == COPIER_ABI_DONE || status == COPIER_ABI_FAULT);
      struct copier_abi_descr *told = &client.descrs[descrs[index]];
      if (told->faulted)
        client_release(&client, told->ticket, told->faulted);
    }
    struct stat status;
    expect(!fstat(file, &status) && status.st_size == 0);
  }
}

/// The file is closed, but the mapping stays: the client goes on until that
/// goes, too.
TEST_CASE(closed_with_pending_copies, 120) {
  for (unsigned round = 0; round < ROUNDS; ++round) {
    struct client client;
    client_init(&client);
    char *memory = pages(2 * SIZE);
    for (unsigned copy = 0; copy < 50; ++copy)
      client_submit(&client, client_slot(memory + SIZE, memory, SIZE));
    client_wake_if_needed(&client);
    if (round % 2)
      client_close(&client);
    else {
      close(client.fd);
      munmap(client.ring, client.map_size);
    }
    munmap(memory, 2 * SIZE);
  }
}

/// A process that needs more than its cgroup has dies of it, or is handed back
/// what it cannot have; nobody else notices.
static void exhaust(void *argument) {
  (void)argument;
  write_text("/sys/fs/cgroup/small/cgroup.procs", "0");
  struct client client;
  client_init(&client);
  char *src = pages(SIZE);
  for (unsigned copy = 0; copy < 256; ++copy) {
    uint32_t descr = client_copy(&client, pages(SIZE), src, SIZE);
    client_wait(&client, descr);
    struct copier_abi_descr *told = &client.descrs[descr];
    if (told->faulted)
      client_release(&client, told->ticket, told->faulted);
  }
}

TEST_CASE(memory_runs_out_in_mid_copy, 240) {
  client_query();
  write_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
  mkdir("/sys/fs/cgroup/small", 0755);
  if (write_text("/sys/fs/cgroup/small/memory.max", "12582912"))
    skip("there is no memory cgroup here");
  int status = in_child(exhaust, NULL);
  printf("the process ended with status %#x\n", status);
  expect(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  long killed =
      read_named_number("/sys/fs/cgroup/small/memory.events", "oom_kill");
  long limited = read_named_number("/sys/fs/cgroup/small/memory.events", "max");
  printf("memory was limited %ld times, %ld killed\n", limited, killed);
  // Memory that the worker makes present counts for the client.
  expect(limited > 0);
}

/// The module cannot go while there are clients; after their violent end it can.
TEST_CASE(module_removed_under_load, 240) {
  client_query();
  for (unsigned round = 0; round < 4; ++round) {
    pid_t children[2] = {start(load, NULL), start(load, NULL)};
    usleep(30000 + round * 20000);
    if (module_references() > 0) {
      expect(remove_module());
      expect(errno == EAGAIN || errno == EWOULDBLOCK || errno == EBUSY);
    }
    for (unsigned child = 0; child < 2; ++child)
      kill(children[child], SIGKILL);
    for (unsigned child = 0; child < 2; ++child)
      expect_equal(waitpid(children[child], NULL, 0), children[child]);
    for (unsigned attempt = 0; remove_module(); ++attempt) {
      expect(errno == EAGAIN || errno == EWOULDBLOCK || errno == EBUSY);
      if (attempt > 1000)
        fail("the module stays: %ld references", module_references());
      usleep(10000);
    }
    expect(access(DEVICE, F_OK));
    expect(!load_module(""));
  }
}
