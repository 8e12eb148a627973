//===- across-frames.cpp - Copies across frames that are unwound ----------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %{port++} -std=c++20
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <vector>

struct Block {
  unsigned char Bytes[500];
};

static Block Global;

/// Everybody has one, and the linker chooses.
[[gnu::noinline]] inline void copy(Block &To, const Block &From) {
  static int Count = 0;
  ++Count;
  std::memcpy(&To, &From, sizeof(To));
  Global.Bytes[0] = static_cast<unsigned char>(Count);
}

template <typename T> [[gnu::noinline]] T copied(const T &From) {
  T Result;
  std::memcpy(&Result, &From, sizeof(Result));
  return Result;
}

[[gnu::noinline]] static unsigned sum(const Block &B) {
  unsigned Result = 0;
  for (unsigned char Byte : B.Bytes)
    Result = Result * 31 + Byte;
  return Result;
}

namespace {

struct Base {
  Block Mine{};
  virtual ~Base() { copy(Global, Mine); }
  virtual void take(const Block &From) { copy(Mine, From); }
};

struct Derived final : Base {
  Block More{};
  void take(const Block &From) override {
    Base::take(From);
    copy(More, Mine);
  }
};

/// Copies in its destructor, into the frame of whoever made it.
struct Saver {
  Block &To;
  const Block &From;
  ~Saver() { copy(To, From); }
};

} // namespace

[[gnu::noinline]] static void fail(int Depth, Block &Outer) {
  Block Own{};
  Saver S{Outer, Own};
  copy(Own, Outer);
  Own.Bytes[Depth] = 9;
  if (Depth == 0)
    throw std::runtime_error("deep");
  fail(Depth - 1, Own);
  Own.Bytes[1] = 3;
}

[[gnu::noinline]] static unsigned catchAll(int Depth) {
  Block Mine = copied(Global);
  try {
    copy(Mine, Global);
    fail(Depth, Mine);
  } catch (const std::exception &) {
    return sum(Mine);
  }
  return 0;
}

int main() {
  for (int I = 0; I != 500; ++I)
    Global.Bytes[I] = static_cast<unsigned char>(I * 13);
  for (int Depth : {0, 1, 5})
    std::printf("%u\n", catchAll(Depth));
  auto Object = std::make_unique<Derived>();
  Block Local = copied(Global);
  Base &B = *Object;
  B.take(Local);
  Local.Bytes[4] = 1;
  std::printf("%u %u\n", sum(Object->Mine), sum(Object->More));
  std::vector<Block> All(8, Local);
  for (Block &Each : All) {
    Each.Bytes[0] = static_cast<unsigned char>((&Each - All.data()) * 83);
    Local = copied(Each);
  }
  std::sort(All.begin(), All.end(), [](const Block &X, const Block &Y) {
    return std::memcmp(&X, &Y, sizeof(X)) < 0;
  });
  Object.reset();
  std::printf("%u %u %u\n", sum(All[3]), sum(Local), sum(Global));
}
