// Branches, loops and scopes.
// RUN: %copier-opt %s -copier-insert-csync | FileCheck %s

// Only the path that reads waits; the join does not know, and the return does.
// CHECK-LABEL: func @branch
// CHECK: scf.if
// CHECK-NEXT: copier.csync %[[B:.*]] :
// CHECK-NEXT: memref.load
// CHECK: } else {
// CHECK-NOT: copier
// CHECK: }
// CHECK-NEXT: copier.csync %[[B]] :
// CHECK-NEXT: return
func.func @branch(%a: memref<4xf32>, %b: memref<4xf32>, %c: i1, %i: index) -> f32 {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %r = scf.if %c -> f32 {
    %v = memref.load %b[%i] : memref<4xf32>
    scf.yield %v : f32
  } else {
    %z = arith.constant 0.0 : f32
    scf.yield %z : f32
  }
  return %r : f32
}

// Once in front of the loop nest, not in it.
// CHECK-LABEL: func @hoisted
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync
// CHECK-NEXT: scf.for
// CHECK-NOT: copier.csync
// CHECK: return
func.func @hoisted(%a: memref<4x4xf32>, %lb: index, %ub: index, %step: index) -> memref<4x4xf32> {
  %b = memref.alloc() : memref<4x4xf32>
  copier.amemcpy %a, %b : memref<4x4xf32> to memref<4x4xf32>
  scf.for %i = %lb to %ub step %step {
    scf.for %j = %lb to %ub step %step {
      %v = memref.load %b[%i, %j] : memref<4x4xf32>
      memref.store %v, %b[%j, %i] : memref<4x4xf32>
    }
  }
  return %b : memref<4x4xf32>
}

// There is work in front of the access: the first iteration's window is kept.
// CHECK-LABEL: func @not_hoisted_past_work
// CHECK: copier.amemcpy
// CHECK-NEXT: affine.for
// CHECK-NEXT: affine.for
// CHECK: }
// CHECK-NEXT: copier.csync
// CHECK-NEXT: affine.load
func.func @not_hoisted_past_work(%a: memref<4xf32>, %c: memref<4xf32>) -> (memref<4xf32>, memref<4xf32>) {
  %b = memref.alloc() : memref<4xf32>
  %d = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  affine.for %i = 0 to 4 {
    affine.for %j = 0 to 4 {
      %v = affine.load %d[%j] : memref<4xf32>
      affine.store %v, %d[%i] : memref<4xf32>
    }
    %w = affine.load %b[%i] : memref<4xf32>
    affine.store %w, %d[%i] : memref<4xf32>
  }
  return %b, %d : memref<4xf32>, memref<4xf32>
}

// What an iteration has copied, the next one's accesses wait for.
// CHECK-LABEL: func @next_iteration
// CHECK: scf.for
// CHECK-NEXT: copier.csync %[[B:.*]] :
// CHECK-NEXT: memref.load %[[B]]
// CHECK: copier.amemcpy %{{.*}}, %[[B]] :
// CHECK-NEXT: }
// CHECK-NEXT: copier.csync %[[B]] :
// CHECK-NEXT: return
func.func @next_iteration(%a: memref<4xf32>, %b: memref<4xf32>, %lb: index, %ub: index, %step: index) {
  %d = memref.alloc() : memref<4xf32>
  scf.for %i = %lb to %ub step %step {
    %v = memref.load %b[%i] : memref<4xf32>
    memref.store %v, %d[%i] : memref<4xf32>
    copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  }
  return
}

// Memory of one iteration is named in that iteration.
// CHECK-LABEL: func @memory_of_iteration
// CHECK: scf.for
// CHECK: %[[T:.*]] = memref.alloc
// CHECK: copier.amemcpy %{{.*}}, %[[T]]
// CHECK-NEXT: copier.csync %[[T]]
// CHECK-NEXT: memref.load %[[T]]
// CHECK-NEXT: vector.print
// CHECK-NEXT: memref.dealloc %[[T]]
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @memory_of_iteration(%a: memref<4xf32>, %lb: index, %ub: index, %step: index) {
  scf.for %i = %lb to %ub step %step {
    %t = memref.alloc() : memref<4xf32>
    copier.amemcpy %a, %t : memref<4xf32> to memref<4xf32>
    %v = memref.load %t[%i] : memref<4xf32>
    vector.print %v : f32
    memref.dealloc %t : memref<4xf32>
  }
  return
}

// A view that differs from iteration to iteration cannot be named behind the
// loop; what it is a view of can.
// CHECK-LABEL: func @view_of_iteration
// CHECK: scf.for
// CHECK: copier.amemcpy
// CHECK-NEXT: }
// CHECK-NEXT: copier.csync %arg1 : memref<64xf32>
// CHECK-NEXT: return
func.func @view_of_iteration(%a: memref<4xf32>, %b: memref<64xf32>, %lb: index, %ub: index, %step: index) {
  scf.for %i = %lb to %ub step %step {
    %t = memref.subview %b[%i] [4] [1] : memref<64xf32> to memref<4xf32, strided<[1], offset: ?>>
    copier.amemcpy %a, %t : memref<4xf32> to memref<4xf32, strided<[1], offset: ?>>
  }
  return
}

