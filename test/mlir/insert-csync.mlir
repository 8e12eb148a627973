// What conflicts with a copy, each with one beside it that does not.
// RUN: %copier-opt %s -copier-insert-csync -split-input-file | FileCheck %s

// CHECK-LABEL: func @target_read
// CHECK: copier.amemcpy %[[A:.*]], %[[B:.*]] :
// CHECK-NEXT: memref.load %[[A]]
// CHECK-NEXT: copier.csync %[[B]]
// CHECK-NEXT: memref.load %[[B]]
// CHECK-NEXT: memref.store %{{.*}}, %[[A]]
// CHECK-NEXT: arith
// CHECK-NEXT: return
func.func @target_read(%i: index, %v: f32, %x: memref<4xf32>) -> f32 {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %s = memref.load %a[%i] : memref<4xf32>
  %t = memref.load %b[%i] : memref<4xf32>
  memref.store %v, %a[%i] : memref<4xf32>
  %r = arith.addf %s, %t : f32
  return %r : f32
}

// CHECK-LABEL: func @target_write
// CHECK: copier.amemcpy %{{.*}}, %[[B:.*]] :
// CHECK-NEXT: memref.store %{{.*}}, %[[C:[^ ]*]][
// CHECK-NEXT: copier.csync %[[B]]
// CHECK-NEXT: memref.store %{{.*}}, %[[B]]
// CHECK-NEXT: return
func.func @target_write(%a: memref<4xf32>, %i: index, %v: f32) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  memref.store %v, %c[%i] : memref<4xf32>
  memref.store %v, %b[%i] : memref<4xf32>
  return %b : memref<4xf32>
}

// CHECK-LABEL: func @source_write
// CHECK: copier.amemcpy %[[A:.*]], %[[B:.*]] :
// CHECK-NEXT: copier.csync %[[A]]
// CHECK-NEXT: memref.store %{{.*}}, %[[A]]
// CHECK-NEXT: return
func.func @source_write(%i: index, %v: f32) -> memref<4xf32> {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  memref.store %v, %a[%i] : memref<4xf32>
  return %b : memref<4xf32>
}

// Arguments may be the same memory; the csync names what is accessed.
// CHECK-LABEL: func @may_alias
// CHECK-SAME: (%[[A:.*]]: memref<4xf32>, %[[B:.*]]: memref<4xf32>, %[[C:.*]]: memref<4xf32>
// CHECK-NEXT: copier.amemcpy
// CHECK-NEXT: copier.csync %[[C]]
// CHECK-NEXT: memref.load %[[C]]
// CHECK-NEXT: copier.csync %[[B]]
// CHECK-NEXT: return
func.func @may_alias(%a: memref<4xf32>, %b: memref<4xf32>, %c: memref<4xf32>, %i: index) -> f32 {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %v = memref.load %c[%i] : memref<4xf32>
  return %v : f32
}

// Other copies are ordered by the runtime; a copy that is left is not.
// CHECK-LABEL: func @copies
// CHECK: copier.amemcpy %{{.*}}, %[[B:.*]] :
// CHECK-NEXT: copier.amemcpy %[[B]], %[[C:.*]] :
// CHECK-NEXT: copier.csync %[[C]]
// CHECK-NEXT: memref.copy %[[C]]
// CHECK-NEXT: copier.csync %[[B]]
// CHECK-NEXT: return
func.func @copies(%a: memref<4xf32>) -> (memref<4xf32>, memref<4xf32>, memref<4xf32>) {
  %b = memref.alloc() : memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  %d = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  memref.copy %c, %d : memref<4xf32> to memref<4xf32>
  return %b, %c, %d : memref<4xf32>, memref<4xf32>, memref<4xf32>
}

// CHECK-LABEL: func @deallocation
// CHECK: copier.amemcpy %[[A:.*]], %[[B:.*]] :
// CHECK-NEXT: memref.dealloc
// CHECK-NEXT: copier.csync %[[A]]
// CHECK-NEXT: memref.dealloc %[[A]]
// CHECK-NEXT: memref.dealloc %[[B]]
// CHECK-NEXT: return
func.func @deallocation() {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  memref.dealloc %c : memref<4xf32>
  memref.dealloc %a : memref<4xf32>
  memref.dealloc %b : memref<4xf32>
  return
}

// The life of a view's object ends with the object.
// CHECK-LABEL: func @deallocation_of_viewed
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync %[[B:.*]] : memref<8xf32>
// CHECK-NEXT: memref.dealloc %[[B]]
// CHECK-NEXT: return
func.func @deallocation_of_viewed(%a: memref<4xf32>) {
  %b = memref.alloc() : memref<8xf32>
  %s = memref.subview %b[4] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  copier.amemcpy %a, %s : memref<4xf32> to memref<4xf32, strided<[1], offset: 4>>
  memref.dealloc %b : memref<8xf32>
  return
}

