//===- cmocka_test.h - cmocka, with what it wants included before -------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Its header needs these four and does not include them.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_TEST_UNIT_CMOCKA_TEST_H
#define COPIER_TEST_UNIT_CMOCKA_TEST_H

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#endif // COPIER_TEST_UNIT_CMOCKA_TEST_H