// Nothing names them all.
// CHECK-LABEL: func @memories_of_iterations
// CHECK: scf.for
// CHECK: copier.amemcpy
// CHECK: }
// CHECK-NEXT: copier.csync_all
// CHECK-NEXT: return
func.func private @make() -> memref<4xf32>
func.func @memories_of_iterations(%a: memref<4xf32>, %lb: index, %ub: index, %step: index) {
  scf.for %i = %lb to %ub step %step {
    %t = memref.alloc() : memref<4xf32>
    copier.amemcpy %a, %t : memref<4xf32> to memref<4xf32>
  }
  return
}

// Buffers that change places.
// CHECK-LABEL: func @swapped
// CHECK: scf.for {{.*}} iter_args(%[[P:.*]] = %{{.*}}, %[[Q:.*]] = %{{.*}})
// CHECK: copier.csync %[[P]] :
// CHECK-NEXT: memref.load %[[P]]
// CHECK: copier.amemcpy %[[P]], %[[Q]]
func.func @swapped(%a: memref<4xf32>, %lb: index, %ub: index, %step: index) -> memref<4xf32> {
  %x = memref.alloc() : memref<4xf32>
  %y = memref.alloc() : memref<4xf32>
  %d = memref.alloc() : memref<4xf32>
  %r:2 = scf.for %i = %lb to %ub step %step iter_args(%p = %x, %q = %y) -> (memref<4xf32>, memref<4xf32>) {
    %v = memref.load %p[%i] : memref<4xf32>
    memref.store %v, %d[%i] : memref<4xf32>
    copier.amemcpy %p, %q : memref<4xf32> to memref<4xf32>
    scf.yield %q, %p : memref<4xf32>, memref<4xf32>
  }
  return %d : memref<4xf32>
}

// Blocks with branches; the loop is not seen, so nothing moves out of it.
// CHECK-LABEL: func @blocks
// CHECK: ^bb1
// CHECK: copier.csync %[[B:.*]] :
// CHECK-NEXT: memref.load %[[B]]
// CHECK: ^bb2:
// CHECK-NEXT: copier.csync %[[B]] :
// CHECK-NEXT: return
func.func @blocks(%a: memref<4xf32>, %b: memref<4xf32>, %i: index, %n: index) {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  cf.br ^loop
^loop:
  %v = memref.load %b[%i] : memref<4xf32>
  %c = arith.cmpi ult, %i, %n : index
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  cf.cond_br %c, ^loop, ^exit
^exit:
  return
}

// The scope of an alloca ends with the iteration, with alloca_scope and with the
// function; memory from outside lives on.
// CHECK-LABEL: func @scopes
// CHECK: scf.for
// CHECK: %[[T:.*]] = memref.alloca()
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync %[[T]]
// CHECK-NEXT: }
// CHECK: memref.alloca_scope
// CHECK: %[[U:.*]] = memref.alloca()
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync %[[U]]
// CHECK-NEXT: }
// CHECK: scf.for
// CHECK-NEXT: copier.amemcpy
// CHECK-NEXT: }
// CHECK: %[[V:.*]] = memref.alloca()
// CHECK: copier.csync %[[V]]
// CHECK: return
func.func @scopes(%a: memref<4xf32>, %lb: index, %ub: index, %step: index) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  scf.for %i = %lb to %ub step %step {
    %t = memref.alloca() : memref<4xf32>
    copier.amemcpy %a, %t : memref<4xf32> to memref<4xf32>
  }
  memref.alloca_scope {
    %u = memref.alloca() : memref<4xf32>
    copier.amemcpy %u, %b : memref<4xf32> to memref<4xf32>
  }
  scf.for %i = %lb to %ub step %step {
    copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  }
  %v = memref.alloca() : memref<4xf32>
  copier.amemcpy %a, %v : memref<4xf32> to memref<4xf32>
  return %b : memref<4xf32>
}

// A region that no control flow is known of: all is complete before its
// operation and at its end.
// CHECK-LABEL: func @opaque_region
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync %[[B:.*]] :
// CHECK-NEXT: affine.parallel
// CHECK: copier.amemcpy %{{.*}}, %[[C:.*]] :
// CHECK-NEXT: copier.csync %[[C]]
// CHECK-NEXT: }
// CHECK-NEXT: return
func.func @opaque_region(%a: memref<4xf32>) -> (memref<4xf32>, memref<4xf32>) {
  %b = memref.alloc() : memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  affine.parallel (%i) = (0) to (4) {
    %v = affine.load %b[%i] : memref<4xf32>
    copier.amemcpy %a, %c : memref<4xf32> to memref<4xf32>
  }
  return %b, %c : memref<4xf32>, memref<4xf32>
}
