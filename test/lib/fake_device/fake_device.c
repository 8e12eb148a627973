//===- fake_device.c - /dev/copier without a kernel -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Preloaded into a program, it answers the system calls of libcopier on
// /dev/copier with the service that the kernel module has, too
// (kernel-backend/service), and a thread in the place of its worker. A program
// that is linked with it calls fake_open, fake_ioctl and fake_mmap instead
// (-DFAKE_DEVICE_LINKED).
//
// FAKE_COPIER says what is not as it should be, separated by commas:
//   version=N    the ABI's version
//   idle         the worker copies nothing, only SYNC does
//   chaos=SEED   every now and then it pauses, or hands back a segment as if its
//                address were bad
//   slow=SEED    it only pauses
//   bad          it finds no page at all
//   gone=N       after N calls, the client is over
//   refuse       it cannot be mapped
//
// It does not check what only a hostile client gets wrong.
//
//===----------------------------------------------------------------------===//

#include "chaos.h"
#include "service/client.h"
#include "transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef FAKE_DEVICE_LINKED
#define NAME(call) fake_##call
int fake_open(const char *path, int flags, ...);
int fake_ioctl(int fd, unsigned long request, ...);
void *fake_mmap(void *at, size_t size, int rights, int flags, int fd,
                off_t offset);
#else
#define NAME(call) call
#endif

/// The rest is not to be seen by the program.
#define SEEN __attribute__((visibility("default")))

/// The file that is open, whatever the numbers for it.
static struct stat device;
static bool is_open;
static pid_t opener;
static void *rings;
static size_t rings_size;
/// Until the client is over; -1: for ever.
static _Atomic int calls_left = -1;

/// What FAKE_COPIER gives to \p name; \p otherwise if it is not there.
static long long setting(const char *name, long long otherwise) {
  const char *text = getenv("FAKE_COPIER");
  size_t length = strlen(name);
  for (; text; text = strchr(text, ',') ? strchr(text, ',') + 1 : NULL)
    if (strncmp(text, name, length) == 0)
      return text[length] == '=' ? atoll(text + length + 1) : 1;
  return otherwise;
}

static int query(struct copier_abi_query *query) {
  *query = (struct copier_abi_query){
      .size = sizeof(*query),
      .version = (uint32_t)setting("version", COPIER_ABI_VERSION),
      .max_slots = 1024,
      .max_descrs = 1024,
      .max_task_bytes = 1 << 20,
      .max_tasks = 256,
      .features = COPIER_ABI_FEATURE_READ | COPIER_ABI_FEATURE_RECV,
      .max_transfer_bytes = 1 << 20,
  };
  return 0;
}

//===----------------------------------------------------------------------===//
// The client
//===----------------------------------------------------------------------===//

static struct copier_turns turns;
static struct copier_kclient *client;
static pthread_t worker;
static bool has_worker;
static _Atomic unsigned callers; ///< Threads that are in a call.

static void *run_worker(void *unused) {
  (void)unused;
  copier_kclient_run(client);
  return NULL;
}

