// Every canonicalization, and beside it what must stay.
// RUN: %copier-opt %s -canonicalize -cse -loop-invariant-code-motion | FileCheck %s

// CHECK-LABEL: func @casts
// CHECK-SAME: (%[[A:.*]]: memref<4xf32>, %[[B:.*]]: memref<4xf32>)
// CHECK-NEXT: copier.amemcpy %[[A]], %[[B]] : memref<4xf32> to memref<4xf32>
// CHECK-NEXT: copier.csync %[[B]] : memref<4xf32>
// CHECK-NEXT: return
func.func @casts(%a: memref<4xf32>, %b: memref<4xf32>) {
  %x = memref.cast %a : memref<4xf32> to memref<?xf32>
  %y = memref.cast %b : memref<4xf32> to memref<?xf32>
  copier.amemcpy %x, %y : memref<?xf32> to memref<?xf32>
  copier.csync %y : memref<?xf32>
  return
}

// CHECK-LABEL: func @empty_copies
// CHECK-NEXT: return
func.func @empty_copies(%a: memref<4xf32>, %b: memref<0x4xf32>, %c: memref<0x4xf32>) {
  copier.amemcpy %a, %a : memref<4xf32> to memref<4xf32>
  copier.amemcpy %b, %c : memref<0x4xf32> to memref<0x4xf32>
  copier.csync %b : memref<0x4xf32>
  return
}

// CHECK-LABEL: func @repeated
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync %[[B:.*]] :
// CHECK-NEXT: memref.load
// CHECK-NEXT: copier.amemcpy
// CHECK-NEXT: copier.csync %[[B]] :
// CHECK-NEXT: return
func.func @repeated(%a: memref<4xf32>, %b: memref<4xf32>, %i: index) -> f32 {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.csync %b : memref<4xf32>
  %v = memref.load %b[%i] : memref<4xf32>
  copier.csync %b : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.csync %b : memref<4xf32>
  return %v : f32
}

// A function may submit copies.
// CHECK-LABEL: func @repeated_after_call
// CHECK: copier.csync
// CHECK-NEXT: call @unknown
// CHECK-NEXT: copier.csync
func.func private @unknown()
func.func @repeated_after_call(%b: memref<4xf32>) {
  copier.csync %b : memref<4xf32>
  call @unknown() : () -> ()
  copier.csync %b : memref<4xf32>
  return
}

// CHECK-LABEL: func @view_of_csynced
// CHECK-NEXT: copier.csync %{{.*}} : memref<8xf32>
// CHECK-NOT: copier.csync
// CHECK-LABEL: func @viewed_of_csynced
// CHECK: copier.csync %{{.*}} : memref<4xf32
// CHECK: copier.csync %{{.*}} : memref<8xf32>
func.func @view_of_csynced(%b: memref<8xf32>, %i: index) -> f32 {
  copier.csync %b : memref<8xf32>
  %s = memref.subview %b[4] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  copier.csync %s : memref<4xf32, strided<[1], offset: 4>>
  %v = memref.load %s[%i] : memref<4xf32, strided<[1], offset: 4>>
  return %v : f32
}
func.func @viewed_of_csynced(%b: memref<8xf32>, %i: index) -> f32 {
  %s = memref.subview %b[4] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
  copier.csync %s : memref<4xf32, strided<[1], offset: 4>>
  %v = memref.load %s[%i] : memref<4xf32, strided<[1], offset: 4>>
  copier.csync %b : memref<8xf32>
  return %v : f32
}

// CHECK-LABEL: func @included
// CHECK-NEXT: copier.csync_all
// CHECK-NEXT: return
func.func @included(%b: memref<4xf32>, %c: memref<4xf32>) {
  copier.csync %b : memref<4xf32>
  copier.csync %c : memref<4xf32>
  copier.csync_all
  copier.csync %b : memref<4xf32>
  copier.csync_all
  return
}

// CHECK-LABEL: func @fresh_memory
// CHECK-NEXT: memref.alloc
// CHECK-NEXT: memref.load
func.func @fresh_memory(%i: index) -> (memref<4xf32>, f32) {
  %m = memref.alloc() : memref<4xf32>
  copier.csync %m : memref<4xf32>
  %v = memref.load %m[%i] : memref<4xf32>
  return %m, %v : memref<4xf32>, f32
}

