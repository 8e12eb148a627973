//===- transfers.c - copier_recv, copier_read, copier_send, copier_write --===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What they give, take and say is what the plain calls do, between copies that
// are pending, in whatever state sockets, pipes and files are.
//
// RUN: %clang -O2 %s %libcopier -o %t
// RUN: %run-backends %t | FileCheck %s
// CHECK: 0 failures
//
//===----------------------------------------------------------------------===//

#include "Inputs/expect.h"
#include <copier.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 60000, MANY = 300 };

static char data[SIZE], buffer[SIZE], other[SIZE], third[SIZE];

static int new_file(void) {
  char name[] = "/tmp/copier-transfers-XXXXXX";
  int file = mkstemp(name);
  unlink(name);
  return file;
}

static void pair(int ends[2], int type) {
  EXPECT(socketpair(AF_UNIX, type, 0, ends) == 0);
}

static void close_pair(const int ends[2]) {
  close(ends[0]);
  close(ends[1]);
}

/// Receives all of \p n bytes, each part pending.
static void receive_all(int fd, char *to, size_t n) {
  for (size_t have = 0; have != n;) {
    ssize_t got = copier_recv(fd, to + have, n - have, 0);
    EXPECT(got > 0);
    if (got <= 0)
      return;
    have += (size_t)got;
  }
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

static void received_bytes_come_by_csync(void) {
  int ends[2];
  pair(ends, SOCK_STREAM);
  for (unsigned round = 0; round != 30; ++round) {
    fill(data, SIZE, round);
    EXPECT(send(ends[0], data, SIZE, 0) == SIZE);
    receive_all(ends[1], buffer, SIZE);
    csync(buffer, SIZE);
    EXPECT(is_filled(buffer, SIZE, round));
  }
  close_pair(ends);
}

/// Is anything pending?
static int is_pending(void) {
  return (uint32_t)__atomic_load_n(&__copier_pending.word, __ATOMIC_ACQUIRE) !=
         0;
}

/// The service, if it is one that works, does receive, and read.
static void service_receives(void) {
  int ends[2], file = new_file();
  if (!backend_is("kernel") || getenv("FAKE_COPIER"))
    return;
  pair(ends, SOCK_STREAM);
  EXPECT(write(file, data, SIZE) == SIZE && lseek(file, 0, SEEK_SET) == 0);
  EXPECT(send(ends[0], data, SIZE, 0) == SIZE);
  csync_all();
  EXPECT(!is_pending());
  EXPECT(copier_read(file, buffer, SIZE) == SIZE);
  EXPECT(is_pending());
  csync_all();
  EXPECT(!is_pending());
  EXPECT(copier_recv(ends[1], buffer, SIZE, 0) > 0);
  EXPECT(is_pending());
  csync_all();
  close(file);
  close_pair(ends);
}

static void copies_come_after_what_they_read_is_received(void) {
  int ends[2];
  pair(ends, SOCK_STREAM);
  for (unsigned round = 0; round != 30; ++round) {
    fill(data, SIZE, round + 100);
    EXPECT(send(ends[0], data, SIZE, 0) == SIZE);
    receive_all(ends[1], buffer, SIZE);
    amemcpy(other, buffer, SIZE);
    amemcpy(third, other, SIZE);
    // Into what is still to be copied from.
    EXPECT(send(ends[0], data, 100, 0) == 100);
    receive_all(ends[1], buffer, 100);
    csync(third, SIZE);
    EXPECT(is_filled(third, SIZE, round + 100));
    csync_all();
    EXPECT(is_filled(other, SIZE, round + 100));
  }
  close_pair(ends);
}

static void pending_bytes_are_sent(void) {
  int ends[2];
  pair(ends, SOCK_STREAM);
  int file = new_file();
  for (unsigned round = 0; round != 30; ++round) {
    fill(data, SIZE, round + 7);
    amemcpy(other, data, SIZE);
    EXPECT(copier_send(ends[0], other, SIZE, 0) == SIZE);
    receive_all(ends[1], buffer, SIZE);
    EXPECT(copier_send(ends[1], buffer, SIZE, MSG_NOSIGNAL) == SIZE);
    EXPECT(recv(ends[0], third, SIZE, MSG_WAITALL) == SIZE);
    EXPECT(is_filled(third, SIZE, round + 7));
    EXPECT(copier_write(file, buffer, SIZE) == SIZE);
    EXPECT(pread(file, third, SIZE, (off_t)round * SIZE) == SIZE);
    EXPECT(is_filled(third, SIZE, round + 7));
    csync_all();
    EXPECT(is_filled(buffer, SIZE, round + 7));
  }
  close(file);
  close_pair(ends);
}

static void files_have_their_position(void) {
  int file = new_file();
  fill(data, SIZE, 3);
  EXPECT(copier_write(file, data, SIZE) == SIZE);
  csync(data, SIZE);
  EXPECT(lseek(file, 0, SEEK_CUR) == SIZE);
  EXPECT(lseek(file, SIZE / 2, SEEK_SET) == SIZE / 2);
  EXPECT(copier_read(file, buffer, 1000) == 1000);
  // What comes to the file afterwards is not what was read.
  EXPECT(pwrite(file, third, 1000, SIZE / 2) == 1000);
  EXPECT(copier_read(file, buffer + 1000, SIZE) == SIZE / 2 - 1000);
  EXPECT(copier_read(file, buffer, SIZE) == 0);
  csync(buffer, SIZE / 2);
  EXPECT(is_filled_at(buffer, SIZE / 2, SIZE / 2, 3));
  int flags = fcntl(file, F_GETFL);
  EXPECT(fcntl(file, F_SETFL, flags | O_APPEND) == 0);
  EXPECT(lseek(file, 0, SEEK_SET) == 0);
  EXPECT(copier_write(file, data, 10) == 10);
  EXPECT(lseek(file, 0, SEEK_CUR) == SIZE + 10);
  csync_all();
  close(file);
}

static void messages_stay_messages(void) {
  int ends[2];
  pair(ends, SOCK_DGRAM);
  fill(data, SIZE, 9);
  EXPECT(copier_send(ends[0], data, 1000, 0) == 1000);
  EXPECT(copier_send(ends[0], data, 0, 0) == 0);
  EXPECT(copier_send(ends[0], data, 2000, 0) == 2000);
  EXPECT(copier_recv(ends[1], buffer, SIZE, 0) == 1000);
  EXPECT(copier_recv(ends[1], other, SIZE, 0) == 0);
  EXPECT(copier_recv(ends[1], third, 500, MSG_PEEK | MSG_TRUNC) == 2000);
  EXPECT(copier_recv(ends[1], other, 500, 0) == 500);
  EXPECT_ERROR(copier_recv(ends[1], other, 500, MSG_DONTWAIT), EAGAIN);
  csync_all();
  EXPECT(is_filled(buffer, 1000, 9) && is_filled(other, 500, 9) &&
         is_filled(third, 500, 9));
  close_pair(ends);
}

static void pipes_and_more_than_is_taken_at_a_time(void) {
  enum { LONG = 3 << 20 };
  int ends[2], file = new_file();
  EXPECT(pipe(ends) == 0);
  fill(data, SIZE, 4);
  EXPECT(copier_write(ends[1], data, 5000) == 5000);
  EXPECT(copier_read(ends[0], buffer, SIZE) == 5000);
  char *from = malloc(LONG), *to = malloc(LONG);
  fill(from, LONG, 5);
  EXPECT(copier_write(file, from, LONG) == LONG);
  EXPECT(lseek(file, 0, SEEK_SET) == 0);
  EXPECT(copier_read(file, to, LONG) == LONG);
  csync_all();
  EXPECT(is_filled(buffer, 5000, 4) && is_filled(to, LONG, 5));
  free(from);
  free(to);
  close(file);
  close_pair(ends);
}

static void more_than_there_is_room_for(void) {
  int file = new_file();
  fill(data, SIZE, 6);
  EXPECT(write(file, data, MANY * 100) == MANY * 100);
  EXPECT(lseek(file, 0, SEEK_SET) == 0);
  for (unsigned i = 0; i != MANY; ++i) {
    EXPECT(copier_read(file, buffer + i * 100, 100) == 100);
    amemcpy(other + i * 100, buffer + i * 100, 100);
  }
  csync(other, MANY * 100);
  EXPECT(is_filled(other, MANY * 100, 6));
  csync(buffer, MANY * 100);
  EXPECT(is_filled(buffer, MANY * 100, 6));
  close(file);
}

//===----------------------------------------------------------------------===//
// Errors and signals
//===----------------------------------------------------------------------===//

static void errors_are_those_of_the_plain_call(void) {
  int ends[2], file = new_file();
  pair(ends, SOCK_STREAM);
  EXPECT_ERROR(copier_recv(-1, buffer, SIZE, 0), EBADF);
  EXPECT_ERROR(copier_read(-1, buffer, SIZE), EBADF);
  EXPECT_ERROR(copier_send(-1, buffer, SIZE, 0), EBADF);
  EXPECT_ERROR(copier_write(-1, buffer, SIZE), EBADF);
  EXPECT_ERROR(copier_recv(file, buffer, SIZE, 0), ENOTSOCK);
  EXPECT_ERROR(copier_send(file, buffer, SIZE, 0), ENOTSOCK);
  EXPECT_ERROR(copier_recv(ends[0], buffer, SIZE, MSG_DONTWAIT), EAGAIN);
  EXPECT(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
  EXPECT_ERROR(copier_read(ends[0], buffer, SIZE), EAGAIN);
  EXPECT(write(file, data, SIZE) == SIZE && lseek(file, 0, SEEK_SET) == 0);
  EXPECT_ERROR(copier_read(file, NULL, SIZE), EFAULT);
  EXPECT_ERROR(copier_write(ends[0], NULL, SIZE), EFAULT);
  int folder = open("/", O_RDONLY | O_DIRECTORY);
  EXPECT_ERROR(copier_read(folder, buffer, SIZE), EISDIR);
  close(ends[1]);
  EXPECT(copier_recv(ends[0], buffer, SIZE, 0) == 0);
  amemcpy(other, data, SIZE);
  EXPECT_ERROR(copier_send(ends[0], other, SIZE, MSG_NOSIGNAL), EPIPE);
  errno = 77;
  EXPECT(copier_read(file, buffer, 100) == 100 && errno == 77);
  csync_all();
  close(folder);
  close(file);
  close(ends[0]);
}

static void bad_buffers_are_those_of_the_plain_call(void) {
  int file = new_file();
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fill(data, SIZE, 70);
  EXPECT(write(file, data, SIZE) == SIZE && lseek(file, 0, SEEK_SET) == 0);
  mprotect(pages, 8192, PROT_READ);
  EXPECT_ERROR(copier_read(file, pages, 8192), EFAULT);
  EXPECT(lseek(file, 0, SEEK_CUR) == 0);
  mprotect(pages, 4096, PROT_READ | PROT_WRITE);
  EXPECT(copier_read(file, pages, 8192) == 4096);
  csync(pages, 8192);
  EXPECT(is_filled(pages, 4096, 70));
  mprotect(pages + 4096, 4096, PROT_NONE);
  EXPECT(copier_write(file, pages, 8192) == 4096);
  csync(pages, 4096);
  munmap(pages, 8192);
  close(file);
}

static void a_reset_is_told_once(void) {
  int ends[2];
  pair(ends, SOCK_STREAM);
  // What is not read when the other end closes.
  EXPECT(send(ends[0], data, 100, 0) == 100);
  close(ends[1]);
  EXPECT_ERROR(copier_recv(ends[0], buffer, SIZE, 0), ECONNRESET);
  EXPECT(copier_recv(ends[0], buffer, SIZE, 0) == 0);
  close(ends[0]);
}

static void broken_pipe_is_a_signal(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int ends[2];
    pair(ends, SOCK_STREAM);
    close(ends[1]);
    amemcpy(other, data, SIZE);
    copier_send(ends[0], other, SIZE, 0);
    _exit(0);
  }
  int status;
  EXPECT(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
         WTERMSIG(status) == SIGPIPE);
}

static volatile sig_atomic_t signals;

static void count_signal(int number) {
  (void)number;
  ++signals;
}

static sigjmp_buf jump;

static void jump_out(int number) {
  (void)number;
  siglongjmp(jump, 1);
}

static void alarm_in(long ms, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                           .sigev_signo = SIGALRM};
  timer_create(CLOCK_MONOTONIC, &event, &timer);
  timer_settime(timer, 0, &(struct itimerspec){.it_value = {0, ms * 1000000}},
                NULL);
}

