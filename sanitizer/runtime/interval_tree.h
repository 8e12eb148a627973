//===- interval_tree.h - Ranges that overlap a range --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A treap of half-open ranges of addresses, ordered by their beginnings, in
// which each node knows the largest end below it. The nodes are members of
// their users; nothing is allocated.
//
//===----------------------------------------------------------------------===//

#ifndef COPSAN_INTERVAL_TREE_H
#define COPSAN_INTERVAL_TREE_H

#include <stdint.h>

struct copsan_range {
  uintptr_t begin, end;
};

struct copsan_node {
  struct copsan_range range;
  uintptr_t max_end; ///< Of this node and those below.
  uint64_t order;    ///< The user's: an age.
  uint64_t min_order;
  uint32_t priority;
  struct copsan_node *left, *right;
};

static inline int copsan_ranges_meet(struct copsan_range a,
                                     struct copsan_range b) {
  return a.begin < b.end && b.begin < a.end;
}

static inline struct copsan_range copsan_overlap(struct copsan_range a,
                                                 struct copsan_range b) {
  struct copsan_range both = {a.begin > b.begin ? a.begin : b.begin,
                              a.end < b.end ? a.end : b.end};
  return both;
}

/// Adds \p node, with range and order set.
void copsan_tree_insert(struct copsan_node **root, struct copsan_node *node);
void copsan_tree_remove(struct copsan_node **root, struct copsan_node *node);

/// Of the nodes that meet \p range and are older than \p order, the one that
/// begins first; NULL if there is none.
struct copsan_node *copsan_tree_find(struct copsan_node *root,
                                     struct copsan_range range, uint64_t order);

#endif // COPSAN_INTERVAL_TREE_H
