#!/usr/bin/env python3
"""Writes a random MLIR program that copies memrefs in every way.

usage: random_memref_program.py SEED > program.mlir

The program is valid, terminates, and prints a hash of all that it read and of all
memory at its end. Every buffer is a memref<64xi32>; a function gets two, which may
be the same, so copies go from one half to the other. Statements copy, load, store,
allocate, loop, branch and call, over memref, scf, affine, cf, linalg and vector.
"""

import random
import sys

SIZE = 64
FUNCTIONS = 4
MAX_DEPTH = 3
BUFFER = f"memref<{SIZE}xi32>"
GRID = "memref<8x8xi32>"

PROLOGUE = """memref.global "private" @hash : memref<1xi64> = dense<5381>
memref.global "private" @fuel : memref<1xi64> = dense<1500>
memref.global "private" @g0 : memref<64xi32> = dense<3>
memref.global "private" @g1 : memref<64xi32> = uninitialized
memref.global "private" constant @fixed : memref<64xi32> = dense<7>
func.func private @printI64(i64)
func.func private @printNewline()
func.func private @see(%x: i32) {
  %c0 = arith.constant 0 : index
  %h = memref.get_global @hash : memref<1xi64>
  %old = memref.load %h[%c0] : memref<1xi64>
  %k = arith.constant 33 : i64
  %wide = arith.extsi %x : i32 to i64
  %m = arith.muli %old, %k : i64
  %new = arith.addi %m, %wide : i64
  memref.store %new, %h[%c0] : memref<1xi64>
  return
}
func.func private @burn() -> i1 {
  %c0 = arith.constant 0 : index
  %f = memref.get_global @fuel : memref<1xi64>
  %old = memref.load %f[%c0] : memref<1xi64>
  %one = arith.constant 1 : i64
  %zero = arith.constant 0 : i64
  %new = arith.subi %old, %one : i64
  memref.store %new, %f[%c0] : memref<1xi64>
  %more = arith.cmpi sgt, %new, %zero : i64
  return %more : i1
}
func.func private @look(%b: memref<64xi32>) {
  affine.for %i = 0 to 64 {
    %v = affine.load %b[%i] : memref<64xi32>
    func.call @see(%v) : (i32) -> ()
  }
  return
}
func.func private @put(%from: memref<64xi32>, %to: memref<64xi32>) {
  %a = memref.subview %from[0][32][1] : memref<64xi32> to memref<32xi32, strided<[1]>>
  %b = memref.subview %to[32][32][1] : memref<64xi32> to memref<32xi32, strided<[1], offset: 32>>
  memref.copy %a, %b : memref<32xi32, strided<[1]>> to memref<32xi32, strided<[1], offset: 32>>
  return
}
func.func private @fresh(%from: memref<64xi32>) -> memref<64xi32> {
  %m = memref.alloc() : memref<64xi32>
  memref.copy %from, %m : memref<64xi32> to memref<64xi32>
  return %m : memref<64xi32>
}
"""

MAIN = """func.func @main() -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %a = memref.alloc() : memref<64xi32>
  %b = memref.alloc() : memref<64xi32>
  %g = memref.get_global @g1 : memref<64xi32>
  scf.for %i = %c0 to %c64 step %c1 {
    %x = arith.index_cast %i : index to i32
    %y = arith.muli %x, %x : i32
    memref.store %x, %a[%i] : memref<64xi32>
    memref.store %y, %b[%i] : memref<64xi32>
    memref.store %x, %g[%i] : memref<64xi32>
  }
"""

END = """  %g0 = memref.get_global @g0 : memref<64xi32>
  func.call @look(%a) : (memref<64xi32>) -> ()
  func.call @look(%b) : (memref<64xi32>) -> ()
  func.call @look(%g) : (memref<64xi32>) -> ()
  func.call @look(%g0) : (memref<64xi32>) -> ()
  memref.dealloc %a : memref<64xi32>
  memref.dealloc %b : memref<64xi32>
  %h = memref.get_global @hash : memref<1xi64>
  %v = memref.load %h[%c0] : memref<1xi64>
  func.call @printI64(%v) : (i64) -> ()
  func.call @printNewline() : () -> ()
  %status = arith.constant 0 : i32
  return %status : i32
}
"""


