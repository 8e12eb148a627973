//===- unpack.c - Decompression with copies from what is already there --===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Literals from the input, matches from the output: a reduced LZ77.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <stdio.h>
#include <string.h>

static unsigned char packed[4096], unpacked[65536];

/// Tokens of (literals, distance, length), the literals behind each.
static size_t pack(void) {
  size_t at = 0;
  for (int i = 0; i != 100; ++i) {
    packed[at++] = 20;
    packed[at++] = (unsigned char)(1 + i % 16);
    packed[at++] = (unsigned char)(30 + i % 40);
    for (int j = 0; j != 20; ++j)
      packed[at++] = (unsigned char)(i * 7 + j * 3);
  }
  return at;
}

static size_t unpack(const unsigned char *in, size_t n) {
  unsigned char *out = unpacked;
  for (const unsigned char *end = in + n; in != end;) {
    unsigned literals = in[0], distance = in[1], length = in[2];
    amemcpy(out, in + 3, literals);
    in += 3 + literals;
    out += literals;
    csync(out - distance, distance); //! read-before-csync match
    for (unsigned i = 0; i != length; ++i)
      out[i] = out[(int)i - (int)distance]; //@ match
    out += length;
  }
  return (size_t)(out - unpacked);
}

int main(void) {
  size_t n = unpack(packed, pack());
  unsigned sum = 0;
  csync(unpacked, n); //! read-before-csync check
  for (size_t i = 0; i != n; ++i)
    sum = sum * 31 + unpacked[i]; //@ check
  csync(packed, sizeof(packed));  // Nothing is pending there any more.
  printf("%zu %u\n", n, sum);
}
