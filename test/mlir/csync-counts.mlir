// Cases solved by hand: the smallest number of csyncs that is right, and that the
// pass inserts no more.
// RUN: %copier-opt %s -copier-insert-csync | FileCheck %s

// 0: nothing can tell until the memory is handed to a caller who knows.
// CHECK-LABEL: func private @left_to_caller
// CHECK-NOT: copier.csync{{[_ ]}}
// CHECK-LABEL: func @caller
// CHECK: copier.csync{{[_ ]}}
// CHECK-NOT: copier.csync{{[_ ]}}
func.func private @left_to_caller(%a: memref<8xf32>, %b: memref<8xf32>) {
  copier.amemcpy %a, %b : memref<8xf32> to memref<8xf32>
  return
}
// 1: one for the copies of both calls, at the read.
func.func @caller(%a: memref<8xf32>, %i: index) -> (f32, f32) {
  %b = memref.alloc() : memref<8xf32>
  call @left_to_caller(%a, %b) : (memref<8xf32>, memref<8xf32>) -> ()
  call @left_to_caller(%a, %b) : (memref<8xf32>, memref<8xf32>) -> ()
  %v = memref.load %b[%i] : memref<8xf32>
  %w = memref.load %b[%i] : memref<8xf32>
  return %v, %w : f32, f32
}

// 1, beside the one by hand, which makes the second copy's dependence complete.
// CHECK-LABEL: func @chain
// CHECK: copier.csync{{[_ ]}}
// CHECK-NOT: copier.csync{{[_ ]}}
// CHECK: copier.csync{{[_ ]}}%arg2
// CHECK-NOT: copier.csync{{[_ ]}}
func.func @chain(%a: memref<8xf32> {llvm.noalias}, %b: memref<8xf32> {llvm.noalias},
                 %c: memref<8xf32> {llvm.noalias}, %i: index) -> f32 {
  copier.amemcpy %a, %b : memref<8xf32> to memref<8xf32>
  copier.csync %b : memref<8xf32>
  copier.amemcpy %b, %c : memref<8xf32> to memref<8xf32>
  %v = memref.load %c[%i] : memref<8xf32>
  return %v : f32
}

// 1: the target's csync serves for the source's write, the second read and the
// return.
// CHECK-LABEL: func @one_for_all
// CHECK-COUNT-1: copier.csync{{[_ ]}}
// CHECK-NOT: copier.csync{{[_ ]}}
func.func @one_for_all(%a: memref<8xf32>, %b: memref<8xf32>, %i: index) -> f32 {
  copier.amemcpy %a, %b : memref<8xf32> to memref<8xf32>
  %v = memref.load %b[%i] : memref<8xf32>
  memref.store %v, %a[%i] : memref<8xf32>
  %w = memref.load %b[%i] : memref<8xf32>
  return %w : f32
}

// 2: both branches need one, what follows none.
// CHECK-LABEL: func @both_branches
// CHECK-COUNT-2: copier.csync{{[_ ]}}
// CHECK-NOT: copier.csync{{[_ ]}}
func.func @both_branches(%a: memref<8xf32>, %b: memref<8xf32>, %c: i1, %i: index, %x: f32) {
  copier.amemcpy %a, %b : memref<8xf32> to memref<8xf32>
  scf.if %c {
    memref.store %x, %b[%i] : memref<8xf32>
  } else {
    %v = memref.load %b[%i] : memref<8xf32>
    memref.store %v, %a[%i] : memref<8xf32>
  }
  return
}

// 1: in front of three nested loops.
// CHECK-LABEL: func @nest
// CHECK: copier.csync{{[_ ]}}
// CHECK-NEXT: affine.for
// CHECK-NOT: copier.csync{{[_ ]}}
func.func @nest(%a: memref<8x8xf32>, %b: memref<8x8xf32>) {
  copier.amemcpy %a, %b : memref<8x8xf32> to memref<8x8xf32>
  affine.for %i = 0 to 8 {
    affine.for %j = 0 to 8 {
      affine.for %k = 0 to 8 {
        %v = affine.load %b[%i, %k] : memref<8x8xf32>
        affine.store %v, %b[%k, %j] : memref<8x8xf32>
      }
    }
  }
  return
}

// 1: in each iteration for its tile; then nothing is pending at the end.
// CHECK-LABEL: func @tiles
// CHECK: scf.for
// CHECK: copier.csync{{[_ ]}}
// CHECK-NOT: copier.csync{{[_ ]}}
func.func @tiles(%a: memref<64xf32>, %lb: index, %ub: index, %step: index) {
  %t = memref.alloc() : memref<8xf32>
  scf.for %i = %lb to %ub step %step {
    %s = memref.subview %a[%i] [8] [1] : memref<64xf32> to memref<8xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<8xf32, strided<[1], offset: ?>> to memref<8xf32>
    linalg.exp ins(%t : memref<8xf32>) outs(%t : memref<8xf32>)
  }
  memref.dealloc %t : memref<8xf32>
  return
}

// 0: parts that do not meet, and memory that is not accessed before its owner
// waits.
// CHECK-LABEL: func private @apart
// CHECK-NOT: copier.csync{{[_ ]}}
// CHECK-LABEL: func @uses_apart
func.func private @apart(%a: memref<8xf32>, %b: memref<16xf32>, %i: index) -> f32 {
  %low = memref.subview %b[0] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1]>>
  %high = memref.subview %b[8] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1], offset: 8>>
  copier.amemcpy %low, %high : memref<8xf32, strided<[1]>> to memref<8xf32, strided<[1], offset: 8>>
  %v = memref.load %low[%i] : memref<8xf32, strided<[1]>>
  return %v : f32
}
func.func @uses_apart(%a: memref<8xf32>, %b: memref<16xf32>, %i: index) -> f32 {
  %v = call @apart(%a, %b, %i) : (memref<8xf32>, memref<16xf32>, index) -> f32
  return %v : f32
}
