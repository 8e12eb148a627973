//===- std-copies.cpp - What the C++ library makes copies of --------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// std::copy and its relatives, containers that grow, strings, new and delete,
// and C++ atomics. Whatever is copied is looked at, written over or freed next.
//
// RUN: %{port++} -std=c++20 -pthread
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <deque>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int Size = 700;
using Numbers = std::vector<int>;

template <class Range> unsigned sum(const Range &Values) {
  return std::accumulate(
      std::begin(Values), std::end(Values), 5381U,
      [](unsigned Hash, auto V) { return Hash * 33 + unsigned(V); });
}

[[gnu::noinline]] unsigned algorithms(const Numbers &From) {
  Numbers To(From.size() + 9);
  auto End = std::copy(From.begin(), From.end(), To.begin());
  *End = 1;
  unsigned Result = sum(To);
  std::copy_n(To.begin() + 3, 100, To.begin());
  std::copy_backward(To.begin(), To.end() - 5, To.end());
  Result = Result * 31 + sum(To);
  std::move(To.begin() + 50, To.begin() + 300, To.begin());
  std::rotate(To.begin(), To.begin() + 200, To.end());
  To[0] = 2;
  Result = Result * 31 + sum(To);
  std::swap_ranges(To.begin(), To.begin() + 100, To.end() - 100);
  std::copy_if(From.begin(), From.end(), To.begin(),
               [](int V) { return V % 2 == 0; });
  return Result * 31 + sum(To);
}

[[gnu::noinline]] unsigned uninitialized(std::span<const int> From) {
  auto Raw = std::make_unique<std::byte[]>(From.size_bytes());
  auto *To = reinterpret_cast<int *>(Raw.get());
  std::uninitialized_copy(From.begin(), From.end(), To);
  unsigned Result = sum(std::span(To, From.size()));
  std::destroy_n(To, From.size());
  return Result;
}

struct Record {
  std::array<char, 300> Name;
  int Number;
};

[[gnu::noinline]] unsigned containers(const Numbers &From) {
  std::vector<Record> Records;
  std::deque<Record> Queue;
  unsigned Result = 0;
  for (int I = 0; I != 40; ++I) {
    Record R{};
    std::copy_n(reinterpret_cast<const char *>(&From[unsigned(I)]), 300,
                R.Name.begin());
    R.Number = I;
    Records.push_back(R); // Grows: copies, and frees what was copied.
    Queue.push_front(Records.front());
    if (I % 3 == 0)
      Records.insert(Records.begin() + I / 3, Queue.back());
    if (I % 7 == 6)
      Records.erase(Records.begin(), Records.begin() + 2);
    Result = Result * 31 + sum(Records.back().Name) + sum(Queue.front().Name);
  }
  auto Taken = std::exchange(Records, {});
  auto Again = Taken;
  Again[0].Number = -1;
  return Result * 31 + unsigned(Taken[0].Number + Again[0].Number);
}

[[gnu::noinline]] unsigned strings(int Rounds) {
  std::string Text(300, 'a');
  unsigned Result = 0;
  for (int I = 0; I != Rounds; ++I) {
    std::string Copy = Text;
    Copy[0] = char('a' + I % 26);
    Text += Copy.substr(unsigned(I), 40);
    Text.insert(20, Copy, 0, 10).replace(0, 3, "longer").erase(5, 30);
    Result = Result * 31 + sum(Text);
    std::string Moved = std::move(Copy);
    Result += unsigned(Moved.size());
  }
  return Result;
}

struct Slot {
  int Values[Size];
};

[[gnu::noinline]] unsigned heap(const Numbers &From) {
  auto *First = new Slot;
  std::copy_n(From.begin(), Size, First->Values);
  auto *Second = new Slot(*First);
  delete First;
  auto *Third = new Slot; // Perhaps where the first was.
  std::fill_n(Third->Values, Size, 3);
  unsigned Result = sum(Second->Values) * 31 + sum(Third->Values);
  delete Second;
  delete Third;
  return Result;
}

/// One thread fills what the other one reads, in turn.
unsigned handOver(const Numbers &From) {
  Slot Shared;
  std::atomic<int> Turn{0};
  std::thread Writer([&] {
    Slot Mine;
    for (int I = 0; I != 20; ++I) {
      std::copy_n(From.begin() + I, Size, Mine.Values);
      Shared = Mine;
      Turn.store(1, std::memory_order_release);
      Turn.notify_one();
      Turn.wait(1, std::memory_order_acquire);
    }
  });
  unsigned Result = 0;
  for (int I = 0; I != 20; ++I) {
    Turn.wait(0, std::memory_order_acquire);
    Slot Mine = Shared;
    Turn.exchange(0, std::memory_order_acq_rel);
    Turn.notify_one();
    Result = Result * 31 + sum(Mine.Values);
  }
  Writer.join();
  return Result;
}

} // namespace

int main(int Count, char **) {
  Numbers From(Size + 100);
  std::iota(From.begin(), From.end(), Count);
  std::printf("%u %u\n", algorithms(From), uninitialized(From));
  std::printf("%u %u\n", containers(From), strings(20 + Count));
  std::printf("%u %u\n", heap(From), handOver(From));
}
