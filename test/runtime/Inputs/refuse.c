//===- refuse.c - Runs a program under a kernel that refuses something --===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: refuse WHAT... -- PROGRAM ARGS...
//
// A seccomp filter that the program inherits answers as a kernel that is older,
// or a sandbox, would: see `refusals`.
//
//===----------------------------------------------------------------------===//

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A system call that fails with `error`; if `with`, only where the bits `mask`
/// of its argument number `argument` are `value`.
static const struct refusal {
  const char *name;
  uint32_t call;
  int error;
  uint32_t with, argument, mask, value;
} refusals[] = {
    // PROCMAP_QUERY, before Linux 6.11.
    {"mapping-query", SYS_ioctl, ENOTTY, 1, 1, ~0u, 0xC0686611},
    // MADV_POPULATE_READ and MADV_POPULATE_WRITE, before Linux 5.14.
    {"populate", SYS_madvise, EINVAL, 1, 2, ~1u, 22},
    // Before Linux 4.14, and in some sandboxes.
    {"membarrier", SYS_membarrier, ENOSYS, 0, 0, 0, 0},
    // Before Linux 4.18.
    {"rseq", SYS_rseq, ENOSYS, 0, 0, 0, 0},
    // Sandboxes: FUTEX_WAKE_OP, 5, whatever its flags.
    {"futex-wake-op", SYS_futex, ENOSYS, 1, 1, 127, 5},
    // Of all files: /proc and /sys are not there.
    {"open", SYS_openat, ENOENT, 0, 0, 0, 0},
    {"affinity", SYS_sched_getaffinity, EPERM, 0, 0, 0, 0},
    // CLONE_THREAD; libc first tries clone3, of which a filter sees no flags.
    {"threads", SYS_clone, EAGAIN, 1, 0, 0x10000, 0x10000},
    {"threads", SYS_clone3, ENOSYS, 0, 0, 0, 0},
};

/// Longest: what a refusal takes, and the number of those.
enum { STEPS = 6, REFUSALS = sizeof(refusals) / sizeof(*refusals) };

static unsigned append(struct sock_filter *at, const struct refusal *refusal) {
  const uint32_t allow = refusal->with ? 4 : 1;
  unsigned n = 0;
  at[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                         offsetof(struct seccomp_data, nr));
  at[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                         refusal->call, 0, (uint8_t)allow);
  if (refusal->with) {
    uint32_t argument = offsetof(struct seccomp_data, args) +
                        refusal->argument * (uint32_t)sizeof(uint64_t);
    at[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument);
    at[n++] =
        (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, refusal->mask);
    at[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                           refusal->value, 0, 1);
  }
  at[n++] = (struct sock_filter)BPF_STMT(
      BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)refusal->error);
  return n;
}

static int install(struct sock_filter *filter, unsigned count) {
  struct sock_fprog program = {.len = (unsigned short)count, .filter = filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv) {
  struct sock_filter filter[STEPS * REFUSALS + 1];
  unsigned count = 0;
  int i = 1;
  for (; i < argc && strcmp(argv[i], "--") != 0; ++i) {
    unsigned before = count;
    for (unsigned j = 0; j != REFUSALS; ++j)
      if (strcmp(argv[i], refusals[j].name) == 0)
        count += append(filter + count, &refusals[j]);
    if (count == before) {
      fprintf(stderr, "refuse: unknown '%s'\n", argv[i]);
      return 2;
    }
  }
  filter[count++] =
      (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  if (i + 1 >= argc || install(filter, count)) {
    perror("refuse: seccomp");
    return 2;
  }
  execv(argv[i + 1], argv + i + 1);
  perror(argv[i + 1]);
  return 2;
}
