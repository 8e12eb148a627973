//===- run_libpng.c - What runs the port of libpng ------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Images of several kinds to memory and back, row by row through one buffer, and
// in pieces. With `write N` or `read N`, one image N times, for the clock.
//
//===----------------------------------------------------------------------===//

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 97, TEXT = 3000 };

/// What is written, and from where it is read.
static struct {
  unsigned char *bytes;
  size_t size, room, taken;
} file;

struct image {
  png_uint_32 width, height;
  int depth, color, interlaced;
};

static void put(png_structp png, png_bytep bytes, size_t n) {
  (void)png;
  if (file.size + n > file.room) {
    file.room = 2 * (file.size + n);
    file.bytes = realloc(file.bytes, file.room);
  }
  memcpy(file.bytes + file.size, bytes, n);
  file.size += n;
}

static void get(png_structp png, png_bytep bytes, size_t n) {
  if (n > file.size - file.taken)
    png_error(png, "no more");
  memcpy(bytes, file.bytes + file.taken, n);
  file.taken += n;
}

static void flush(png_structp png) { (void)png; }

static size_t bytes_of_row(const struct image *image) {
  size_t channels = image->color == PNG_COLOR_TYPE_RGB ? 3 : 1;
  return (image->width * channels * (size_t)image->depth + 7) / 8;
}

static void make_row(unsigned char *row, size_t n, unsigned y) {
  for (size_t i = 0; i != n; ++i)
    row[i] = (unsigned char)(i * 7 + y * y / 5 + (i * y) % 11);
}

static unsigned add(unsigned sum, const unsigned char *row, size_t n) {
  for (size_t i = 0; i != n; ++i)
    sum = sum * 31 + row[i]; //@ row //@ shown
  return sum;
}

static void write_image(const struct image *image, int is_swapped) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, 0, 0, 0);
  png_infop info = png_create_info_struct(png);
  size_t n = bytes_of_row(image);
  unsigned char *row = malloc(n);
  char text[TEXT + 1];
  png_text comment = {.compression = PNG_TEXT_COMPRESSION_NONE,
                      .key = (char[]){"Comment"},
                      .text = text};
  memset(text, 't', TEXT);
  text[TEXT] = '\0';
  file.size = file.taken = 0;
  png_set_write_fn(png, NULL, put, flush);
  png_set_IHDR(
      png, info, image->width, image->height, image->depth, image->color,
      image->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  png_set_filter(png, 0, PNG_ALL_FILTERS);
  png_set_compression_level(png, 1);
  png_set_text(png, info, &comment, 1);
  png_write_info(png, info);
  if (is_swapped)
    png_set_bgr(png);
  int passes = png_set_interlace_handling(png);
  for (int pass = 0; pass != passes; ++pass)
    for (unsigned y = 0; y != image->height; ++y) {
      make_row(row, n, y);
      png_write_row(png, row);
    }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  free(row);
}

/// Rows as they are stored: each pass of an interlaced image has its own.
static unsigned read_raw(png_structp png, const struct image *image,
                         unsigned char *row) {
  unsigned sum = 0;
  for (int pass = 0; pass != (image->interlaced ? 7 : 1); ++pass) {
    png_uint_32 height = image->height, width = image->width;
    if (image->interlaced) {
      height = PNG_PASS_ROWS(height, pass);
      width = PNG_PASS_COLS(width, pass);
    }
    for (png_uint_32 y = 0; width && y != height; ++y) {
      png_read_row(png, y % 2 ? NULL : row, y % 2 ? row : NULL);
      sum = add(sum, row, bytes_of_row(image));
    }
  }
  return sum;
}

/// Rows of the whole image, pass by pass.
static unsigned read_whole(png_structp png, const struct image *image,
                           unsigned char *pixels) {
  unsigned sum = 0;
  size_t n = bytes_of_row(image);
  int passes = png_set_interlace_handling(png);
  png_set_bgr(png);
  png_start_read_image(png);
  for (int pass = 0; pass != passes; ++pass)
    for (png_uint_32 y = 0; y != image->height; ++y) {
      png_read_row(png, pixels + y * n, NULL);
      sum = add(sum, pixels + y * n, n);
    }
  return sum;
}

static unsigned read_image(const struct image *image, int is_raw) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, 0, 0, 0);
  png_infop info = png_create_info_struct(png);
  unsigned char *pixels = calloc(image->height, bytes_of_row(image));
  file.taken = 0;
  png_set_read_fn(png, NULL, get);
  png_read_info(png, info);
  unsigned sum =
      is_raw ? read_raw(png, image, pixels) : read_whole(png, image, pixels);
  if (!is_raw)
    png_read_end(png, info);
  png_destroy_read_struct(&png, &info, NULL);
  free(pixels);
  return sum;
}

static unsigned progressive_sum;

static void on_info(png_structp png, png_infop info) {
  (void)info;
  png_start_read_image(png);
}

static void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass) {
  (void)png;
  (void)pass;
  if (row)
    progressive_sum = progressive_sum * 31 + row[y % 5];
}

/// In pieces that all come in the same buffer.
static unsigned read_pieces(void) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, 0, 0, 0);
  png_infop info = png_create_info_struct(png);
  unsigned char piece[PIECE];
  progressive_sum = 0;
  png_set_progressive_read_fn(png, NULL, on_info, on_row, NULL);
  for (size_t at = 0; at < file.size; at += PIECE) {
    size_t n = file.size - at < PIECE ? file.size - at : PIECE;
    memcpy(piece, file.bytes + at, n); //@ fed
    png_process_data(png, info, piece, n);
  }
  png_destroy_read_struct(&png, &info, NULL);
  return progressive_sum;
}

static void round_trips(void) {
  static const struct image images[] = {
      {257, 60, 8, PNG_COLOR_TYPE_RGB, 0},
      {257, 60, 8, PNG_COLOR_TYPE_RGB, 1},
      {203, 40, 1, PNG_COLOR_TYPE_GRAY, 0},
  };
  for (unsigned i = 0; i != sizeof(images) / sizeof(*images); ++i) {
    write_image(&images[i], i == 1);
    unsigned raw = read_image(&images[i], 1);
    unsigned whole = read_image(&images[i], 0);
    printf("%zu bytes: %x %x %x\n", file.size, raw, whole, read_pieces());
  }
}

int main(int argc, char **argv) {
  static const struct image large = {1024, 512, 8, PNG_COLOR_TYPE_RGB, 0};
  if (argc == 1) {
    round_trips();
    return 0;
  }
  if (argc != 3)
    return 2;
  int times = atoi(argv[2]);
  unsigned sum = 0;
  write_image(&large, 0);
  for (int i = 0; i != times; ++i)
    if (strcmp(argv[1], "write") == 0)
      write_image(&large, 0);
    else
      sum += read_image(&large, 1);
  printf("%zu bytes: %x\n", file.size, sum);
  return 0;
}
