//===- Annotations.h - What clang's plugin and the pass agree on --------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plugin for clang sees the source, the pass sees the code: the first tells
// the second by way of the module.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_ANNOTATIONS_H
#define COPSAN_ANNOTATIONS_H

/// Of functions with no_sanitize("copier").
#define COPSAN_UNCHECKED_ANNOTATION "copsan-unchecked"

/// The function of the plugin that returns the places as text (Places.cpp).
#define COPSAN_PLACES_FUNCTION "copsan_places"

/// How a module carries them.
#define COPSAN_PLACES_METADATA "copsan.places"

/// Called, until the end of the pipeline, where a return statement was.
#define COPSAN_RETURN_MARK "copsan.return"

#endif // COPSAN_ANNOTATIONS_H