// CHECK-LABEL: func @whole
// CHECK-NEXT: copier.csync %{{.*}} : memref<4x4xf32>
// CHECK-NEXT: return
func.func @whole(%b: memref<4x4xf32>) {
  copier.csync %b[0, 0] [4, 4] [1, 1] : memref<4x4xf32>
  return
}

// CHECK-LABEL: func @adjacent
// CHECK-NEXT: copier.csync %{{.*}}[0, 0] [3, 4] [1, 1]
// CHECK-NEXT: return
func.func @adjacent(%b: memref<4x4xf32>) {
  copier.csync %b[0, 0] [2, 4] [1, 1] : memref<4x4xf32>
  copier.csync %b[2, 0] [1, 4] [1, 1] : memref<4x4xf32>
  return
}

// CHECK-LABEL: func @not_adjacent
// CHECK-NEXT: copier.csync %{{.*}}[0, 0] [1, 4] [1, 1]
// CHECK-NEXT: copier.csync %{{.*}}[2, 0] [1, 4] [1, 1]
// CHECK-NEXT: copier.csync %{{.*}}[1, 1] [1, 1] [1, 1]
func.func @not_adjacent(%b: memref<4x4xf32>) {
  copier.csync %b[0, 0] [1, 4] [1, 1] : memref<4x4xf32>
  copier.csync %b[2, 0] [1, 4] [1, 1] : memref<4x4xf32>
  copier.csync %b[1, 1] [1, 1] [1, 1] : memref<4x4xf32>
  return
}

// CHECK-LABEL: func @copy_of_copy
// CHECK-SAME: (%[[A:.*]]: memref<4xf32>)
// CHECK: %[[B:.*]] = memref.alloc
// CHECK: copier.amemcpy %[[A]], %[[B]] :
// CHECK: %[[C:.*]] = memref.alloc
// CHECK: copier.amemcpy %[[A]], %[[C]] :
func.func @copy_of_copy(%a: memref<4xf32>) -> (memref<4xf32>, memref<4xf32>) {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  return %b, %c : memref<4xf32>, memref<4xf32>
}

// Changed in between; perhaps overlapping; csyncs are there already.
// CHECK-LABEL: func @copy_of_changed
// CHECK: copier.amemcpy %{{.*}}, %[[B:.*]] :
// CHECK: memref.store
// CHECK: copier.amemcpy %[[B]],
func.func @copy_of_changed(%a: memref<4xf32>, %c: memref<4xf32>, %i: index, %v: f32) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  memref.store %v, %a[%i] : memref<4xf32>
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  return %b : memref<4xf32>
}
// CHECK-LABEL: func @copy_overlapping
// CHECK: copier.amemcpy %{{.*}}, %[[B:.*]] :
// CHECK: copier.amemcpy %[[B]],
func.func @copy_overlapping(%a: memref<4xf32>, %c: memref<4xf32>) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  return %b : memref<4xf32>
}
// CHECK-LABEL: func @copy_of_synced
// CHECK: copier.amemcpy %{{.*}}, %[[B:.*]] :
// CHECK: copier.amemcpy %[[B]],
func.func @copy_of_synced(%a: memref<4xf32>) -> memref<4xf32> attributes {copier.csyncs_inserted} {
  %b = memref.alloc() : memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  return %c : memref<4xf32>
}

// CHECK-LABEL: func @late_abort
// CHECK-NEXT: copier.csync
// CHECK-NEXT: copier.amemcpy
// CHECK-NEXT: copier.abort
// CHECK-NEXT: return
func.func @late_abort(%a: memref<4xf32>, %b: memref<4xf32>) {
  copier.csync %b : memref<4xf32>
  copier.abort %b : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.abort %b : memref<4xf32>
  return
}

// No generic transformation of MLIR may move an access across a wait, remove
// one, or take the value from before.
// CHECK-LABEL: func @barriers
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync
// CHECK-NEXT: %[[V:.*]] = memref.load
// CHECK-NEXT: copier.csync_all
// CHECK-NEXT: %[[W:.*]] = memref.load
// CHECK-NEXT: return %[[V]], %[[W]]
func.func @barriers(%a: memref<4xf32>, %b: memref<4xf32>, %i: index) -> (f32, f32) {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.csync %b : memref<4xf32>
  %v = memref.load %b[%i] : memref<4xf32>
  copier.csync_all
  %w = memref.load %b[%i] : memref<4xf32>
  return %v, %w : f32, f32
}
