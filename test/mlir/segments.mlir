// Csyncs in front of loops, piece by piece.
// RUN: %copier-opt %s -copier-insert-csync -copier-pipeline-loops="double-buffer=false segment=1024" -canonicalize | FileCheck %s

// CHECK-LABEL: func @scf_for
// CHECK-SAME: (%[[A:.*]]: memref<?x64xf32>, %[[B:.*]]: memref<?x64xf32>, %[[N:.*]]: index)
// CHECK: copier.amemcpy
// CHECK-NEXT: scf.for %[[O:.*]] = %c0 to %[[N]] step %c4 iter_args
// CHECK: %[[END:.*]] = arith.minsi %{{.*}}, %[[N]]
// CHECK: copier.csync %[[B]][%{{.*}}, 0] [%{{.*}}, 64] [1, 1]
// CHECK-NEXT: scf.for %{{.*}} = %[[O]] to %[[END]] step %c1
// CHECK: copier.csync %[[B]] :
// CHECK-NEXT: return
func.func @scf_for(%a: memref<?x64xf32>, %b: memref<?x64xf32>, %n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %z = arith.constant 0.0 : f32
  copier.amemcpy %a, %b : memref<?x64xf32> to memref<?x64xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %z) -> f32 {
    %t = scf.for %j = %c0 to %c64 step %c1 iter_args(%u = %s) -> f32 {
      %v = memref.load %b[%i, %j] : memref<?x64xf32>
      %w = arith.addf %u, %v : f32
      scf.yield %w : f32
    }
    scf.yield %t : f32
  }
  return %r : f32
}

// A stencil touches rows before and behind.
// CHECK-LABEL: func @affine_for
// CHECK: affine.for %[[O:.*]] = 1 to 99 step 4
// CHECK-DAG: %[[FIRST:.*]] = arith.addi %[[O]], %c-1
// CHECK-DAG: arith.addi %{{.*}}, %c1
// CHECK: copier.csync %{{.*}}[%{{.*}}, 0] [%{{.*}}, 64] [1, 1]
// CHECK-NEXT: affine.for %{{.*}} = #{{.*}}(%[[O]]) to min #{{.*}}(%[[O]])
func.func @affine_for(%a: memref<100x64xf32>, %c: memref<100x64xf32>) -> memref<100x64xf32> {
  %b = memref.alloc() : memref<100x64xf32>
  %d = memref.alloc() : memref<100x64xf32>
  copier.amemcpy %a, %b : memref<100x64xf32> to memref<100x64xf32>
  affine.for %i = 1 to 99 {
    affine.for %j = 0 to 64 {
      %u = affine.load %b[%i - 1, %j] : memref<100x64xf32>
      %v = affine.load %b[%i + 1, %j] : memref<100x64xf32>
      %w = arith.addf %u, %v : f32
      affine.store %w, %d[%i, %j] : memref<100x64xf32>
    }
  }
  return %d : memref<100x64xf32>
}

// CHECK-LABEL: func @scf_parallel
// CHECK: scf.for %[[O:.*]] = %c0 to %c100 step %c4
// CHECK: copier.csync
// CHECK-NEXT: scf.parallel (%{{.*}}, %{{.*}}) = (%c0, %[[O]]) to (%c64, %{{.*}})
// CHECK: copier.csync
// CHECK-NEXT: return
func.func @scf_parallel(%a: memref<100x64xf32>, %b: memref<100x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %c100 = arith.constant 100 : index
  copier.amemcpy %a, %b : memref<100x64xf32> to memref<100x64xf32>
  scf.parallel (%j, %i) = (%c0, %c0) to (%c64, %c100) step (%c1, %c1) {
    %v = memref.load %b[%i, %j] : memref<100x64xf32>
    %w = arith.addf %v, %v : f32
    memref.store %w, %b[%i, %j] : memref<100x64xf32>
    scf.reduce
  }
  return
}

// CHECK-LABEL: func @linalg
// CHECK: scf.for
// CHECK: %[[T:.*]] = memref.subview %arg1
// CHECK: copier.csync %[[T]]
// CHECK-NEXT: linalg.add ins(%[[T]],
// CHECK: }
// CHECK-NEXT: copier.csync %arg1
func.func @linalg(%a: memref<100x64xf32>, %b: memref<100x64xf32>) -> memref<100x64xf32> {
  %c = memref.alloc() : memref<100x64xf32>
  %d = memref.alloc() : memref<100x64xf32>
  copier.amemcpy %a, %b : memref<100x64xf32> to memref<100x64xf32>
  linalg.add ins(%b, %c : memref<100x64xf32>, memref<100x64xf32>) outs(%d : memref<100x64xf32>)
  return %d : memref<100x64xf32>
}

// Not split: rows in another order; a row that does not follow the loop; another
// access that conflicts; one segment only; a reduction.
// CHECK-LABEL: func @columns
// CHECK: copier.csync %{{[a-z0-9]*}} :
// CHECK-NEXT: scf.for
func.func @columns(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  copier.amemcpy %a, %b : memref<64x64xf32> to memref<64x64xf32>
  scf.for %i = %c0 to %n step %c1 {
    memref.store %x, %b[%c1, %i] : memref<64x64xf32>
  }
  return
}
// CHECK-LABEL: func @scattered
// CHECK: copier.csync %{{[a-z0-9]*}} :
// CHECK-NEXT: scf.for
func.func @scattered(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  copier.amemcpy %a, %b : memref<64x64xf32> to memref<64x64xf32>
  scf.for %i = %c0 to %n step %c1 {
    %k = arith.muli %i, %i : index
    memref.store %x, %b[%k, %i] : memref<64x64xf32>
  }
  return
}
// CHECK-LABEL: func @other_conflict
// CHECK: copier.csync %{{[a-z0-9]*}} :
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: return
func.func @other_conflict(%b: memref<64x64xf32>, %n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<64x64xf32>
  copier.amemcpy %a, %b : memref<64x64xf32> to memref<64x64xf32>
  scf.for %i = %c0 to %n step %c1 {
    %v = memref.load %b[%i, %c1] : memref<64x64xf32>
    memref.store %v, %a[%c0, %i] : memref<64x64xf32>
  }
  return
}
// CHECK-LABEL: func @one_segment
// CHECK: copier.csync %{{[a-z0-9]*}} :
// CHECK-NEXT: scf.for
func.func @one_segment(%a: memref<4x64xf32>, %b: memref<4x64xf32>, %n: index, %x: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  copier.amemcpy %a, %b : memref<4x64xf32> to memref<4x64xf32>
  scf.for %i = %c0 to %n step %c1 {
    memref.store %x, %b[%i, %c1] : memref<4x64xf32>
  }
  return
}
// CHECK-LABEL: func @reduction
// CHECK: copier.csync %{{[a-z0-9]*}} :
// CHECK-NEXT: scf.parallel
func.func @reduction(%a: memref<100xf32>, %b: memref<100xf32>, %n: index, %x: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  copier.amemcpy %a, %b : memref<100xf32> to memref<100xf32>
  %r = scf.parallel (%i) = (%c0) to (%n) step (%c1) init (%x) -> f32 {
    %v = memref.load %b[%i] : memref<100xf32>
    scf.reduce(%v : f32) {
    ^bb0(%l: f32, %m: f32):
      %s = arith.addf %l, %m : f32
      scf.reduce.return %s : f32
    }
  }
  return %r : f32
}
