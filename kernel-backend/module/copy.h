//===- copy.h - Which vector registers copy -----------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. Or, at your choice:
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception OR GPL-2.0
//
//===----------------------------------------------------------------------===//
//
// Chosen when the module is loaded, by what the CPU has and the administrator
// says.
//
//===----------------------------------------------------------------------===//

#ifndef COPIER_MODULE_COPY_H
#define COPIER_MODULE_COPY_H

/// The widest registers to be used, in bits: 512, 256 or, for none, 0.
void copier_copy_choose(unsigned most_bits);

/// The features of the ABI that tell of it.
unsigned copier_copy_features(void);

#endif // COPIER_MODULE_COPY_H
