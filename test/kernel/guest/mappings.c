//===- mappings.c - Copies between all kinds of memory --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kind as source and as destination of each other, at even and odd offsets;
// what lies around the destination must stay.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include "client.h"
#include "machine.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPAN = 512 * 1024 };
#define HUGE ((size_t)2 << 20)

static void *map(int file, int flags) {
  void *memory = mmap(NULL, SPAN, PROT_READ | PROT_WRITE, flags, file, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

/// A file without a name: none is mapped twice.
static int new_file(const char *folder) {
  int file = open(folder, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, SPAN))
    fail("cannot create a file in %s", folder);
  return file;
}

static void *anonymous(void) { return map(-1, MAP_PRIVATE | MAP_ANONYMOUS); }
static void *shared(void) { return map(-1, MAP_SHARED | MAP_ANONYMOUS); }
static void *file_shared(void) { return map(new_file("/dev/shm"), MAP_SHARED); }
static void *file_private(void) {
  return map(new_file("/dev/shm"), MAP_PRIVATE);
}
static void *root_file(void) { return map(new_file("/"), MAP_SHARED); }

static void *memfd(void) {
  int file = memfd_create("memory", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, SPAN))
    return NULL;
  return map(file, MAP_SHARED);
}

static void *huge(void) {
  write_text("/proc/sys/vm/nr_hugepages", "4");
  void *memory = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

/// A transparent huge page, if the kernel likes.
static void *transparent(void) {
  char *memory = pages(2 * HUGE);
  memory = (char *)(((uintptr_t)memory + HUGE - 1) & ~(HUGE - 1));
  madvise(memory, HUGE, MADV_HUGEPAGE);
  memory[0] = 1;
  return memory;
}

/// Writable pages that are still those of the parent: a copy must not reach it.
static void *copied_on_write(void) {
  char *memory = pages(SPAN);
  memset(memory, 0x55, SPAN);
  fflush(stdout);
  pid_t child = fork();
  if (!child)
    for (;;)
      pause();
  return memory;
}

static const struct {
  const char *name;
  void *(*make)(void);
} kinds[] = {{"anonymous", anonymous},
             {"shared", shared},
             {"file, shared", file_shared},
             {"file, private", file_private},
             {"file of the initramfs", root_file},
             {"memfd", memfd},
             {"huge page", huge},
             {"transparent huge page", transparent},
             {"copy on write", copied_on_write}};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static const struct {
  size_t dst, src, n;
} shapes[] = {{0, 0, 1},         {0, 0, PAGE},         {3, 5, 7},
              {4090, 100, 20},   {8192, 12288, 65536}, {4097, 1, 70000},
              {1, 4095, 131072}, {100, 100, 262144}};

static void copy_shapes(struct client *client, char *dst, char *src,
                        const char *what) {
  for (size_t index = 0; index < sizeof(shapes) / sizeof(shapes[0]); ++index) {
    size_t begin = shapes[index].dst, n = shapes[index].n;
    fill(src, SPAN, index);
    memset(dst, 0x77, begin + n + 1);
    uint32_t descr =
        client_copy(client, dst + begin, src + shapes[index].src, n);
    uint32_t status = client_wait(client, descr);
    if (status != COPIER_ABI_DONE)
      fail("%s: %zu bytes: status %u, error %u", what, n, status,
           client->descrs[descr].error);
    if (memcmp(dst + begin, src + shapes[index].src, n) ||
        (begin && dst[begin - 1] != 0x77) || dst[begin + n] != 0x77)
      fail("%s: wrong bytes in a copy of %zu", what, n);
  }
}

TEST_CASE(all_kinds_of_memory, 240) {
  struct client client;
  client_init(&client);
  void *from[KINDS], *to[KINDS];
  for (unsigned kind = 0; kind < KINDS; ++kind) {
    from[kind] = kinds[kind].make();
    to[kind] = kinds[kind].make();
    if (!from[kind] || !to[kind])
      printf("there is no %s here\n", kinds[kind].name);
  }
  for (unsigned src = 0; src < KINDS; ++src)
    for (unsigned dst = src & 1; dst < KINDS; dst += 2) {
      if (!from[src] || !to[dst])
        continue;
      char what[80];
      snprintf(what, sizeof(what), "%s to %s", kinds[src].name,
               kinds[dst].name);
      copy_shapes(&client, to[dst], from[src], what);
    }
}

/// The service takes the page faults of a destination that nobody has touched.
TEST_CASE(fresh_destinations_are_made_present, 60) {
  struct client client;
  client_init(&client);
  char *src = pages(SPAN), *dst = pages(SPAN);
  fill(src, SPAN, 9);
  uint32_t descr = client_copy(&client, dst, src, SPAN);
  expect_equal(client_wait(&client, descr), COPIER_ABI_DONE);
  expect(is_filled(dst, SPAN, 9));
  struct copier_abi_counters counters = client_stats(&client).counters;
  expect(counters.pins >= SPAN / PAGE);
  // A source that nobody has touched reads as zero.
  descr = client_copy(&client, dst, pages(SPAN), SPAN);
  expect_equal(client_wait(&client, descr), COPIER_ABI_DONE);
  for (size_t index = 0; index < SPAN; ++index)
    expect(!dst[index]);
}

/// A copy to a private file mapping, or to memory shared with a child by fork,
/// is this process's alone.
TEST_CASE(private_memory_stays_private, 60) {
  struct client client;
  client_init(&client);
  int file = new_file("/dev/shm");
  expect_equal(pwrite(file, "original", 8, 0), 8);
  char *memory = map(file, MAP_PRIVATE), *src = pages(PAGE);
  expect(!memcmp(memory, "original", 8));
  memcpy(src, "replaced", 8);
  client_copy(&client, memory, src, 8);
  client_sync(&client, memory, 8);
  expect(!memcmp(memory, "replaced", 8));
  char text[8];
  expect_equal(pread(file, text, 8, 0), 8);
  expect(!memcmp(text, "original", 8));
}
