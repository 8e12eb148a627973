//===- exceptions.cpp - Copies left by exceptions, destructors, containers ===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RUN: %{port++} -std=c++20 -pthread
//
//===----------------------------------------------------------------------===//

#include <coroutine>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Block {
  unsigned char Bytes[500];
};

struct Saver {
  unsigned char *To;
  const unsigned char *From;
  ~Saver() { std::memcpy(To, From, 500); }
};

[[gnu::noinline]] void mayThrow(int I) {
  if (I % 3 == 0)
    throw std::runtime_error("thrown " + std::to_string(I));
}

unsigned sum(const Block &B) {
  unsigned Result = 0;
  for (unsigned char Byte : B.Bytes)
    Result = Result * 31 + Byte;
  return Result;
}

unsigned unwind(int I, const Block &From) {
  Block To{}, Saved{};
  try {
    Saver S{Saved.Bytes, To.Bytes};
    std::memcpy(To.Bytes, From.Bytes, sizeof(To.Bytes));
    mayThrow(I);
    To.Bytes[0] = 7;
  } catch (const std::exception &E) {
    std::puts(E.what());
    return sum(Saved) + 1;
  }
  return sum(Saved);
}

struct Generator {
  struct promise_type {
    Block Value{};
    Generator get_return_object() {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(const Block &B) {
      Value = B;
      return {};
    }
    void return_void() {}
    void unhandled_exception() { throw; }
  };
  std::coroutine_handle<promise_type> Handle;
};

Generator blocks(const Block &First) {
  Block Mine = First;
  for (int I = 0; I != 4; ++I) {
    Block Next = Mine;
    Next.Bytes[I] = static_cast<unsigned char>(I);
    co_yield Next;
    Mine = Next;
  }
}

thread_local Block Local;

} // namespace

int main() {
  Block B;
  for (int I = 0; I != 500; ++I)
    B.Bytes[I] = static_cast<unsigned char>(I * 13);
  for (int I = 0; I != 5; ++I)
    std::printf("%u\n", unwind(I, B));

  Generator G = blocks(B);
  for (G.Handle.resume(); !G.Handle.done(); G.Handle.resume())
    std::printf("%u\n", sum(G.Handle.promise().Value));
  G.Handle.destroy();

  std::vector<Block> All;
  for (int I = 0; I != 20; ++I) {
    B.Bytes[3] = static_cast<unsigned char>(I);
    All.push_back(B);
    if (I % 4 == 0)
      All.insert(All.begin(), All.back());
  }
  All.erase(All.begin() + 2, All.begin() + 5);
  unsigned Total = 0;
  for (const Block &Each : All)
    Total = Total * 7 + sum(Each);
  std::string Text(300, 'x'), Copy = Text;
  Text.insert(100, Copy).replace(50, 20, "short");
  std::thread([&] {
    std::memcpy(&Local, &B, sizeof(B));
    Total += sum(Local);
  }).join();
  std::printf("%u %zu %s\n", Total, All.size(), Text.c_str());
}
