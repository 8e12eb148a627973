//===- run_lz4.c - What runs the port of lz4 ----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks, and frames in pieces through buffers that are used again at once.
//
//===----------------------------------------------------------------------===//

#include <lz4.h>
#include <lz4frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 400000, PIECE = 20000, BOUND = 200000 };
static char text[SIZE], packed[SIZE * 2], back[SIZE];

static void check(size_t status) {
  if (!LZ4F_isError(status))
    return;
  fprintf(stderr, "%s\n", LZ4F_getErrorName(status));
  exit(1);
}

static unsigned sum(const char *bytes, size_t n) {
  unsigned result = 5381;
  for (size_t i = 0; i != n; ++i)
    result = result * 33 + (unsigned char)bytes[i]; //@ sum
  return result;
}

/// The middle third cannot be compressed.
static void make_text(void) {
  unsigned state = 1;
  for (int i = 0; i != SIZE; ++i) {
    state = state * 1103515245 + 12345;
    int is_noise = i > SIZE / 3 && i < SIZE * 2 / 3;
    text[i] = (char)(is_noise ? state >> 16 : "etaoin shrdlu"[state >> 16 & 7]);
  }
}

static void block(void) {
  int n = LZ4_compress_default(text, packed, 100000, SIZE);
  printf("block: %d %u\n", n, sum(packed, (size_t)n));
  if (LZ4_decompress_safe(packed, back, n, SIZE) != 100000 ||
      memcmp(text, back, 100000) != 0)
    exit(1);
}

static size_t compress(const LZ4F_preferences_t *preferences, size_t piece) {
  LZ4F_cctx *context;
  char input[PIECE];
  check(LZ4F_createCompressionContext(&context, LZ4F_VERSION));
  size_t n = LZ4F_compressBegin(context, packed, SIZE, preferences);
  check(n);
  for (size_t at = 0; at != SIZE; at += piece) {
    memcpy(input, text + at, piece); //@ input
    size_t more =
        LZ4F_compressUpdate(context, packed + n, BOUND, input, piece, NULL);
    check(more);
    n += more;
  }
  size_t last = LZ4F_compressEnd(context, packed + n, BOUND, NULL);
  check(last);
  LZ4F_freeCompressionContext(context);
  return n + last;
}

static void decompress(size_t n, size_t piece) {
  LZ4F_dctx *context;
  char input[777], output[PIECE];
  check(LZ4F_createDecompressionContext(&context, LZ4F_VERSION));
  size_t made = 0, at = 0;
  while (at != n) {
    size_t in = n - at < sizeof(input) ? n - at : sizeof(input);
    size_t out = piece;
    memcpy(input, packed + at, in); //@ decoded_input
    check(LZ4F_decompress(context, output, &out, input, &in, NULL));
    memcpy(back + made, output, out); //@ output
    made += out;
    at += in;
  }
  LZ4F_freeDecompressionContext(context);
  if (made != SIZE || memcmp(text, back, SIZE) != 0)
    exit(1);
}

static void frame(int linked, int checksums, size_t in, size_t out) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode =
      linked ? LZ4F_blockLinked : LZ4F_blockIndependent;
  preferences.frameInfo.blockChecksumFlag =
      checksums ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum;
  preferences.frameInfo.contentChecksumFlag =
      checksums ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
  size_t n = compress(&preferences, in);
  printf("frame: %zu %u\n", n, sum(packed, n));
  decompress(n, out);
}

/// All at once, so that blocks are stored from the input, and decoded one
/// behind the other.
static void at_once(void) {
  size_t n = LZ4F_compressFrame(packed, sizeof(packed), text, SIZE, NULL);
  check(n);
  printf("at once: %zu %u\n", n, sum(packed, n));
  LZ4F_dctx *context;
  check(LZ4F_createDecompressionContext(&context, LZ4F_VERSION));
  size_t out = SIZE, in = n;
  check(LZ4F_decompress(context, back, &out, packed, &in, NULL));
  LZ4F_freeDecompressionContext(context);
  if (out != SIZE || memcmp(text, back, SIZE) != 0)
    exit(1);
}

int main(void) {
  make_text();
  block();
  frame(0, 1, 1000, 1500);
  frame(1, 0, PIECE, PIECE);
  frame(1, 1, 1000, 300);
  at_once();
}
