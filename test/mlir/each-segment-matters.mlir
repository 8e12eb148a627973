// The csyncs of segments, and what is left for behind the loop: each is missed
// when it is deleted.
// RUN: %mlir-mutants %s %t 8 "-copier-async-copy=%{every-copy}" -copier-insert-csync "-copier-pipeline-loops=double-buffer=false segment=256" -canonicalize | FileCheck %s
// CHECK: 8 csyncs, 8 missed when deleted
// RUN: FileCheck %s --input-file=%t.whole.mlir --check-prefix=WHOLE
// Of a linalg operation over all rows, what waits behind the loop is not.
// RUN: not %mlir-mutants %S/Inputs/all-rows.mlir %t.all-rows 2 "-copier-async-copy=%{every-copy}" -copier-insert-csync "-copier-pipeline-loops=double-buffer=false segment=256" -canonicalize 2> %t.err | FileCheck %s --check-prefix=ALL
// ALL: 2 csyncs, 1 missed when deleted
// RUN: FileCheck %s --input-file=%t.err --check-prefix=BEHIND
// BEHIND: nobody misses    copier.csync %arg1 : memref<16x16xi64>

!m = memref<16x16xi64>
func.func private @printI64(i64)
func.func private @printNewline()
memref.global "private" @seen : memref<1xi64> = dense<0>

func.func private @see(%m: !m) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %k = arith.constant 31 : i64
  %g = memref.get_global @seen : memref<1xi64>
  scf.for %i = %c0 to %c16 step %c1 {
    scf.for %j = %c0 to %c16 step %c1 {
      %old = memref.load %g[%c0] : memref<1xi64>
      %v = memref.load %m[%i, %j] : !m
      %p = arith.muli %old, %k : i64
      %s = arith.addi %p, %v : i64
      memref.store %s, %g[%c0] : memref<1xi64>
    }
  }
  return
}
func.func private @fill(%m: !m, %from: i64) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  scf.for %i = %c0 to %c16 step %c1 {
    scf.for %j = %c0 to %c16 step %c1 {
      %n = arith.muli %i, %c16 : index
      %o = arith.addi %n, %j : index
      %p = arith.index_cast %o : index to i64
      %v = arith.addi %p, %from : i64
      memref.store %v, %m[%i, %j] : !m
    }
  }
  return
}

// A loop over some of the rows; @main sees the others, and the target.
// WHOLE-LABEL: func @scf_for
// WHOLE: scf.for
// WHOLE: copier.csync
// WHOLE-NEXT: scf.for
func.func @scf_for(%a: !m {llvm.noalias}, %b: !m {llvm.noalias}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  memref.copy %a, %b : !m to !m
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %b[%i, %c1] : !m
    %w = arith.addi %v, %v : i64
    memref.store %w, %b[%i, %c0] : !m
  }
  return
}

// Rows before and behind.
// WHOLE-LABEL: func @affine_for
// WHOLE: affine.for
// WHOLE: copier.csync
// WHOLE-NEXT: affine.for
func.func @affine_for(%a: !m {llvm.noalias}, %b: !m {llvm.noalias}, %d: !m {llvm.noalias}) {
  memref.copy %a, %b : !m to !m
  affine.for %i = 1 to 12 {
    affine.for %j = 0 to 16 {
      %u = affine.load %b[%i - 1, %j] : !m
      %v = affine.load %b[%i + 1, %j] : !m
      %w = arith.addi %u, %v : i64
      affine.store %w, %d[%i, %j] : !m
    }
  }
  return
}

// WHOLE-LABEL: func @scf_parallel
// WHOLE: scf.for
// WHOLE: copier.csync
// WHOLE-NEXT: scf.parallel
func.func @scf_parallel(%a: !m {llvm.noalias}, %b: !m {llvm.noalias}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c15 = arith.constant 15 : index
  %c16 = arith.constant 16 : index
  memref.copy %a, %b : !m to !m
  scf.parallel (%j, %i) = (%c0, %c0) to (%c16, %c15) step (%c1, %c1) {
    %v = memref.load %b[%i, %j] : !m
    %w = arith.addi %v, %v : i64
    memref.store %w, %b[%i, %j] : !m
    scf.reduce
  }
  return
}

// The source: rows are overwritten as they have been copied.
// WHOLE-LABEL: func @source
// WHOLE: scf.for
// WHOLE: copier.csync
// WHOLE-NEXT: scf.for
func.func @source(%a: !m {llvm.noalias}, %b: !m {llvm.noalias}, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %v = arith.constant 77 : i64
  memref.copy %a, %b : !m to !m
  scf.for %i = %c0 to %n step %c1 {
    memref.store %v, %a[%i, %c1] : !m
  }
  return
}

func.func @main() -> i32 {
  %one = arith.constant 1 : i64
  %nine = arith.constant 9 : index
  %a = memref.alloc() : !m
  %b = memref.alloc() : !m
  %d = memref.alloc() : !m
  call @fill(%a, %one) : (!m, i64) -> ()
  call @fill(%d, %one) : (!m, i64) -> ()
  call @scf_for(%a, %b, %nine) : (!m, !m, index) -> ()
  call @see(%b) : (!m) -> ()
  call @affine_for(%a, %b, %d) : (!m, !m, !m) -> ()
  call @see(%b) : (!m) -> ()
  call @see(%d) : (!m) -> ()
  call @scf_parallel(%a, %b) : (!m, !m) -> ()
  call @see(%b) : (!m) -> ()
  call @source(%a, %b, %nine) : (!m, !m, index) -> ()
  call @see(%b) : (!m) -> ()
  call @see(%a) : (!m) -> ()
  %c0 = arith.constant 0 : index
  %g = memref.get_global @seen : memref<1xi64>
  %h = memref.load %g[%c0] : memref<1xi64>
  call @printI64(%h) : (i64) -> ()
  call @printNewline() : () -> ()
  memref.dealloc %a : !m
  memref.dealloc %b : !m
  memref.dealloc %d : !m
  %r = arith.constant 0 : i32
  return %r : i32
}
