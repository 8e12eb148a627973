//===- SourcePlaces.h - Where in the source a csync can go --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For each expression that accesses memory, each call and each end of a scope:
// the place that debug information will give it, and how a csync would be put
// there.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_SOURCE_PLACES_H
#define COPSAN_SOURCE_PLACES_H

#include <string>

namespace clang {
class ASTContext;
}

namespace copsan {

/// The places of a translation unit, in the form that pass/Places.cpp explains.
std::string findPlaces(clang::ASTContext &Context);

} // namespace copsan

#endif // COPSAN_SOURCE_PLACES_H
