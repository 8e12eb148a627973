//===- Effects.cpp - What libcalls do to memory ---------------------------===//
//
// Part of the Copier project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the table and finds the call's row.
//
//===----------------------------------------------------------------------===//

#include "copier-gen/Effects.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace copier {

std::optional<LibFunc> calledLibcall(const CallBase &Call,
                                     const TargetLibraryInfo &TLI) {
  LibFunc Libcall = NotLibFunc;
  const Function *Callee = Call.getCalledFunction();
  if (!Callee || !Callee->isDeclaration() || !TLI.getLibFunc(Call, Libcall) ||
      !TLI.has(Libcall))
    return std::nullopt;
  return Libcall;
}

/// The bytes that \p Effect speaks of, where the arguments are constant.
static std::optional<uint64_t> constantSize(const CallBase &Call,
                                            const LibcallEffect &Effect) {
  const auto *Size = dyn_cast<ConstantInt>(Call.getArgOperand(Effect.SizeArg));
  if (!Size)
    return std::nullopt;
  if (Effect.Extent == LibcallEffect::Counted)
    return Size->getLimitedValue();
  const auto *Times =
      dyn_cast<ConstantInt>(Call.getArgOperand(Effect.TimesArg));
  if (!Times)
    return std::nullopt;
  return SaturatingMultiply(Size->getLimitedValue(), Times->getLimitedValue());
}

MemoryLocation LibcallEffect::location(const CallBase &Call) const {
  const Value *Start = Call.getArgOperand(Arg);
  if (Kind == Free)
    return MemoryLocation::getBeforeOrAfter(Start);
  if (Extent == Object)
    return MemoryLocation(Start, LocationSize::upperBound(Bytes));
  if (Extent != Open)
    if (std::optional<uint64_t> Known = constantSize(Call, *this))
      return MemoryLocation(Start, LocationSize::upperBound(*Known));
  return MemoryLocation::getAfter(Start);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

// Its vocabulary.
#define NOTHING                                                                \
  E { E::Nothing }
#define READ(ARG, SIZE)                                                        \
  E { E::Read, E::Counted, ARG, SIZE }
#define READ_TIMES(ARG, SIZE, TIMES)                                           \
  E { E::Read, E::Product, ARG, SIZE, TIMES }
#define READ_OBJECT(ARG, BYTES)                                                \
  E { E::Read, E::Object, ARG, 0, 0, BYTES }
#define READ_ON(ARG)                                                           \
  E { E::Read, E::Open, ARG }
#define WRITE(ARG, SIZE)                                                       \
  E { E::Write, E::Counted, ARG, SIZE }
#define WRITE_TIMES(ARG, SIZE, TIMES)                                          \
  E { E::Write, E::Product, ARG, SIZE, TIMES }
#define WRITE_OBJECT(ARG, BYTES)                                               \
  E { E::Write, E::Object, ARG, 0, 0, BYTES }
#define WRITE_ON(ARG)                                                          \
  E { E::Write, E::Open, ARG }
#define FREE(ARG)                                                              \
  E { E::Free, E::Open, ARG }
#define ERRNO                                                                  \
  E { E::Errno }
#define ESCAPED                                                                \
  E { E::Escaped }
#define KEEPS(ARG)                                                             \
  E { E::Keeps, E::Open, ARG }
#define RELEASE                                                                \
  E { E::Release }
#define CANCEL                                                                 \
  E { E::Cancel }

/// The letter of argument \p Arg, or 0 if there is none.
static constexpr char letterOf(const char *Prototype, unsigned Arg) {
  for (unsigned At = 1; Prototype[At - 1]; ++At)
    if (At == Arg + 1)
      return Prototype[At];
  return 0;
}

static constexpr bool isInteger(char Letter) {
  return Letter == 'i' || Letter == 'l';
}

/// Whether every effect of a row speaks of arguments that there are, and that
/// are pointers and integers where it needs them.
template <size_t Count>
static constexpr bool fits(const char *Prototype,
                           const LibcallEffect (&Effects)[Count]) {
  using E = LibcallEffect;
  for (const E &Effect : Effects) {
    if ((Effect.isOnRange() || Effect.Kind == E::Keeps) &&
        letterOf(Prototype, Effect.Arg) != 'p')
      return false;
    if (!Effect.isOnRange() || Effect.Extent == E::Open)
      continue;
    if (Effect.Extent == E::Object
            ? Effect.Bytes == 0
            : !isInteger(letterOf(Prototype, Effect.SizeArg)))
      return false;
    if (Effect.Extent == E::Product &&
        !isInteger(letterOf(Prototype, Effect.TimesArg)))
      return false;
  }
  return true;
}

static StringMap<LibcallRow> makeTable() {
  using E = LibcallEffect;
  StringMap<LibcallRow> Table;
#define COPIER_LIBCALL(NAME, PROTOTYPE, ...)                                   \
  {                                                                            \
    static constexpr E Effects[] = {__VA_ARGS__};                              \
    static_assert(fits(PROTOTYPE, Effects), "wrong row: " #NAME);              \
    Table[#NAME] = LibcallRow{PROTOTYPE, Effects};                             \
  }
#include "effects/libcall_effects.def"
  return Table;
}

static bool matches(const Type &T, char Letter) {
  switch (Letter) {
  case 'v':
    return T.isVoidTy();
  case 'p':
    return T.isPointerTy() && T.getPointerAddressSpace() == 0;
  case 'h':
    return T.isIntegerTy(16);
  case 'i':
    return T.isIntegerTy(32);
  case 'l':
    return T.isIntegerTy(64);
  case 'd':
    return T.isDoubleTy();
  case 'f':
    return T.isFloatTy();
  default:
    return false;
  }
}

static bool hasPrototype(const FunctionType &T, StringRef Prototype) {
  if (T.isVarArg() != Prototype.consume_back("."))
    return false;
  return T.getNumParams() + 1 == Prototype.size() &&
         matches(*T.getReturnType(), Prototype[0]) &&
         all_of(enumerate(T.params()), [Prototype](const auto &Parameter) {
           return matches(*Parameter.value(), Prototype[Parameter.index() + 1]);
         });
}

/// Whether \p Name stands for libc's function where \p Call is.
static bool isBuiltin(const CallBase &Call, StringRef Name,
                      const TargetLibraryInfo &TLI) {
  LibFunc Libcall = NotLibFunc;
  if (TLI.getLibFunc(Name, Libcall) && !TLI.has(Libcall))
    return false;
  const Function &Caller = *Call.getFunction();
  return !Call.isNoBuiltin() && !Caller.hasFnAttribute("no-builtins") &&
         !Caller.hasFnAttribute(("no-builtin-" + Name).str());
}

const LibcallRow *libcallRow(const CallBase &Call,
                             const TargetLibraryInfo &TLI) {
  static const StringMap<LibcallRow> Table = makeTable();
  const Function *Callee = Call.getCalledFunction();
  if (!Callee || !Callee->isDeclaration() || Callee->isIntrinsic())
    return nullptr;
  auto Row = Table.find(Callee->getName());
  if (Row == Table.end() ||
      !hasPrototype(*Call.getFunctionType(), Row->second.Prototype) ||
      !isBuiltin(Call, Callee->getName(), TLI))
    return nullptr;
  return &Row->second;
}

std::optional<ArrayRef<LibcallEffect>>
libcallEffects(const CallBase &Call, const TargetLibraryInfo &TLI) {
  const LibcallRow *Row = libcallRow(Call, TLI);
  if (!Row || !Row->isContained())
    return std::nullopt;
  return Row->Effects;
}

} // namespace copier
