//===- hooks.c - The hooks see all that a program does ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every call, in order, under every backend alike: copies of all sizes, csyncs
// with nothing pending, before and after the hooks are set.
//
// RUN: %clang -O2 -Wall -Werror %s %libcopier -o %t && %run-backends %t | FileCheck %s
// RUN: %clang -O0 %s %libcopier -o %t && %run-backends %t | FileCheck %s
// RUN: env COPIER_MIN_SIZE=100000 %run-backends %t | FileCheck %s
//
// Compiled code keeps to it, too: nothing of the copy below is inline.
// RUN: %copier-clang -O2 -fcopier -DPORTED %s -o %t.ported
// RUN: %run-backends %t.ported | FileCheck %s --check-prefix=PORTED
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char a[50000], b[50000], c[50000];
static const char *volatile caller;

/// Names the address within a, b and c.
static const char *name(const void *p) {
  static char text[4][32];
  static int next;
  char *out = text[next++ % 4];
  const char *at = p;
  for (int i = 0; i != 3; ++i) {
    const char *base = (const char *[]){a, b, c}[i];
    if (at >= base && at < base + sizeof(a)) {
      snprintf(out, 32, "%c+%d", "abc"[i], (int)(at - base));
      return out;
    }
  }
  return "?";
}

static void on_submit(void *dst, const void *src, size_t n,
                      const struct copier_site *site,
                      const void *return_address) {
  printf("submit %s %s %zu %s\n", name(dst), name(src), n,
         site ? site->function : "-");
  caller = return_address;
}

static void on_counted(void *dst, size_t n, const struct copier_descr *descr,
                       size_t offset) {
  printf("counted %s %zu %s %zu\n", name(dst), n, descr ? "descr" : "-",
         offset);
}

static void on_csync(const void *addr, size_t n) {
  printf("csync %s %zu\n", name(addr), n);
}

static void on_csync_all(void) { puts("csync_all"); }

static void on_csync_descr(const struct copier_descr *descr, size_t offset,
                           size_t n, unsigned opts) {
  printf("csync_descr %s %zu %zu %u\n", descr ? "descr" : "-", offset, n, opts);
}

static void on_abort(const void *addr, size_t n) {
  printf("abort %s %zu\n", name(addr), n);
}

static void on_settle(void) { puts("settle"); }
static void on_fork_child(void) { puts("fork_child"); }

static _Atomic int funcs, funcs_seen;

static void on_func(void *dst, const void *src, size_t n) {
  if (dst == c && src == a && n == 4000)
    ++funcs_seen;
}

static void run(void *unused) {
  (void)unused;
  if (++funcs != funcs_seen)
    abort(); // The hook comes first.
}

static void on_named(const void *addr, int fd, unsigned opts) {
  printf("named %s %s %u\n", name(addr), fd == -1 ? "default" : "own", opts);
}

static struct copier_hooks hooks = {
    .size = sizeof(hooks),
    .submit = on_submit,
    .counted = on_counted,
    .csync = on_csync,
    .csync_all = on_csync_all,
    .csync_descr = on_csync_descr,
    .abort = on_abort,
    .func = on_func,
    .settle = on_settle,
    .fork_child = on_fork_child,
    .named = on_named,
};

#ifdef PORTED
__attribute__((noinline)) static void copy_it(size_t n) { memcpy(b, a, n); }

int main(int argc, char **argv) {
  __copier_set_hooks(&hooks);
  copy_it((size_t)argc);
  copy_it(sizeof(a));
  // PORTED: submit b+0 a+0 1 copy_it
  // PORTED: submit b+0 a+0 50000 copy_it
  // PORTED: {{csync b|csync_all}}
  printf("%d\n", b[40000] == a[40000]);
  __copier_set_hooks(NULL);
}
#else

