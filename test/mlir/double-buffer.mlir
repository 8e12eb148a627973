// Tiles that are copied ahead.
// RUN: %copier-opt %s -copier-pipeline-loops="segments=false" | FileCheck %s
// RUN: %copier-opt %s -copier-pipeline-loops="segments=false" -copier-insert-csync | FileCheck %s --check-prefix=CSYNC
// RUN: not %copier-opt %s -copier-pipeline-loops="segment=100" 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: error: copier-pipeline-loops: a segment of 100 bytes is not a power of two

// CHECK-LABEL: func @tiles
// CHECK: %[[TWO:.*]] = memref.alloc() : memref<2x16xf32>
// CHECK: %[[ANY:.*]] = arith.cmpi slt, %arg1, %arg2
// CHECK-NEXT: scf.if %[[ANY]] {
// CHECK: copier.amemcpy
// CHECK-NEXT: }
// CHECK: scf.for %[[I:.*]] = %arg1 to %arg2
// CHECK: %[[NOW:.*]] = memref.subview %[[TWO]]
// CHECK: %[[NEXT:.*]] = affine.apply
// CHECK: %[[MORE:.*]] = arith.cmpi slt, %[[NEXT]], %arg2
// CHECK-NEXT: scf.if %[[MORE]] {
// CHECK: copier.amemcpy
// CHECK-NEXT: }
// CHECK-NEXT: linalg.exp ins(%[[NOW]]
// CHECK-NOT: copier
// CHECK: return
// CSYNC-LABEL: func @tiles
// CSYNC: scf.for
// CSYNC: scf.if
// CSYNC: }
// CSYNC-NEXT: copier.csync %[[NOW:.*]] :
// CSYNC-NEXT: linalg.exp ins(%[[NOW]]
func.func @tiles(%a: memref<?xf32>, %lb: index, %ub: index) -> memref<16xf32> {
  %c16 = arith.constant 16 : index
  %t = memref.alloc() : memref<16xf32>
  %d = memref.alloc() : memref<16xf32>
  scf.for %i = %lb to %ub step %c16 {
    %s = memref.subview %a[%i] [16] [1] : memref<?xf32> to memref<16xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<16xf32, strided<[1], offset: ?>> to memref<16xf32>
    linalg.exp ins(%t : memref<16xf32>) outs(%d : memref<16xf32>)
  }
  memref.dealloc %t : memref<16xf32>
  return %d : memref<16xf32>
}

// CHECK-LABEL: func @affine_tiles
// CHECK: memref.alloc() : memref<2x16xf32>
// CHECK: affine.for
func.func @affine_tiles(%a: memref<64xf32>) -> memref<16xf32> {
  %t = memref.alloc() : memref<16xf32>
  %d = memref.alloc() : memref<16xf32>
  affine.for %i = 0 to 64 step 16 {
    %s = memref.subview %a[%i] [16] [1] : memref<64xf32> to memref<16xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<16xf32, strided<[1], offset: ?>> to memref<16xf32>
    linalg.exp ins(%t : memref<16xf32>) outs(%d : memref<16xf32>)
  }
  memref.dealloc %t : memref<16xf32>
  return %d : memref<16xf32>
}

// Not doubled: the loop writes what it copies; the buffer carries data from one
// iteration to the next; it is used behind the loop; there is no work; the
// address is computed by what the loop carries.
// CHECK-LABEL: func @source_written
// CHECK-NOT: memref<2x16xf32>
func.func @source_written(%a: memref<?xf32>, %lb: index, %ub: index) {
  %c16 = arith.constant 16 : index
  %t = memref.alloc() : memref<16xf32>
  scf.for %i = %lb to %ub step %c16 {
    %s = memref.subview %a[%i] [16] [1] : memref<?xf32> to memref<16xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<16xf32, strided<[1], offset: ?>> to memref<16xf32>
    linalg.exp ins(%t : memref<16xf32>) outs(%s : memref<16xf32, strided<[1], offset: ?>>)
  }
  return
}
// CHECK-LABEL: func @carried
// CHECK-NOT: memref<2x16xf32>
func.func @carried(%a: memref<?xf32>, %lb: index, %ub: index) -> memref<16xf32> {
  %c16 = arith.constant 16 : index
  %t = memref.alloc() : memref<16xf32>
  %d = memref.alloc() : memref<16xf32>
  scf.for %i = %lb to %ub step %c16 {
    linalg.exp ins(%t : memref<16xf32>) outs(%d : memref<16xf32>)
    %s = memref.subview %a[%i] [16] [1] : memref<?xf32> to memref<16xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<16xf32, strided<[1], offset: ?>> to memref<16xf32>
  }
  return %d : memref<16xf32>
}
// CHECK-LABEL: func @used_behind
// CHECK-NOT: memref<2x16xf32>
func.func @used_behind(%a: memref<?xf32>, %lb: index, %ub: index) -> memref<16xf32> {
  %c16 = arith.constant 16 : index
  %t = memref.alloc() : memref<16xf32>
  %d = memref.alloc() : memref<16xf32>
  scf.for %i = %lb to %ub step %c16 {
    %s = memref.subview %a[%i] [16] [1] : memref<?xf32> to memref<16xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<16xf32, strided<[1], offset: ?>> to memref<16xf32>
    linalg.exp ins(%t : memref<16xf32>) outs(%d : memref<16xf32>)
  }
  return %t : memref<16xf32>
}
// CHECK-LABEL: func @no_work
// CHECK-NOT: memref<2x16xf32>
func.func @no_work(%a: memref<?xf32>, %lb: index, %ub: index) {
  %c16 = arith.constant 16 : index
  %t = memref.alloc() : memref<16xf32>
  scf.for %i = %lb to %ub step %c16 {
    %s = memref.subview %a[%i] [16] [1] : memref<?xf32> to memref<16xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<16xf32, strided<[1], offset: ?>> to memref<16xf32>
    %v = memref.load %t[%lb] : memref<16xf32>
    vector.print %v : f32
  }
  return
}
// CHECK-LABEL: func @carried_address
// CHECK-NOT: memref<2x16xf32>
func.func @carried_address(%a: memref<?xf32>, %lb: index, %ub: index) -> memref<16xf32> {
  %c16 = arith.constant 16 : index
  %t = memref.alloc() : memref<16xf32>
  %d = memref.alloc() : memref<16xf32>
  %r = scf.for %i = %lb to %ub step %c16 iter_args(%at = %lb) -> index {
    %s = memref.subview %a[%at] [16] [1] : memref<?xf32> to memref<16xf32, strided<[1], offset: ?>>
    copier.amemcpy %s, %t : memref<16xf32, strided<[1], offset: ?>> to memref<16xf32>
    linalg.exp ins(%t : memref<16xf32>) outs(%d : memref<16xf32>)
    %n = arith.muli %at, %i : index
    scf.yield %n : index
  }
  memref.dealloc %t : memref<16xf32>
  return %d : memref<16xf32>
}
