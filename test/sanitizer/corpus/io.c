//===- io.c - Buffers for the kernel ------------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What read and write do to memory, as the effects table and its additions say.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void) {
  char text[] = "what is to be sent, and received again", copy[64],
       parts[2][64];
  int ends[2];
  if (pipe(ends))
    return 1;
  size_t n = sizeof(text);
  amemcpy(copy, text, n);
  csync(copy, n);                         //! read-before-csync send whole
  ssize_t sent = write(ends[1], copy, n); //@ send
  amemcpy(copy, text, n);
  csync(copy, n);                       //! write-before-csync receive whole
  ssize_t got = read(ends[0], copy, n); //@ receive
  amemcpy(parts[0], copy, n);
  amemcpy(parts[1], text, n);
  struct iovec vector[] = {{parts[0], n}, {parts[1], n}};
  csync(parts[0], n);                       //! read-before-csync both whole
  csync(parts[1], n);                       //! read-before-csync both whole
  ssize_t all = writev(ends[1], vector, 2); //@ both
  amemcpy(parts[0], text, n);
  csync(text, n); //! source-write-before-csync back whole
  ssize_t back = read(ends[0], text, n); //@ back
  puts(parts[0]);                        // Came with its source.
  printf("%zd %zd %zd %zd\n", sent, got, all, back);
}