static void use_expert_interface(void) {
  struct copier_descr *descr = malloc(copier_descr_bytes(50000, 4096));
  copier_descr_init(descr, 50000, 4096);
  _amemcpy(b + 10, a, 3000, -1, NULL, descr, 10, COPIER_LAZY);
  _csync(10, 20, -1, descr, 0);
  _csync(10, 3000, -1, descr, 0);
  _csync(10, 3000, -1, descr, COPIER_TRY);
  free(descr);
  int fd = copier_create_queue(4);
  const struct copier_func func = {run, NULL, COPIER_KFUNC};
  _amemmove(c, a, 4000, fd, &func, NULL, 0, 0);
  _csync((size_t)c, 4000, fd, NULL, 0);
  _csync((size_t)c, 4000, fd, NULL, COPIER_TRY);
  _csync((size_t)c, 0, fd, NULL, 0);
  // What is refused, or has nothing to do, is not told of.
  _csync((size_t)c, 9, fd + 1000, NULL, 0);
  _csync((size_t)c, 9, fd, NULL, ~0u);
  _amemcpy(c, a, 9, fd + 1000, NULL, NULL, 0, 0);
  _amemcpy(c, a, 0, fd, NULL, NULL, 0, 0);
  _amemcpy(c, c, 9, fd, NULL, NULL, 0, COPIER_LAZY);
  _csync((size_t)c, 40, fd, NULL, COPIER_ABORT);
  copier_destroy_queue(fd);
}

static void *copy_in_thread(void *unused) {
  amemcpy(b, a, 10000);
  return unused;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  amemcpy(b, a, 60);
  struct copier_hooks short_hooks = {.size = sizeof(hooks) - 1};
  if (__copier_set_hooks(&short_hooks) != -1 || errno != EINVAL)
    puts("accepted");
  __copier_set_hooks(&hooks);
  __copier_set_hooks(&hooks); // Again is no harm.

  struct copier_site site = {"f.c", "f", 1, 2, NULL};
  csync(b, 60);
  amemcpy(b, a, 1);
  amemcpy(b, a, 0);
  amemcpy(b, b, 10);
  __copier_amemcpy(b + 1, a + 1, 40000, &site);
  csync(b + 7, 9);
  csync(b, 50000);
  csync(b, 50000);
  // CHECK: {{^}}csync b+0 60
  // CHECK-NEXT: submit b+0 a+0 1 -
  // CHECK-NEXT: submit b+1 a+1 40000 f
  // CHECK-NEXT: csync b+7 9
  // CHECK-NEXT: csync b+0 50000
  // CHECK-NEXT: csync b+0 50000
  __copier_amemcpy_hinted(c, b, 9000, &site, COPIER_HINT_LAZY, 0);
  amemmove(c + 5, c, 9000);
  csync_all();
  copier_abort(c, 5);
  copier_abort(c, 0);
  csync_all();
  // CHECK-NEXT: named c+0 default 1
  // CHECK-NEXT: submit c+0 b+0 9000 f
  // CHECK-NEXT: submit c+5 c+0 9000 -
  // CHECK-NEXT: csync_all
  // CHECK-NEXT: abort c+0 5
  // CHECK-NEXT: csync_all

  use_expert_interface();
  // CHECK-NEXT: named b+10 default 1
  // CHECK-NEXT: submit b+10 a+0 3000 -
  // CHECK-NEXT: counted b+10 3000 descr 10
  // CHECK-NEXT: csync_descr descr 10 20 0
  // CHECK-NEXT: csync_descr descr 10 3000 0
  // CHECK-NEXT: csync_descr descr 10 3000 4
  // CHECK-NEXT: named c+0 own 0
  // CHECK-NEXT: submit c+0 a+0 4000 -
  // CHECK-NEXT: named c+0 own 0
  // CHECK-NEXT: csync c+0 4000
  // CHECK-NEXT: named c+0 own 4
  // CHECK-NEXT: csync c+0 4000
  // CHECK-NEXT: named c+0 own 2
  // CHECK-NEXT: abort c+0 40

  pthread_t thread;
  if (pthread_create(&thread, NULL, copy_in_thread, NULL))
    return 2;
  pthread_join(thread, NULL);
  // CHECK-NEXT: submit b+0 a+0 10000 -
  // CHECK-NEXT: settle
  csync(b, 10000);
  // CHECK-NEXT: csync b+0 10000
  int child = fork();
  if (child == 0) {
    csync(a, 1);
    fflush(stdout);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  // CHECK-NEXT: settle
  // CHECK-NEXT: fork_child
  // CHECK-NEXT: csync a+0 1
  __copier_set_hooks(NULL);
  amemcpy(b, a, 70);
  csync(b, 70);
  csync_all();
  if (__copier_pending.word & 0xFFFFFFFF)
    puts("something is pending for ever");
  printf("%d functions, %d seen; called from here: %d\n", funcs, funcs_seen,
         caller != NULL);
  // CHECK-NEXT: 1 functions, 1 seen; called from here: 1
  // CHECK-NOT: {{.}}
}
#endif
