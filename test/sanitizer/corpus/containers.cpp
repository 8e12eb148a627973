//===- containers.cpp - Containers and exceptions -----------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The place of an error is in the user's code, not in the library's headers.
//
//===----------------------------------------------------------------------===//

#include <copier.h>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

static std::vector<char> sample(size_t n) {
  std::vector<char> bytes(n);
  for (size_t i = 0; i != n; ++i)
    bytes[i] = static_cast<char>('a' + i % 26);
  return bytes;
}

static size_t count(const std::vector<char> &bytes) {
  size_t total = 0;
  for (char c : bytes) //@ count
    total += c == 'e';
  return total;
}

__attribute__((noinline)) static void fail(char *to) {
  char text[128] = "reason";
  amemcpy(to, text, sizeof(text));
  csync(text, sizeof(text));         //! return-before-csync throw whole
  throw std::runtime_error("fails"); //@ throw
}

int main() {
  std::vector<char> from = sample(5000);
  std::vector<char> to(from.size());
  amemcpy(to.data(), from.data(), from.size());
  csync(to.data(), to.size()); //! read-before-csync count whole
  size_t total = count(to);
  amemcpy(to.data(), from.data(), from.size());
  csync(to.data(), to.size());            //! read-before-csync string whole
  std::string text(to.begin(), to.end()); //@ string
  auto block = std::make_unique<char[]>(1000);
  amemcpy(block.get(), from.data(), 1000);
  csync(block.get(), 1000); //! free-before-csync reset whole
  block.reset();            //@ reset
  static char kept[128];
  try {
    fail(kept);
  } catch (const std::exception &error) {
    printf("%s: %s\n", error.what(), kept);
  }
  printf("%zu %zu\n", total, text.size());
}