class Scope:
    """What a statement may use: buffers and index values."""

    def __init__(self, buffers, indices):
        self.buffers = buffers
        self.indices = indices

    def plus(self, buffers=(), indices=()):
        return Scope(self.buffers + list(buffers), self.indices + list(indices))


class Writer:
    """Writes one program."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = 0
        self.callees = 0
        self.lines = []

    def emit(self, *lines):
        self.lines += lines

    def pick(self, *choices):
        return self.random.choice(choices)

    def number(self, low, high):
        return self.random.randint(low, high)

    def fresh(self, prefix="v"):
        self.names += 1
        return f"%{prefix}{self.names}"

    def constant(self, value, kind="index"):
        name = self.fresh("c")
        self.emit(f"{name} = arith.constant {value} : {kind}")
        return name

    def buffer(self, scope):
        return self.random.choice(scope.buffers)

    def index(self, scope, below=SIZE):
        """An index value less than `below`."""
        known = self.random.choice(scope.indices + [None])
        if known is None:
            return self.constant(self.number(0, below - 1))
        name, limit = self.fresh("i"), self.constant(below)
        self.emit(f"{name} = arith.remui {known}, {limit} : index")
        return name

    # Copies.

    def view(self, buffer, low, length, dynamic, scope):
        """A subview of `length` elements in the half that begins at `low`."""
        name = self.fresh("s")
        if dynamic:
            offset = self.fresh("o")
            inside = self.index(scope, 32 - length + 1)
            base = self.constant(low)
            self.emit(f"{offset} = arith.addi {inside}, {base} : index")
            kind = f"memref<{length}xi32, strided<[1], offset: ?>>"
        else:
            offset = low + self.number(0, 32 - length)
            kind = f"memref<{length}xi32, strided<[1], offset: {offset}>>"
            if offset == 0:
                kind = f"memref<{length}xi32, strided<[1]>>"
        self.emit(f"{name} = memref.subview {buffer}[{offset}] [{length}] [1] : "
                  f"{BUFFER} to {kind}")
        return name, kind

    def half_copy(self, scope):
        length, flip = self.number(1, 32), self.number(0, 1)
        source, source_type = self.view(self.buffer(scope), 32 * flip, length,
                                        self.number(0, 1), scope)
        target, target_type = self.view(self.buffer(scope), 32 - 32 * flip, length,
                                        self.number(0, 1), scope)
        if self.number(0, 3):
            self.emit(f"memref.copy {source}, {target} : {source_type} to {target_type}")
        else:
            self.emit(f"linalg.copy ins({source} : {source_type}) "
                      f"outs({target} : {target_type})")

    def grid_copy(self, scope):
        """Columns 0 to 3 to columns 4 to 7, or the other way round."""
        columns = self.pick((0, 4), (4, 0))
        rows = self.number(1, 8)
        views = []
        for column in columns:
            grid, view = self.fresh("g"), self.fresh("s")
            self.emit(f"{grid} = memref.expand_shape {self.buffer(scope)} [[0, 1]] "
                      f"output_shape [8, 8] : {BUFFER} into {GRID}")
            offset = f", offset: {column}" if column else ""
            kind = f"memref<{rows}x4xi32, strided<[8, 1]{offset}>>"
            self.emit(f"{view} = memref.subview {grid}[0, {column}] [{rows}, 4] [1, 1] : "
                      f"{GRID} to {kind}")
            views.append((view, kind))
        (source, source_type), (target, target_type) = views
        self.emit(f"memref.copy {source}, {target} : {source_type} to {target_type}")

    def fixed_copy(self, scope):
        name = self.fresh("k")
        self.emit(f"{name} = memref.get_global @fixed : {BUFFER}",
                  f"memref.copy {name}, {self.buffer(scope)} : {BUFFER} to {BUFFER}")

    # Accesses.

    def see(self, value):
        self.emit(f"func.call @see({value}) : (i32) -> ()")

    def load(self, scope):
        value = self.fresh()
        self.emit(f"{value} = memref.load {self.buffer(scope)}[{self.index(scope)}] : {BUFFER}")
        self.see(value)

    def store(self, scope):
        value = self.constant(self.number(0, 999), "i32")
        self.emit(f"memref.store {value}, {self.buffer(scope)}[{self.index(scope)}] : {BUFFER}")

    def view_access(self, scope):
        view, kind = self.view(self.buffer(scope), self.pick(0, 32), self.number(1, 32),
                               self.number(0, 1), scope)
        zero, value = self.constant(0), self.fresh()
        self.emit(f"{value} = memref.load {view}[{zero}] : {kind}")
        self.see(value)
        self.emit(f"linalg.fill ins({value} : i32) outs({view} : {kind})")

    def vector(self, scope):
        at, value = self.index(scope, 57), self.fresh()
        self.emit(f"{value} = vector.load {self.buffer(scope)}[{at}] : {BUFFER}, vector<8xi32>",
                  f"vector.store {value}, {self.buffer(scope)}[{self.index(scope, 57)}] : "
                  f"{BUFFER}, vector<8xi32>")

    def generic(self, scope):
        self.emit(
            "linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, "
            "affine_map<(d0) -> (d0)>], iterator_types = [\"parallel\"]} "
            f"ins({self.buffer(scope)} : {BUFFER}) outs({self.buffer(scope)} : {BUFFER}) {{",
            "^bb0(%in: i32, %out: i32):", "  %sum = arith.addi %in, %out : i32",
            "  linalg.yield %sum : i32", "}")

    def atomic(self, scope):
        value, old = self.constant(self.number(0, 9), "i32"), self.fresh()
        self.emit(f"{old} = memref.atomic_rmw addi {value}, {self.buffer(scope)}"
                  f"[{self.index(scope)}] : (i32, {BUFFER}) -> i32")

    def external(self, scope):
        value = self.constant(self.number(0, 9), "i64")
        self.emit(f"func.call @printI64({value}) : (i64) -> ()")

    def select(self, scope):
        which, chosen, value = self.fresh("b"), self.fresh("p"), self.fresh()
        at = self.index(scope)
        self.emit(f"{which} = arith.cmpi ult, {self.index(scope)}, {self.index(scope)} : index",
                  f"{chosen} = arith.select {which}, {self.buffer(scope)}, {self.buffer(scope)} "
                  f": {BUFFER}",
                  f"{value} = memref.load {chosen}[{at}] : {BUFFER}")
        self.see(value)
        self.half_copy(scope.plus([chosen]))

    # Calls.

    def call(self, scope):
        kind = self.number(0, 4)
        if kind == 0:
            self.emit(f"func.call @look({self.buffer(scope)}) : ({BUFFER}) -> ()")
        elif kind == 1:
            self.emit(f"func.call @put({self.buffer(scope)}, {self.buffer(scope)}) : "
                      f"({BUFFER}, {BUFFER}) -> ()")
        elif self.callees:
            callee = self.number(0, self.callees - 1)
            self.emit(f"func.call @f{callee}({self.buffer(scope)}, {self.buffer(scope)}, "
                      f"{self.index(scope)}) : ({BUFFER}, {BUFFER}, index) -> ()")

    def from_function(self, scope, depth):
        made = self.fresh("m")
        self.emit(f"{made} = func.call @fresh({self.buffer(scope)}) : ({BUFFER}) -> {BUFFER}")
        self.block(scope.plus([made]), depth)
        self.emit(f"memref.dealloc {made} : {BUFFER}")

    # Regions.

    def fueled(self):
        more = self.fresh("b")
        self.emit(f"{more} = func.call @burn() : () -> i1")
        return more

    def branch(self, scope, depth):
        condition = self.fresh("b")
        self.emit(f"{condition} = arith.cmpi ult, {self.index(scope)}, {self.index(scope)} "
                  ": index", f"scf.if {condition} {{")
        self.block(scope, depth)
        if self.number(0, 1):
            self.emit("} else {")
            self.block(scope, depth)
        self.emit("}")

    def loop(self, scope, depth):
        iv, low, high = self.fresh("i"), self.constant(0), self.index(scope, 7)
        step = self.constant(self.number(1, 2))
        self.emit(f"scf.for {iv} = {low} to {high} step {step} {{")
        more = self.fueled()
        self.emit(f"scf.if {more} {{")
        self.block(scope.plus(indices=[iv]), depth)
        self.emit("}", "}")

    def swap_loop(self, scope, depth):
        iv, low, high = self.fresh("i"), self.constant(0), self.constant(self.number(1, 4))
        step, a, b = self.constant(1), self.fresh("p"), self.fresh("p")
        result = self.fresh("r")
        self.emit(f"{result}:2 = scf.for {iv} = {low} to {high} step {step} iter_args("
                  f"{a} = {self.buffer(scope)}, {b} = {self.buffer(scope)}) -> "
                  f"({BUFFER}, {BUFFER}) {{")
        self.block(scope.plus([a, b], [iv]), depth)
        self.emit(f"scf.yield {b}, {a} : {BUFFER}, {BUFFER}", "}")
        value = self.fresh()
        self.emit(f"{value} = memref.load {result}#1[{low}] : {BUFFER}")
        self.see(value)

    def stream(self, scope):
        """A loop through a whole buffer, which csyncs can follow."""
        value, iv, out = self.fresh(), self.fresh("i"), self.buffer(scope)
        source, first = self.buffer(scope), self.number(0, 1)
        kind = self.number(0, 2)
        if kind == 0:
            step = self.number(1, 3)
            self.emit(f"affine.for {iv} = {first} to 62 step {step} {{",
                      f"  {value} = affine.load {source}[{iv} + 1] : {BUFFER}",
                      f"  affine.store {value}, {out}[{iv}] : {BUFFER}", "}")
            return
        low, high, step = self.constant(first), self.constant(63), self.constant(1)
        other, one, sum_ = self.fresh(), self.constant(1), self.fresh()
        if kind == 1:
            after = self.fresh("i")
            self.emit(f"scf.for {iv} = {low} to {high} step {step} {{",
                      f"  {after} = arith.addi {iv}, {one} : index",
                      f"  {value} = memref.load {source}[{after}] : {BUFFER}",
                      f"  {other} = memref.load {source}[{iv}] : {BUFFER}",
                      f"  {sum_} = arith.addi {value}, {other} : i32",
                      f"  func.call @see({sum_}) : (i32) -> ()", "}")
            return
        self.emit(f"scf.parallel ({iv}) = ({low}) to ({high}) step ({step}) {{",
                  f"  {value} = memref.load {source}[{iv}] : {BUFFER}",
                  f"  {sum_} = arith.addi {value}, {value} : i32",
                  f"  memref.store {sum_}, {out}[{iv}] : {BUFFER}", "  scf.reduce", "}")

    def tiles(self, scope):
        """A loop that copies tiles into a buffer and computes with them."""
        tile, iv, j, view = (self.fresh(n) for n in "tijs")
        low, high, step, one = (self.constant(n) for n in (0, self.pick(64, 48), 16, 1))
        end, value, source = self.constant(16), self.fresh(), self.buffer(scope)
        kind = "memref<16xi32, strided<[1], offset: ?>>"
        self.emit(f"{tile} = memref.alloc() : memref<16xi32>",
                  f"scf.for {iv} = {low} to {high} step {step} {{",
                  f"  {view} = memref.subview {source}[{iv}] [16] [1] : {BUFFER} to {kind}",
                  f"  memref.copy {view}, {tile} : {kind} to memref<16xi32>")
        if self.number(0, 3) == 0:
            self.store(scope)
        self.emit(f"  scf.for {j} = {low} to {end} step {one} {{",
                  f"    {value} = memref.load {tile}[{j}] : memref<16xi32>")
        self.see(value)
        self.emit("  }", "}", f"memref.dealloc {tile} : memref<16xi32>")

    def local(self, scope, depth):
        name = self.fresh("m")
        if self.number(0, 1):
            low, high, step = self.constant(0), self.constant(2), self.constant(1)
            self.emit(f"scf.for {self.fresh('i')} = {low} to {high} step {step} {{",
                      f"{name} = memref.alloca() : {BUFFER}")
        else:
            self.emit(f"{name} = memref.alloc() : {BUFFER}")
        scoped = self.lines[-1].endswith(f"alloca() : {BUFFER}")
        if self.number(0, 1):
            value = self.constant(self.number(0, 9), "i32")
            self.emit(f"linalg.fill ins({value} : i32) outs({name} : {BUFFER})")
        else:
            self.emit(f"memref.copy {self.buffer(scope)}, {name} : {BUFFER} to {BUFFER}")
        self.block(scope.plus([name, name]), depth)
        if self.number(0, 2) == 0:
            view, kind = self.view(self.buffer(scope), 32, 9, True, scope)
            other, other_kind = self.view(name, 0, 9, False, scope)
            self.emit(f"memref.copy {other}, {view} : {other_kind} to {kind}")
        self.emit("}" if scoped else f"memref.dealloc {name} : {BUFFER}")

    def chain(self, scope):
        first, second = self.fresh("m"), self.fresh("m")
        source = self.buffer(scope)
        self.emit(f"{first} = memref.alloc() : {BUFFER}", f"{second} = memref.alloc() : {BUFFER}",
                  f"memref.copy {source}, {first} : {BUFFER} to {BUFFER}",
                  f"memref.copy {first}, {second} : {BUFFER} to {BUFFER}")
        self.store(scope)
        self.load(scope.plus([second] * 9))
        self.half_copy(scope.plus([first, second] * 5))
        self.emit(f"memref.dealloc {first} : {BUFFER}", f"memref.dealloc {second} : {BUFFER}")

    def statement(self, scope, depth):
        simple = [self.half_copy] * 6 + [self.grid_copy, self.fixed_copy, self.load, self.load,
                                         self.store, self.store, self.view_access, self.vector,
                                         self.generic, self.atomic, self.external, self.select,
                                         self.call, self.call, self.stream, self.stream,
                                         self.tiles, self.chain]
        nested = [self.branch, self.branch, self.loop, self.loop, self.swap_loop, self.local,
                  self.local, self.from_function]
        if depth < MAX_DEPTH and self.number(0, 2) == 0:
            self.random.choice(nested)(scope, depth + 1)
        else:
            self.random.choice(simple)(scope)

    def block(self, scope, depth):
        for _ in range(self.number(1, 4)):
            self.statement(scope, depth)

    def goto_loop(self, scope, label):
        """A loop of cf blocks at the top of a function."""
        iv = f"%{label}"
        zero = self.constant(0)
        self.emit(f"cf.br ^{label}({zero} : index)", f"^{label}({iv}: index):")
        end, more = self.constant(self.number(1, 3)), self.fresh("b")
        self.emit(f"{more} = arith.cmpi ult, {iv}, {end} : index",
                  f"cf.cond_br {more}, ^{label}_body, ^{label}_exit", f"^{label}_body:")
        self.block(scope.plus(indices=[iv]), 1)
        one, following = self.constant(1), self.fresh("i")
        self.emit(f"{following} = arith.addi {iv}, {one} : index",
                  f"cf.br ^{label}({following} : index)", f"^{label}_exit:")

    def function(self, number):
        visibility = self.pick("private ", "private ", "")
        self.emit(f"func.func {visibility}@f{number}(%p: {BUFFER}, %q: {BUFFER}, %n: index) {{",
                  f"%g0 = memref.get_global @g0 : {BUFFER}",
                  f"%g1 = memref.get_global @g1 : {BUFFER}")
        scope = Scope(["%p", "%q", "%p", "%q", "%g0", "%g1"], ["%n"])
        more = self.fueled()
        self.emit(f"cf.cond_br {more}, ^go, ^out", "^go:")
        self.block(scope, 0)
        if self.number(0, 1):
            self.goto_loop(scope, f"l{number}")
        self.callees = number + 1  # It may call itself while there is fuel.
        self.block(scope, 1)
        self.emit("cf.br ^out", "^out:", "return", "}")

    def program(self):
        for number in range(FUNCTIONS):
            self.function(number)
        functions, self.lines = self.lines, []
        scope = Scope(["%a", "%b", "%g"], ["%c1"])
        for _ in range(5):
            self.emit(f"func.call @f{self.number(0, FUNCTIONS - 1)}({self.buffer(scope)}, "
                      f"{self.buffer(scope)}, {self.index(scope)}) : "
                      f"({BUFFER}, {BUFFER}, index) -> ()")
            self.block(scope, 1)
        return PROLOGUE + "\n".join(functions) + "\n" + MAIN + "\n".join(self.lines) + "\n" + END


if __name__ == "__main__":
    print(Writer(int(sys.argv[1])).program(), end="")