static void waiting_can_be_interrupted(void) {
  int ends[2];
  pair(ends, SOCK_STREAM);
  alarm_in(30, count_signal, 0);
  EXPECT_ERROR(copier_recv(ends[0], buffer, SIZE, 0), EINTR);
  EXPECT(signals == 1);
  if (!sigsetjmp(jump, 1)) {
    alarm_in(30, jump_out, 0);
    copier_read(ends[0], buffer, SIZE);
    EXPECT(!"reached");
  }
  fill(data, SIZE, 21);
  EXPECT(send(ends[1], data, SIZE, 0) == SIZE);
  receive_all(ends[0], buffer, SIZE);
  csync(buffer, SIZE);
  EXPECT(is_filled(buffer, SIZE, 21));
  close_pair(ends);
}

static void *send_late(void *end) {
  sleep_ms(30);
  EXPECT(send(*(int *)end, data, SIZE, 0) == SIZE);
  return NULL;
}

static void it_waits_for_data(void) {
  int ends[2];
  pthread_t thread;
  pair(ends, SOCK_STREAM);
  fill(data, SIZE, 22);
  EXPECT(pthread_create(&thread, NULL, send_late, &ends[1]) == 0);
  EXPECT(copier_recv(ends[0], buffer, SIZE, MSG_WAITALL) == SIZE);
  csync(buffer, SIZE);
  EXPECT(is_filled(buffer, SIZE, 22));
  pthread_join(thread, NULL);
  int least = 1000;
  EXPECT(setsockopt(ends[0], SOL_SOCKET, SO_RCVLOWAT, &least, sizeof(least)) ==
         0);
  EXPECT(send(ends[1], data, 10, 0) == 10);
  EXPECT(pthread_create(&thread, NULL, send_late, &ends[1]) == 0);
  EXPECT(copier_recv(ends[0], buffer, SIZE, 0) >= least);
  pthread_join(thread, NULL);
  csync_all();
  close_pair(ends);
}

