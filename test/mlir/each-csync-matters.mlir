// One csync of each kind, counted, and each missed when it is deleted. The
// numbers are those of solving it by hand: no csync can be left out, and none
// serves for another.
// RUN: %mlir-mutants %s %t 7 "-copier-async-copy=%{every-copy}" -copier-insert-csync | FileCheck %s
// CHECK: 7 csyncs, 7 missed when deleted
// And one too many is not missed.
// RUN: not %mlir-mutants %S/Inputs/superfluous-csync.mlir %t.superfluous 2 "-copier-async-copy=%{every-copy}" -copier-insert-csync 2>/dev/null | FileCheck %s --check-prefix=SUPERFLUOUS
// SUPERFLUOUS: 2 csyncs, 1 missed when deleted

func.func private @printI64(i64)
func.func private @printNewline()
memref.global "private" @seen : memref<1xi64> = dense<0>

func.func private @see(%m: memref<64xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %k = arith.constant 31 : i64
  %g = memref.get_global @seen : memref<1xi64>
  scf.for %i = %c0 to %c64 step %c1 {
    %old = memref.load %g[%c0] : memref<1xi64>
    %v = memref.load %m[%i] : memref<64xi64>
    %p = arith.muli %old, %k : i64
    %s = arith.addi %p, %v : i64
    memref.store %s, %g[%c0] : memref<1xi64>
  }
  return
}
func.func private @fill(%m: memref<64xi64>, %from: i64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %n = arith.index_cast %i : index to i64
    %v = arith.addi %n, %from : i64
    memref.store %v, %m[%i] : memref<64xi64>
  }
  return
}

// 1: in front of the loop, not in it.
func.func private @before_loop(%a: memref<64xi64>) {
  %t = memref.alloc() : memref<64xi64>
  memref.copy %a, %t : memref<64xi64> to memref<64xi64>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %z = arith.constant 0 : i64
  %s = scf.for %i = %c0 to %c64 step %c1 iter_args(%x = %z) -> i64 {
    %v = memref.load %t[%i] : memref<64xi64>
    %y = arith.addi %x, %v : i64
    scf.yield %y : i64
  }
  func.call @fill(%t, %s) : (memref<64xi64>, i64) -> ()
  func.call @see(%t) : (memref<64xi64>) -> ()
  memref.dealloc %t : memref<64xi64>
  return
}
// 1: before the source is written.
func.func private @source(%a: memref<64xi64>, %b: memref<64xi64>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant 77 : i64
  %t = memref.alloc() : memref<64xi64>
  memref.copy %a, %t : memref<64xi64> to memref<64xi64>
  memref.copy %t, %b : memref<64xi64> to memref<64xi64>
  memref.store %v, %t[%c0] : memref<64xi64>
  memref.dealloc %t : memref<64xi64>
  return
}
// 1: before the memory is given back.
func.func private @life(%a: memref<64xi64>, %b: memref<64xi64>) {
  %t = memref.alloc() : memref<64xi64>
  func.call @copy(%a, %t) : (memref<64xi64>, memref<64xi64>) -> ()
  memref.copy %t, %b : memref<64xi64> to memref<64xi64>
  memref.dealloc %t : memref<64xi64>
  return
}
// 0: left to the caller.
func.func private @copy(%a: memref<64xi64>, %b: memref<64xi64>) {
  memref.copy %a, %b : memref<64xi64> to memref<64xi64>
  return
}
// 1: only on the path that writes.
func.func private @branch(%a: memref<64xi64>, %b: memref<64xi64>, %c: i1) {
  memref.copy %a, %b : memref<64xi64> to memref<64xi64>
  scf.if %c {
    %c1 = arith.constant 1 : index
    %v = memref.load %b[%c1] : memref<64xi64>
    %w = arith.addi %v, %v : i64
    memref.store %w, %b[%c1] : memref<64xi64>
  }
  return
}
// 1: what the last iteration has copied, before the next one reads.
func.func private @iterations(%a: memref<64xi64>, %b: memref<64xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  scf.for %i = %c0 to %c3 step %c1 {
    %v = memref.load %b[%i] : memref<64xi64>
    %w = arith.addi %v, %v : i64
    memref.store %w, %a[%c3] : memref<64xi64>
    memref.copy %a, %b : memref<64xi64> to memref<64xi64>
  }
  return
}
// 2: what @branch and @iterations have left, before @see reads it. What @source
// and @life have copied was complete when their buffer was.
func.func @main() -> i32 {
  %c1 = arith.constant 1 : index
  %one = arith.constant 1 : i64
  %a = memref.alloc() : memref<64xi64>
  %b = memref.alloc() : memref<64xi64>
  %d = memref.alloc() : memref<64xi64>
  %e = memref.alloc() : memref<64xi64>
  call @fill(%a, %one) : (memref<64xi64>, i64) -> ()
  call @before_loop(%a) : (memref<64xi64>) -> ()
  call @source(%a, %b) : (memref<64xi64>, memref<64xi64>) -> ()
  call @see(%b) : (memref<64xi64>) -> ()
  call @life(%a, %d) : (memref<64xi64>, memref<64xi64>) -> ()
  call @see(%d) : (memref<64xi64>) -> ()
  %first = arith.constant 0 : index
  %two = arith.constant 2 : index
  scf.for %i = %first to %two step %c1 {
    %c = arith.cmpi eq, %i, %first : index
    func.call @branch(%a, %e, %c) : (memref<64xi64>, memref<64xi64>, i1) -> ()
    func.call @see(%e) : (memref<64xi64>) -> ()
  }
  call @iterations(%b, %d) : (memref<64xi64>, memref<64xi64>) -> ()
  call @see(%d) : (memref<64xi64>) -> ()
  %g = memref.get_global @seen : memref<1xi64>
  %c0 = arith.constant 0 : index
  %h = memref.load %g[%c0] : memref<1xi64>
  call @printI64(%h) : (i64) -> ()
  call @printNewline() : () -> ()
  memref.dealloc %a : memref<64xi64>
  memref.dealloc %b : memref<64xi64>
  memref.dealloc %d : memref<64xi64>
  memref.dealloc %e : memref<64xi64>
  %r = arith.constant 0 : i32
  return %r : i32
}
