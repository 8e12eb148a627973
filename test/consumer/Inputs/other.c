//===- other.c - The other translation unit of program.c ------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See there.
//
//===----------------------------------------------------------------------===//

#include <copier.h>

#ifdef __cplusplus
extern "C"
#endif
    int finish_copy(const char *dst, size_t n);

int finish_copy(const char *dst, size_t n) {
  int wrong = 0;
  csync(dst, n);
  for (size_t i = 0; i != n; ++i)
    wrong += dst[i] != 'f';
  return wrong;
}
