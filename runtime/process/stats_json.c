//===- stats_json.c - Writing the statistics file -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file of COPIER_STATS; docs/stats.md is its schema, to be changed together
// with this file.
//
//===----------------------------------------------------------------------===//

#include "process/stats.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/// The path as the user gave it.
static char pattern[PATH_MAX];

/// Puts the file's path for this process into \p path; false if too long.
static bool expand(char path[PATH_MAX]) {
  size_t length = 0;
  for (const char *at = pattern; *at; ++at) {
    size_t room = PATH_MAX - length;
    int added = 1;
    if (at[0] == '%' && at[1] == 'p') {
      added = snprintf(path + length, room, "%d", (int)getpid());
      ++at;
    } else {
      path[length] = *at;
    }
    if ((size_t)added >= room)
      return false;
    length += (size_t)added;
  }
  path[length] = '\0';
  return true;
}

/// Opens the file of this process, which need not exist; -1 and errno if not.
static int open_file(int flags) {
  char path[PATH_MAX];
  if (!expand(path)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
}

int copier_stats_start(const char *path) {
  size_t size = strlen(path) + 1;
  if (size > sizeof(pattern))
    return ENAMETOOLONG;
  memcpy(pattern, path, size);
  int fd = open_file(0);
  if (fd < 0)
    return errno;
  close(fd);
  copier_stats_enabled = true;
  return 0;
}

static void put_string(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text; ++text) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\')
      fputc('\\', out);
    if (c < ' ')
      fprintf(out, "\\u%04x", c);
    else
      fputc(c, out);
  }
  fputc('"', out);
}

/// Names the place of a call for which only the address is known.
static void put_address(FILE *out, const void *address) {
  char text[PATH_MAX + 32];
  Dl_info info;
  if (dladdr(address, &info) && info.dli_fname) {
    const char *slash = strrchr(info.dli_fname, '/');
    snprintf(text, sizeof(text), "0x%zx in %s",
             (size_t)((const char *)address - (const char *)info.dli_fbase),
             slash ? slash + 1 : info.dli_fname);
  } else {
    snprintf(text, sizeof(text), "0x%zx", (size_t)address);
  }
  put_string(out, text);
}

struct writer {
  FILE *out;
  const char *separator;
};

static void put_record(struct copier_record *record, void *context) {
  if (!record->calls)
    return;
  struct writer *writer = context;
  FILE *out = writer->out;
  fprintf(out, "%s\n    {\"file\": ", writer->separator);
  writer->separator = ",";
  if (record->file)
    put_string(out, record->file);
  else
    fputs("null", out);
  fprintf(out, ", \"line\": %" PRIu32 ", \"column\": %" PRIu32, record->line,
          record->column);
  fputs(", \"function\": ", out);
  if (record->file)
    put_string(out, record->function);
  else
    put_address(out, record->address);
  fprintf(out,
          ", \"calls\": %" PRIu64 ", \"bytes\": %" PRIu64
          ", \"async_calls\": %" PRIu64 ", \"async_bytes\": %" PRIu64
          ", \"wait_ns\": %" PRIu64 "}",
          record->calls, record->bytes, record->async_calls,
          record->async_bytes, record->wait_ns);
}

static void add_record(struct copier_record *record, void *context) {
  struct copier_record *sum = context;
  sum->calls += record->calls;
  sum->bytes += record->bytes;
  sum->async_calls += record->async_calls;
  sum->async_bytes += record->async_bytes;
  sum->wait_ns += record->wait_ns;
}

static void put_totals(FILE *out) {
  struct copier_record sum = {0};
  copier_records_for_each(add_record, &sum);
  const struct copier_totals *totals = &copier_stats_totals;
  fprintf(out,
          "  \"totals\": {\"calls\": %" PRIu64 ", \"bytes\": %" PRIu64
          ", \"async_calls\": %" PRIu64 ", \"async_bytes\": %" PRIu64
          ", \"csync_calls\": %" PRIu64 ", \"wait_ns\": %" PRIu64
          ", \"segments_service\": %" PRIu64 ", \"segments_client\": %" PRIu64
          ", \"queue_full\": %" PRIu64 ", \"cpu_bytes\": %" PRIu64
          ", \"dma_bytes\": %" PRIu64 "},\n",
          sum.calls, sum.bytes, sum.async_calls, sum.async_bytes,
          totals->csync_calls, sum.wait_ns, totals->segments_service,
          totals->segments_client, totals->queue_full, totals->cpu_bytes,
          totals->dma_bytes);
}

static void put_all(FILE *out, const struct copier_stats_header *header) {
  fprintf(out,
          "{\n  \"schema\": \"copier-stats\",\n  \"version\": 1,\n"
          "  \"pid\": %d,\n  \"backend\": \"%s\",\n"
          "  \"min_size\": %zu,\n  \"segment\": %zu,\n",
          (int)getpid(), header->backend, header->min_size, header->segment);
  put_totals(out);
  fputs("  \"sites\": [", out);
  struct writer writer = {out, ""};
  copier_records_for_each(put_record, &writer);
  fputs("\n  ]\n}\n", out);
}

void copier_stats_write(const struct copier_stats_header *header) {
  int fd = open_file(O_TRUNC);
  FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
  if (out)
    put_all(out, header);
  if (!out || ferror(out) | fclose(out))
    fprintf(stderr, "libcopier: cannot write COPIER_STATS file '%s': %s\n",
            pattern, strerror(errno));
}
