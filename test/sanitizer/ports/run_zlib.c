//===- run_zlib.c - What runs the port of zlib --------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Streams through buffers that are used again at once, so that a copy that is
// left pending meets its conflict.
//
//===----------------------------------------------------------------------===//

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { SIZE = 300000, CHUNK = 7000 };
static unsigned char text[SIZE], packed[SIZE * 2], back[SIZE];

static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

static void make_text(void) {
  unsigned state = 1;
  for (int i = 0; i != SIZE; ++i) {
    state = state * 1103515245 + 12345;
    text[i] = (unsigned char)("etaoin shrdlu"[state >> 16 & 7] + (i >> 15));
  }
}

/// Takes \p in in pieces, gives \p out in pieces of a buffer.
static size_t run(z_stream *stream, int (*step)(z_stream *, int),
                  const unsigned char *in, size_t n, unsigned char *out) {
  unsigned char input[CHUNK], output[CHUNK / 2];
  size_t made = 0, taken = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    size_t piece = n - taken < CHUNK ? n - taken : CHUNK;
    memcpy(input, in + taken, piece); //@ stored_input
    taken += piece;
    stream->next_in = input;
    stream->avail_in = (unsigned)piece;
    do {
      stream->next_out = output;
      stream->avail_out = sizeof(output);
      status = step(stream, taken == n ? Z_FINISH : Z_NO_FLUSH);
      if (status != Z_OK && status != Z_BUF_ERROR && status != Z_STREAM_END)
        fail("a step fails");
      size_t got = sizeof(output) - stream->avail_out;
      memcpy(out + made, output, got); //@ put_short
      made += got;
    } while (stream->avail_out == 0 && status != Z_STREAM_END);
  }
  return made;
}

static void round_trip(int level, int bits) {
  z_stream stream = {0};
  if (deflateInit2(&stream, level, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY))
    fail("deflateInit2");
  size_t n = run(&stream, deflate, text, SIZE, packed);
  deflateEnd(&stream);
  memset(&stream, 0, sizeof(stream));
  if (inflateInit2(&stream, bits))
    fail("inflateInit2");
  if (run(&stream, inflate, packed, n, back) != SIZE ||
      memcmp(text, back, SIZE) != 0)
    fail("another text");
  inflateEnd(&stream);
  printf("%d %d: %zu %lx\n", level, bits, n, crc32(0, packed, (unsigned)n));
}

/// All at once, which stores from the input to the output.
static void at_once(int level) {
  uLongf n = sizeof(packed), m = SIZE;
  if (compress2(packed, &n, text, SIZE, level) ||
      uncompress(back, &m, packed, n) || memcmp(text, back, SIZE) != 0)
    fail("compress2");
  printf("at once, %d: %lu %lx\n", level, n, crc32(0, packed, (unsigned)n));
}

/// Stored from a block of \p n bytes that is then gone, behind bytes that have
/// come before.
static void in_blocks(size_t before, size_t n) {
  z_stream stream = {0};
  unsigned char *block = malloc(n);
  if (!block || deflateInit(&stream, 0))
    fail("deflateInit");
  stream.next_in = text;
  stream.avail_in = (unsigned)before;
  stream.next_out = packed;
  stream.avail_out = sizeof(packed);
  deflate(&stream, Z_NO_FLUSH);
  memcpy(block, text + before, n);
  stream.next_in = block;
  stream.avail_in = (unsigned)n;
  deflate(&stream, Z_FINISH);
  free(block); //@ stored_used
  printf("in blocks: %lu %lx\n", stream.total_out,
         crc32(0, packed, (unsigned)stream.total_out));
  deflateEnd(&stream);
}

/// Goes on with a copy and with what it was made of.
static void copy_stream(void) {
  z_stream streams[2] = {{0}, {0}};
  if (deflateInit(&streams[0], 6))
    fail("deflateInit");
  streams[0].next_in = text;
  streams[0].avail_in = SIZE / 2;
  streams[0].next_out = packed;
  streams[0].avail_out = 30000;
  deflate(&streams[0], Z_NO_FLUSH);
  if (deflateCopy(&streams[1], &streams[0]))
    fail("deflateCopy");
  for (int i = 1; i >= 0; --i) {
    streams[i].avail_out = sizeof(packed) - 30000;
    deflate(&streams[i], Z_FINISH);
    printf("copied: %lu %lx\n", streams[i].total_out,
           crc32(0, packed, (unsigned)streams[i].total_out));
    deflateEnd(&streams[i]);
  }
}

static void through_file(void) {
  char name[] = "/tmp/copier-zlib-XXXXXX", line[100];
  int fd = mkstemp(name);
  if (fd < 0)
    fail("mkstemp");
  gzFile file = gzdopen(fd, "wb");
  for (int i = 0; i != 3000; ++i) {
    int n = snprintf(line, sizeof(line), "line %d, %d\n", i, i * i); //@ gzwrite
    gzwrite(file, line, (unsigned)n);
  }
  gzclose(file);
  file = gzopen(name, "rb");
  uLong sum = 0;
  for (int n; (n = gzread(file, line, sizeof(line))) > 0;)
    sum = crc32(sum, (unsigned char *)line, (unsigned)n);
  gzclose(file);
  unlink(name);
  printf("file: %lx\n", sum);
}

int main(void) {
  make_text();
  for (int level = 0; level <= 9; level += 3)
    round_trip(level, 15);
  round_trip(0, 9);
  round_trip(1, 31);
  round_trip(9, -12);
  in_blocks(0, 9000);
  in_blocks(100, 9000);
  in_blocks(100, 90000);
  at_once(0);
  at_once(6);
  copy_stream();
  through_file();
}
