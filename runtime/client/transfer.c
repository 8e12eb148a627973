//===- transfer.c - Files and sockets -------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// copier_recv and its like. What a backend does not take is done by the plain
// call. Where nobody copies, but all that may be pending is to be, the plain
// call is made with other memory, or there is a copy to nowhere after it.
//
//===----------------------------------------------------------------------===//

#include "client/config.h"
#include "client/submit.h"
#include "copier.h"
#include "process/descr.h"
#include "process/memory.h"
#include "process/policy.h"
#include "process/seam.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/// One of the calls, and where it returns to.
struct given {
  struct copier_io transfer;
  /// Makes the plain call.
  ssize_t (*plain)(const struct copier_io *transfer);
  const void *return_address;
};

static struct copier_range range_of(const struct given *given) {
  return copier_range_of(given->transfer.addr, given->transfer.n);
}

/// How many bytes of memory \p n, the result, stands for: recv may tell how
/// long a message would have been.
static size_t moved(const struct given *given, ssize_t n) {
  return (size_t)n < given->transfer.n ? (size_t)n : given->transfer.n;
}

//===----------------------------------------------------------------------===//
// Where all is to be pending that may be
//===----------------------------------------------------------------------===//

/// Memory instead of the program's, which begins behind this.
struct detour {
  _Alignas(64) size_t size; ///< Of both.
};

static struct detour *detour_new(size_t n) {
  size_t size = sizeof(struct detour) + n;
  if (size < n)
    return NULL;
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return NULL;
  struct detour *detour = memory;
  detour->size = size;
  return detour;
}

/// A KFUNC.
static void detour_end(void *detour) {
  munmap(detour, ((struct detour *)detour)->size);
}

/// Copies from or to \p detour, and ends it then.
static void copy_later(struct detour *detour, uintptr_t dst, uintptr_t src,
                       size_t n, const void *return_address) {
  struct copier_request request = {
      .client = &copier_default_client,
      .dst = dst,
      .src = src,
      .n = n,
      .record = copier_record_for(NULL, return_address),
  };
  request.job = copier_job_new(request.record);
  if (!request.job) {
    memcpy((void *)dst, (const void *)src, n);
    detour_end(detour);
    return;
  }
  const struct copier_func end = {detour_end, detour, COPIER_KFUNC};
  copier_job_set_func(request.job, &end, (struct copier_piece){dst, src, n});
  copier_submit(&request, /*may_overlap=*/false);
}

static ssize_t receive_unkindly(const struct given *given) {
  const struct copier_io *transfer = &given->transfer;
  // What is bad the plain call is to find.
  struct detour *detour =
      copier_memory_is_safe(transfer->addr, transfer->addr, transfer->n)
          ? detour_new(transfer->n)
          : NULL;
  if (!detour)
    return given->plain(transfer);
  struct copier_io other = *transfer;
  other.addr = (uintptr_t)(detour + 1);
  ssize_t n = given->plain(&other);
  if (n > 0)
    copy_later(detour, transfer->addr, other.addr, moved(given, n),
               given->return_address);
  else
    detour_end(detour);
  return n;
}

static ssize_t send_unkindly(const struct given *given) {
  ssize_t n = given->plain(&given->transfer);
  struct detour *detour = n > 0 ? detour_new((size_t)n) : NULL;
  if (detour)
    copy_later(detour, (uintptr_t)(detour + 1), given->transfer.addr, (size_t)n,
               given->return_address);
  return n;
}

//===----------------------------------------------------------------------===//
// What others see
//===----------------------------------------------------------------------===//

/// The most that a transfer can have.
#define MOST ((size_t)1 << 31)

/// Memory that nobody can have: what is received comes from the first half, and
/// what is sent goes to the second.
static char *nowhere;

static void make_nowhere(void) {
  void *memory = mmap(NULL, 2 * MOST, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  nowhere = memory == MAP_FAILED ? NULL : memory;
}

/// Tells whoever looks on that the \p n bytes of the call are pending, as in a
/// copy.
static void tell(const struct given *given, size_t n, bool is_in) {
  if (__builtin_expect(copier_seam_hooks == NULL, 1))
    return;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_nowhere);
  if (!nowhere || n > MOST)
    return;
  void *memory = (void *)given->transfer.addr;
  copier_seam_submit(is_in ? memory : nowhere + MOST, is_in ? nowhere : memory,
                     n, NULL, given->return_address);
}

//===----------------------------------------------------------------------===//
// In and out
//===----------------------------------------------------------------------===//

/// Is it long enough to be pending?
static bool is_worth_it(const struct copier_io *transfer) {
  return transfer->n && transfer->n >= copier_config.min_size &&
         copier_policy != COPIER_MODE_INLINE;
}

