//===- main.c - The program of the guest ----------------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// As process 1 it is the guest's init. With the name of a case it runs that;
// with --list, which the host uses, it names all cases and their time limits.
//
//===----------------------------------------------------------------------===//

#include "cases.h"
#include <string.h>
#include <unistd.h>

extern const struct test_case *const __start_test_cases[];
extern const struct test_case *const __stop_test_cases[];

int main(int argc, char **argv) {
  if (getpid() == 1)
    return init_main();
  const char *wanted = argc == 2 ? argv[1] : "--list";
  for (const struct test_case *const *entry = __start_test_cases;
       entry != __stop_test_cases; ++entry) {
    if (!strcmp(wanted, "--list"))
      printf("%s %d\n", (*entry)->name, (*entry)->seconds);
    if (!strcmp(wanted, (*entry)->name)) {
      (*entry)->run();
      return 0;
    }
  }
  return strcmp(wanted, "--list") != 0;
}
