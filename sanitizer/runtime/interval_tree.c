//===- interval_tree.c - Ranges that overlap a range --------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Insertion and removal by split and merge, as usual for treaps.
//
//===----------------------------------------------------------------------===//

#include "interval_tree.h"

#include <stddef.h>

static uint32_t next_priority(void) {
  static uint32_t state = 2463534242u;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/// Nodes of the same beginning are told apart by their addresses.
static int comes_before(const struct copsan_node *a,
                        const struct copsan_node *b) {
  return a->range.begin != b->range.begin ? a->range.begin < b->range.begin
                                          : (uintptr_t)a < (uintptr_t)b;
}

static void update(struct copsan_node *node) {
  node->max_end = node->range.end;
  node->min_order = node->order;
  const struct copsan_node *const children[] = {node->left, node->right};
  for (int i = 0; i != 2; ++i) {
    if (!children[i])
      continue;
    if (children[i]->max_end > node->max_end)
      node->max_end = children[i]->max_end;
    if (children[i]->min_order < node->min_order)
      node->min_order = children[i]->min_order;
  }
}

/// Splits \p tree into what comes before \p at and the rest.
static void split(struct copsan_node *tree, const struct copsan_node *at,
                  struct copsan_node **before, struct copsan_node **after) {
  if (!tree) {
    *before = *after = NULL;
  } else if (comes_before(tree, at)) {
    split(tree->right, at, &tree->right, after);
    update(tree);
    *before = tree;
  } else {
    split(tree->left, at, before, &tree->left);
    update(tree);
    *after = tree;
  }
}

static struct copsan_node *merge(struct copsan_node *left,
                                 struct copsan_node *right) {
  if (!left || !right)
    return left ? left : right;
  if (left->priority > right->priority) {
    left->right = merge(left->right, right);
    update(left);
    return left;
  }
  right->left = merge(left, right->left);
  update(right);
  return right;
}

void copsan_tree_insert(struct copsan_node **root, struct copsan_node *node) {
  struct copsan_node *before, *after;
  node->priority = next_priority();
  node->left = node->right = NULL;
  update(node);
  split(*root, node, &before, &after);
  *root = merge(merge(before, node), after);
}

void copsan_tree_remove(struct copsan_node **root, struct copsan_node *node) {
  struct copsan_node *tree = *root;
  if (tree == node) {
    *root = merge(node->left, node->right);
    return;
  }
  copsan_tree_remove(comes_before(node, tree) ? &tree->left : &tree->right,
                     node);
  update(tree);
}

struct copsan_node *copsan_tree_find(struct copsan_node *root,
                                     struct copsan_range range,
                                     uint64_t order) {
  if (!root || root->max_end <= range.begin || root->min_order >= order)
    return NULL;
  struct copsan_node *found = copsan_tree_find(root->left, range, order);
  if (found || root->range.begin >= range.end)
    return found;
  if (root->order < order && root->range.end > range.begin)
    return root;
  return copsan_tree_find(root->right, range, order);
}