//===----------------------------------------------------------------------===//
// The end of memory, of processes
//===----------------------------------------------------------------------===//

static void bad_source_is_not_in_the_way(void) {
  int ends[2];
  pair(ends, SOCK_STREAM);
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction action = {.sa_handler = jump_out};
  sigaction(SIGSEGV, &action, NULL);
  for (unsigned round = 0; round != 10; ++round) {
    fill(data, SIZE, round + 40);
    EXPECT(send(ends[1], data, SIZE, 0) == SIZE);
    receive_all(ends[0], buffer, SIZE);
    mprotect(page, 4096, PROT_NONE);
    volatile int faults = 0;
    if (!sigsetjmp(jump, 1)) {
      amemcpy(other, page, 4096);
      csync(other, 4096);
    } else {
      ++faults;
    }
    EXPECT(faults == 1);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    csync(buffer, SIZE);
    EXPECT(is_filled(buffer, SIZE, round + 40));
  }
  signal(SIGSEGV, SIG_DFL);
  munmap(page, 4096);
  close_pair(ends);
}

static void fork_and_threads_complete_it(void) {
  int ends[2];
  pair(ends, SOCK_STREAM);
  fill(data, SIZE, 50);
  EXPECT(send(ends[1], data, SIZE, 0) == SIZE);
  receive_all(ends[0], buffer, SIZE);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int good = is_filled(buffer, SIZE, 50);
    good &= recv(ends[0], other, SIZE, MSG_WAITALL) == SIZE;
    _exit(!good);
  }
  EXPECT(is_filled(buffer, SIZE, 50));
  EXPECT(copier_send(ends[1], buffer, SIZE, 0) == SIZE);
  int status = 1;
  EXPECT(waitpid(child, &status, 0) == child && status == 0);
  csync_all();
  close_pair(ends);
}

static void it_may_be_given_up(void) {
  int file = new_file();
  fill(data, SIZE, 60);
  EXPECT(write(file, data, SIZE) == SIZE && lseek(file, 0, SEEK_SET) == 0);
  EXPECT(copier_read(file, buffer, SIZE) == SIZE);
  copier_abort(buffer, SIZE);
  memset(buffer, 1, SIZE);
  csync_all();
  EXPECT(buffer[0] == 1 && buffer[SIZE - 1] == 1);
  close(file);
}

int main(void) {
  received_bytes_come_by_csync();
  service_receives();
  copies_come_after_what_they_read_is_received();
  pending_bytes_are_sent();
  files_have_their_position();
  messages_stay_messages();
  pipes_and_more_than_is_taken_at_a_time();
  more_than_there_is_room_for();
  errors_are_those_of_the_plain_call();
  bad_buffers_are_those_of_the_plain_call();
  a_reset_is_told_once();
  broken_pipe_is_a_signal();
  waiting_can_be_interrupted();
  it_waits_for_data();
  bad_source_is_not_in_the_way();
  fork_and_threads_complete_it();
  it_may_be_given_up();
  return finish();
}
