// Copies that nobody reads, and those that somebody may.
// RUN: %copier-opt %s -copier-elide | FileCheck %s
// RUN: %copier-opt %s -copier-elide -copier-insert-csync | FileCheck %s --check-prefix=CSYNC

// CHECK-LABEL: func @never_read
// CHECK-NOT: copier.amemcpy
// CHECK: return
func.func @never_read(%a: memref<4xf32>, %i: index, %v: f32) {
  %b = memref.alloc() : memref<4xf32>
  %s = memref.subview %b[1] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1], offset: 1>>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  memref.store %v, %s[%i] : memref<2xf32, strided<[1], offset: 1>>
  memref.dealloc %b : memref<4xf32>
  return
}

// Read by way of a view, by another copy, by who gets it.
// CHECK-LABEL: func @read_by_view
// CHECK: copier.amemcpy
func.func @read_by_view(%a: memref<4xf32>, %i: index) -> f32 {
  %b = memref.alloc() : memref<4xf32>
  %s = memref.subview %b[1] [2] [1] : memref<4xf32> to memref<2xf32, strided<[1], offset: 1>>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %v = memref.load %s[%i] : memref<2xf32, strided<[1], offset: 1>>
  memref.dealloc %b : memref<4xf32>
  return %v : f32
}
// CHECK-LABEL: func @returned
// CHECK: copier.amemcpy
func.func @returned(%a: memref<4xf32>) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  return %b : memref<4xf32>
}
// CHECK-LABEL: func @passed_on
// CHECK: copier.amemcpy
func.func private @take(memref<4xf32>)
func.func @passed_on(%a: memref<4xf32>) {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  call @take(%b) : (memref<4xf32>) -> ()
  return
}
// CHECK-LABEL: func @reallocated
// CHECK: copier.amemcpy
func.func @reallocated(%a: memref<4xf32>) -> memref<8xf32> {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %c = memref.realloc %b : memref<4xf32> to memref<8xf32>
  return %c : memref<8xf32>
}

// By way of a buffer: the second reads the original, so the first is for nobody.
// CHECK-LABEL: func @bounced
// CHECK: copier.amemcpy %arg0, %[[C:.*]] :
// CHECK-NOT: copier.amemcpy
// CHECK: return
func.func @bounced(%a: memref<4xf32>) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  %c = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  memref.dealloc %b : memref<4xf32>
  return %c : memref<4xf32>
}

// CHECK-LABEL: func @overwritten
// CHECK-NOT: copier.amemcpy %arg0
// CHECK: copier.amemcpy %arg1, %{{.*}} :
// CHECK: linalg.fill
func.func @overwritten(%a: memref<4xf32>, %b: memref<4xf32>, %d: memref<4xf32>, %v: f32) -> memref<4xf32> {
  %c = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %c : memref<4xf32> to memref<4xf32>
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  copier.amemcpy %a, %d : memref<4xf32> to memref<4xf32>
  linalg.fill ins(%v : f32) outs(%d : memref<4xf32>)
  return %c : memref<4xf32>
}

// Read before, perhaps by an alias, perhaps by a copy in a function.
// CHECK-LABEL: func @read_before
// CHECK-COUNT-2: copier.amemcpy %arg0
func.func private @copies_on(%x: memref<4xf32>, %y: memref<4xf32>) {
  copier.amemcpy %x, %y : memref<4xf32> to memref<4xf32>
  return
}
func.func @read_before(%a: memref<4xf32>, %b: memref<4xf32>, %c: memref<4xf32>, %i: index) -> f32 {
  copier.amemcpy %a, %c : memref<4xf32> to memref<4xf32>
  %v = memref.load %b[%i] : memref<4xf32>
  copier.amemcpy %a, %c : memref<4xf32> to memref<4xf32>
  call @copies_on(%c, %b) : (memref<4xf32>, memref<4xf32>) -> ()
  copier.amemcpy %b, %c : memref<4xf32> to memref<4xf32>
  return %v : f32
}

// One path does not read: there the bytes never move.
// CHECK-LABEL: func @read_on_some_path
// CHECK: copier.amemcpy %{{.*}}, %[[B:.*]] lazy :
// CHECK: copier.abort %[[B]]
// CHECK-NEXT: memref.dealloc %[[B]]
// CSYNC-LABEL: func @read_on_some_path
// CSYNC: scf.if
// CSYNC-NEXT: copier.csync
// CSYNC-NEXT: memref.load
// CSYNC: }
// CSYNC-NEXT: copier.abort
// CSYNC-NEXT: memref.dealloc
// CSYNC-NEXT: return
func.func @read_on_some_path(%c: i1, %i: index, %a: memref<4xf32>) {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  scf.if %c {
    %v = memref.load %b[%i] : memref<4xf32>
    vector.print %v : f32
  }
  memref.dealloc %b : memref<4xf32>
  return
}

// It is the source of another, which is still to be made.
// CSYNC-LABEL: func @abort_of_source
// CSYNC: copier.amemcpy %{{.*}}, %[[B:.*]] lazy :
// CSYNC: copier.abort %[[B]]
// CSYNC-NEXT: copier.csync %[[B]]
// CSYNC-NEXT: memref.dealloc %[[B]]
func.func @abort_of_source(%c: i1, %a: memref<4xf32>, %i: index, %v: f32) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  %d = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  scf.if %c {
    copier.amemcpy %b, %d : memref<4xf32> to memref<4xf32>
  }
  memref.dealloc %b : memref<4xf32>
  return %d : memref<4xf32>
}

// A loop may run no iteration, but usually does: not lazy.
// CHECK-LABEL: func @read_in_loop
// CHECK-NOT: lazy
// CHECK: copier.abort
func.func @read_in_loop(%a: memref<4xf32>, %lb: index, %ub: index, %step: index) {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  scf.for %i = %lb to %ub step %step {
    %v = memref.load %b[%i] : memref<4xf32>
    vector.print %v : f32
  }
  memref.dealloc %b : memref<4xf32>
  return
}

// Where csyncs are there already, nothing is touched.
// CHECK-LABEL: func @too_late
// CHECK: copier.amemcpy
func.func @too_late(%a: memref<4xf32>) attributes {copier.csyncs_inserted} {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  memref.dealloc %b : memref<4xf32>
  return
}
