//===- transfers.c - A relay that receives and sends asynchronously -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What copier_recv and copier_read bring, and what copier_send and copier_write
// take, is pending as copies are; in between no csync is needed.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 3000 };

static char message[SIZE], buffer[SIZE], copy[SIZE], back[SIZE];

int main(void) {
  int ends[2];
  FILE *file = tmpfile();
  if (!file || socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
    return 1;
  int number = fileno(file);
  memset(message, 'm', SIZE);

  ssize_t sent = copier_send(ends[0], message, SIZE, 0);
  csync(message + 7, 1); //! source-write-before-csync sent
  message[7] = 'M';      //@ sent
  ssize_t got = copier_recv(ends[1], buffer, SIZE, 0);
  amemcpy(copy, buffer, SIZE);
  ssize_t written = copier_write(number, copy, SIZE);
  csync(copy + 8, 1); //! source-write-before-csync written
  copy[8] = 'C';      //@ written
  lseek(number, 0, SEEK_SET);
  ssize_t again = copier_read(number, back, SIZE);
  csync(back + 9, 1);  //! read-before-csync read
  putchar(back[9]);    //@ read
  csync(back + 10, 1); //! write-before-csync filled
  back[10] = 'B';      //@ filled
  csync(back, SIZE);
  got += copier_recv(ends[1], buffer, SIZE, MSG_DONTWAIT);
  printf("%zd %zd %zd %zd\n", sent, got, written, again);
  csync(message, SIZE);
  csync(copy, SIZE);
  close(ends[0]);
  close(ends[1]);
  fclose(file);
  return 0;
}