// Constant parts of one object that do not meet.
// CHECK-LABEL: func @halves
// CHECK: %[[LOW:.*]] = memref.subview
// CHECK: %[[HIGH:.*]] = memref.subview
// CHECK: copier.amemcpy
// CHECK-NEXT: memref.load %[[HIGH]]
// CHECK-NEXT: copier.csync %[[LOW]]
// CHECK-NEXT: memref.load %[[LOW]]
func.func @halves(%a: memref<4xf32>, %i: index) -> (f32, f32, memref<8xf32>) {
  %b = memref.alloc() : memref<8xf32>
  %low = memref.subview %b[0] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1]>>
  %high = memref.subview %b[4] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  copier.amemcpy %a, %low : memref<4xf32> to memref<4xf32, strided<[1]>>
  %v = memref.load %high[%i] : memref<4xf32, strided<[1], offset: 4>>
  %w = memref.load %low[%i] : memref<4xf32, strided<[1]>>
  return %v, %w, %b : f32, f32, memref<8xf32>
}

// Globals of different names differ, and from what is allocated here.
memref.global "private" @g : memref<4xf32> = uninitialized
memref.global "private" @h : memref<4xf32> = uninitialized
// CHECK-LABEL: func @globals
// CHECK: copier.amemcpy
// CHECK-NEXT: memref.load
// CHECK-NEXT: memref.store
// CHECK-NEXT: copier.csync %[[G:.*]] :
// CHECK-NEXT: memref.load %[[G]]
func.func @globals(%i: index, %v: f32) -> (f32, f32) {
  %g = memref.get_global @g : memref<4xf32>
  %h = memref.get_global @h : memref<4xf32>
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %g : memref<4xf32> to memref<4xf32>
  %x = memref.load %h[%i] : memref<4xf32>
  memref.store %v, %b[%i] : memref<4xf32>
  %y = memref.load %g[%i] : memref<4xf32>
  return %x, %y : f32, f32
}

// Unknown operations, calls of unknown functions, and what publishes memory.
// CHECK-LABEL: func @unknown
// CHECK-COUNT-4: copier.csync_all
// CHECK-NOT: copier.csync
func.func private @external()
func.func @unknown(%a: memref<4xi32>, %i: index, %v: i32, %f: () -> ()) -> memref<4xi32> {
  %b = memref.alloc() : memref<4xi32>
  %c = memref.alloc() : memref<4xi32>
  copier.amemcpy %a, %b : memref<4xi32> to memref<4xi32>
  func.call @external() : () -> ()
  copier.amemcpy %a, %b : memref<4xi32> to memref<4xi32>
  func.call_indirect %f() : () -> ()
  copier.amemcpy %a, %b : memref<4xi32> to memref<4xi32>
  %old = memref.atomic_rmw addi %v, %c[%i] : (i32, memref<4xi32>) -> i32
  copier.amemcpy %a, %b : memref<4xi32> to memref<4xi32>
  llvm.fence seq_cst
  return %b : memref<4xi32>
}

// An unranked memref has no extent to name.
// CHECK-LABEL: func @unranked
// CHECK: copier.amemcpy
// CHECK-NEXT: memref.cast
// CHECK-NEXT: copier.csync %arg1 : memref<4xi32>
// CHECK-NEXT: memref.copy
func.func @unranked(%a: memref<4xi32>, %b: memref<4xi32>, %u: memref<*xi32>) {
  copier.amemcpy %a, %b : memref<4xi32> to memref<4xi32>
  %x = memref.cast %b : memref<4xi32> to memref<*xi32>
  memref.copy %x, %u : memref<*xi32> to memref<*xi32>
  return
}

// linalg, vector and affine say what they do by their interfaces.
// CHECK-LABEL: func @dialects
// CHECK: copier.amemcpy %[[A:.*]], %[[B:.*]] :
// CHECK-NEXT: affine.load %[[A]]
// CHECK-NEXT: vector.load %[[A]]
// CHECK-NEXT: linalg.fill {{.*}} outs(%[[C:[^ ]*]] :
// CHECK-NEXT: copier.csync %[[B]]
// CHECK-NEXT: linalg.add ins(%[[A]], %[[B]] :
func.func @dialects(%v: f32) -> (f32, vector<4xf32>, memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  %i = arith.constant 0 : index
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %x = affine.load %a[1] : memref<4xf32>
  %y = vector.load %a[%i] : memref<4xf32>, vector<4xf32>
  linalg.fill ins(%v : f32) outs(%c : memref<4xf32>)
  linalg.add ins(%a, %b : memref<4xf32>, memref<4xf32>) outs(%c : memref<4xf32>)
  return %x, %y, %c : f32, vector<4xf32>, memref<4xf32>
}

// Csyncs that are there count.
// CHECK-LABEL: func @by_hand
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync
// CHECK-NEXT: memref.load
// CHECK-NEXT: return
func.func @by_hand(%a: memref<4xf32>, %b: memref<4xf32>, %i: index) -> f32 {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.csync %b : memref<4xf32>
  %v = memref.load %b[%i] : memref<4xf32>
  return %v : f32
}

// Without copies nothing happens.
// CHECK-LABEL: func @no_copies
// CHECK-NOT: copier
func.func @no_copies(%a: memref<4xf32>, %b: memref<4xf32>) {
  memref.copy %a, %b : memref<4xf32> to memref<4xf32>
  func.call @external() : () -> ()
  return
}