/// Starts the thread, which takes no signals.
static void start_worker(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  has_worker = pthread_create(&worker, NULL, run_worker, NULL) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void start_chaos(void) {
  if (setting("bad", 0))
    chaos_start(1, 1);
  else if (setting("slow", 0))
    chaos_start((uint64_t)setting("slow", 0), 0);
  else
    chaos_start((uint64_t)setting("chaos", 0), 64);
}

static int create(struct copier_abi_create *create) {
  rings_size = (copier_rings_size(create) + 4095) & ~(size_t)4095;
  rings = (void *)syscall(SYS_mmap, NULL, rings_size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct copier_os_space *space = copier_os_alloc(sizeof(*space));
  client = copier_os_alloc(sizeof(*client));
  if (rings == MAP_FAILED || !space || !client)
    return -ENOMEM;
  create->map_size = rings_size;
  copier_turns_init(&turns, 1, 1 << 20);
  int error = copier_kclient_init(client, create, rings, space, &turns);
  if (error)
    return error;
  copier_kclient_set_mapping(client,
                             copier_range_of((uintptr_t)rings, rings_size));
  start_chaos();
  if (!setting("idle", 0))
    start_worker();
  return 0;
}

/// The client is over: nothing of it is touched any more.
static int end(void) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  // No new ones come, and the service says that it is dead without them.
  while (atomic_load(&callers) != 0)
    sched_yield();
  // In the kernel a client lasts as long as its address space: what it has
  // received comes there.
  struct copier_abi_range all = {.size = sizeof(all),
                                 .flags = COPIER_ABI_SYNC_ALL};
  if (copier_queue_pending(client->service_queue))
    copier_kclient_abort(client, &all);
  copier_kclient_stop(client);
  if (has_worker)
    pthread_join(worker, NULL);
  has_worker = false;
  __atomic_store_n(&client->rings.ring->flags, COPIER_ABI_RING_DEAD,
                   __ATOMIC_RELEASE);
  pthread_mutex_unlock(&lock);
  return -ENODEV;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

static int call(unsigned long request, void *argument) {
  switch (request) {
  case COPIER_IOC_SYNC:
    return copier_kclient_sync(client, argument);
  case COPIER_IOC_ABORT:
    return copier_kclient_abort(client, argument);
  case COPIER_IOC_RELEASE:
    return copier_kclient_release(client, argument);
  case COPIER_IOC_READ:
  case COPIER_IOC_RECV:
    return fake_receive(client, argument, request == COPIER_IOC_READ);
  case COPIER_IOC_WRITE:
  case COPIER_IOC_SEND:
    return fake_send(client, argument, request == COPIER_IOC_WRITE);
  case COPIER_IOC_WAKE:
    copier_kclient_wake(client);
    return 0;
  default:
    return -ENOTTY;
  }
}

/// One call fewer is left; false if there was none.
static bool count_call(void) {
  int left = atomic_load(&calls_left);
  while (left > 0 &&
         !atomic_compare_exchange_weak(&calls_left, &left, left - 1))
    ;
  return left != 0;
}

/// As in the kernel: 0, or -errno.
static int answer(unsigned long request, void *argument) {
  if (request == COPIER_IOC_QUERY)
    return query(argument);
  if (getpid() != opener)
    return -EPERM;
  if (request == COPIER_IOC_CREATE)
    return create(argument);
  atomic_fetch_add(&callers, 1);
  bool is_over = !count_call();
  int result = is_over ? 0 : call(request, argument);
  atomic_fetch_sub(&callers, 1);
  return is_over ? end() : result;
}

//===----------------------------------------------------------------------===//
// In the place of libc
//===----------------------------------------------------------------------===//

static void after_fork(void) {
  is_open = false;
  callers = 0;
}

__attribute__((constructor)) static void start(void) {
  pthread_atfork(NULL, NULL, after_fork);
}

static int open_device(int flags) {
  int fd = (int)syscall(SYS_memfd_create, "fake-copier",
                        flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
  is_open = fd >= 0 && fstat(fd, &device) == 0;
  opener = getpid();
  calls_left = (int)setting("gone", -1);
  return fd;
}

static bool is_device(int fd) {
  struct stat file;
  return is_open && fd >= 0 && fstat(fd, &file) == 0 &&
         file.st_dev == device.st_dev && file.st_ino == device.st_ino;
}

SEEN int NAME(open)(const char *path, int flags, ...) {
  if (strcmp(path, "/dev/copier") == 0)
    return open_device(flags);
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

SEEN int NAME(ioctl)(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (!is_device(fd))
    return (int)syscall(SYS_ioctl, fd, request, argument);
  int error = answer(request, argument);
  if (error >= 0)
    return error;
  errno = -error;
  return -1;
}

SEEN void *NAME(mmap)(void *at, size_t size, int rights, int flags, int fd,
                      off_t offset) {
  if (!is_device(fd))
    return (void *)syscall(SYS_mmap, at, size, rights, flags, fd, offset);
  if (setting("refuse", 0)) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return rings;
}