/// Is a read or write of \p transfer one of a regular file or, with \p or_pipe,
/// a pipe; or of a socket, which it then is made?
static bool find_kind(struct copier_io *transfer, bool or_pipe) {
  struct stat file;
  if (!transfer->is_file)
    return true;
  if (fstat(transfer->fd, &file) != 0)
    return false;
  transfer->is_file = !S_ISSOCK(file.st_mode);
  return !transfer->is_file || S_ISREG(file.st_mode) ||
         (or_pipe && S_ISFIFO(file.st_mode));
}

/// Is all there that a recv would wait for, if anything is?
static bool takes_any(int fd) {
  int least = 0;
  socklen_t size = sizeof(least);
  return getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, &size) == 0 &&
         least <= 1;
}

/// By the backend, or COPIER_IO_REFUSED.
static ssize_t receive_elsewhere(const struct given *given) {
  const struct copier_backend *backend = copier_config.backend;
  struct copier_io transfer = given->transfer;
  if (!backend->receive || copier_descr_touches_bound(range_of(given)) ||
      !find_kind(&transfer, /*or_pipe=*/false) ||
      !(transfer.is_file || takes_any(transfer.fd)))
    return COPIER_IO_REFUSED;
  copier_submit_enter();
  pthread_testcancel();
  return backend->receive(&copier_default_client, &transfer);
}

static ssize_t receive(const struct given *given) {
  if (!is_worth_it(&given->transfer))
    return given->plain(&given->transfer);
  if (copier_config.backend->is_unkind)
    return receive_unkindly(given);
  ssize_t n = receive_elsewhere(given);
  return n == COPIER_IO_REFUSED ? given->plain(&given->transfer) : n;
}

static ssize_t transfer_in(const struct given *given) {
  csync((void *)given->transfer.addr, given->transfer.n);
  ssize_t n = receive(given);
  if (n > 0)
    tell(given, moved(given, n), /*is_in=*/true);
  return n;
}

static bool is_anything_pending(void) {
  return (uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE);
}

static ssize_t send_elsewhere(const struct given *given) {
  const struct copier_backend *backend = copier_config.backend;
  struct copier_io transfer = given->transfer;
  if (!backend->send || !is_worth_it(&transfer) || !is_anything_pending() ||
      !find_kind(&transfer, /*or_pipe=*/true))
    return COPIER_IO_REFUSED;
  pthread_testcancel();
  return backend->send(&transfer);
}

static ssize_t send_out(const struct given *given) {
  ssize_t n = send_elsewhere(given);
  if (n != COPIER_IO_REFUSED)
    return n;
  csync((const void *)given->transfer.addr, given->transfer.n);
  return copier_config.backend->is_unkind && is_worth_it(&given->transfer)
             ? send_unkindly(given)
             : given->plain(&given->transfer);
}

static ssize_t transfer_out(const struct given *given) {
  ssize_t n = send_out(given);
  if (n > 0)
    tell(given, moved(given, n), /*is_in=*/false);
  return n;
}

//===----------------------------------------------------------------------===//
// The calls
//===----------------------------------------------------------------------===//

static ssize_t plain_recv(const struct copier_io *transfer) {
  return recv(transfer->fd, (void *)transfer->addr, transfer->n,
              transfer->flags);
}

static ssize_t plain_read(const struct copier_io *transfer) {
  return read(transfer->fd, (void *)transfer->addr, transfer->n);
}

static ssize_t plain_send(const struct copier_io *transfer) {
  return send(transfer->fd, (const void *)transfer->addr, transfer->n,
              transfer->flags);
}

static ssize_t plain_write(const struct copier_io *transfer) {
  return write(transfer->fd, (const void *)transfer->addr, transfer->n);
}

ssize_t copier_recv(int fd, void *buf, size_t n, int flags) {
  return transfer_in(&(struct given){
      .transfer = {.fd = fd, .flags = flags, .addr = (uintptr_t)buf, .n = n},
      .plain = plain_recv,
      .return_address = __builtin_return_address(0),
  });
}

ssize_t copier_send(int fd, const void *buf, size_t n, int flags) {
  return transfer_out(&(struct given){
      .transfer = {.fd = fd, .flags = flags, .addr = (uintptr_t)buf, .n = n},
      .plain = plain_send,
      .return_address = __builtin_return_address(0),
  });
}

ssize_t copier_read(int fd, void *buf, size_t n) {
  return transfer_in(&(struct given){
      .transfer = {.fd = fd, .addr = (uintptr_t)buf, .n = n, .is_file = true},
      .plain = plain_read,
      .return_address = __builtin_return_address(0),
  });
}

ssize_t copier_write(int fd, const void *buf, size_t n) {
  return transfer_out(&(struct given){
      .transfer = {.fd = fd, .addr = (uintptr_t)buf, .n = n, .is_file = true},
      .plain = plain_write,
      .return_address = __builtin_return_address(0),
  });
}
