// Windows that cross functions, by summaries.
// RUN: %copier-opt %s -copier-insert-csync | FileCheck %s
// RUN: %copier-opt %s -copier-print-pending -o /dev/null 2>&1 | FileCheck %s --check-prefix=PLAN

// PLAN-LABEL: pending copies in 'fill':
// PLAN-NEXT: site #0: %arg0 -> %arg1
// PLAN-NEXT: leaves pending: argument 0 -> argument 1
// CHECK-LABEL: func private @fill
// CHECK-NEXT: copier.amemcpy
// CHECK-NEXT: return
func.func private @fill(%a: memref<4xf32>, %b: memref<4xf32>) {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  return
}

// PLAN-LABEL: pending copies in 'fresh':
// PLAN-NEXT: site #0: %arg0 -> %alloc
// PLAN-NEXT: leaves pending: argument 0 -> result 0
// CHECK-LABEL: func private @fresh
// CHECK: copier.amemcpy
// CHECK-NEXT: return
func.func private @fresh(%a: memref<4xf32>) -> memref<4xf32> {
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  return %b : memref<4xf32>
}

// What callers cannot name is complete.
// CHECK-LABEL: func private @local
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync
// CHECK-NEXT: return
func.func private @local(%a: memref<4xf32>) {
  %b = memref.alloca() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  return
}

// Anybody may call it; so may those who have its address.
// CHECK-LABEL: func @public
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync
// CHECK-NEXT: return
func.func @public(%a: memref<4xf32>, %b: memref<4xf32>) {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  return
}
// CHECK-LABEL: func private @address_taken
// CHECK: copier.amemcpy
// CHECK-NEXT: copier.csync
// CHECK-NEXT: return
func.func private @address_taken(%a: memref<4xf32>, %b: memref<4xf32>) {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  return
}
func.func @takes_address() -> ((memref<4xf32>, memref<4xf32>) -> ()) {
  %f = func.constant @address_taken : (memref<4xf32>, memref<4xf32>) -> ()
  return %f : (memref<4xf32>, memref<4xf32>) -> ()
}

func.func private @read(%a: memref<4xf32>, %unused: memref<4xf32>, %i: index) -> f32 {
  %v = memref.load %a[%i] : memref<4xf32>
  return %v : f32
}
func.func private @free(%a: memref<4xf32>) {
  memref.dealloc %a : memref<4xf32>
  return
}

// The caller waits for what the callee has left, as late as for its own.
// CHECK-LABEL: func @caller
// CHECK: call @fill(%[[A:[a-z0-9_]*]], %[[B:[a-z0-9_]*]])
// CHECK-NEXT: memref.load %[[A]]
// CHECK-NEXT: call @read(%[[A]], %[[B]], %{{.*}})
// CHECK-NEXT: copier.csync %[[B]]
// CHECK-NEXT: call @read(%[[B]], %[[A]], %{{.*}})
// CHECK-NEXT: %[[C:.*]] = call @fresh(%[[A]])
// CHECK-NEXT: copier.csync %[[A]]
// CHECK-NEXT: call @free(%[[A]])
// CHECK-NEXT: return %[[C]]
func.func @caller(%i: index) -> memref<4xf32> {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  call @fill(%a, %b) : (memref<4xf32>, memref<4xf32>) -> ()
  %u = memref.load %a[%i] : memref<4xf32>
  %v = call @read(%a, %b, %i) : (memref<4xf32>, memref<4xf32>, index) -> f32
  %w = call @read(%b, %a, %i) : (memref<4xf32>, memref<4xf32>, index) -> f32
  %c = call @fresh(%a) : (memref<4xf32>) -> memref<4xf32>
  call @free(%a) : (memref<4xf32>) -> ()
  return %c : memref<4xf32>
}

memref.global "private" @g : memref<4xf32> = uninitialized
func.func private @reads_global(%i: index) -> f32 {
  %g = memref.get_global @g : memref<4xf32>
  %v = memref.load %g[%i] : memref<4xf32>
  return %v : f32
}
// CHECK-LABEL: func @global
// CHECK: copier.amemcpy
// CHECK-NEXT: call @reads_global
// CHECK: copier.amemcpy %{{.*}}, %[[G:.*]] :
// CHECK-NEXT: copier.csync %[[G]]
// CHECK-NEXT: call @reads_global
func.func @global(%i: index) -> (memref<4xf32>, f32, f32) {
  %g = memref.get_global @g : memref<4xf32>
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  %v = call @reads_global(%i) : (index) -> f32
  copier.amemcpy %a, %g : memref<4xf32> to memref<4xf32>
  %w = call @reads_global(%i) : (index) -> f32
  return %b, %v, %w : memref<4xf32>, f32, f32
}

// Recursion, through two functions: what is pending at the end of one round is
// so at the beginning of the next.
// PLAN-LABEL: pending copies in 'even':
// PLAN: leaves pending: argument 0 -> argument 1
// PLAN-LABEL: pending copies in 'odd':
// PLAN: leaves pending: argument 0 -> argument 1
// CHECK-LABEL: func private @even
// CHECK-NOT: copier.csync
// CHECK: call @odd
// CHECK-NOT: copier.csync
// CHECK: return
func.func private @even(%a: memref<4xf32>, %b: memref<4xf32>, %n: i32) {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %more = arith.cmpi sgt, %n, %zero : i32
  scf.if %more {
    %less = arith.subi %n, %one : i32
    func.call @odd(%a, %b, %less) : (memref<4xf32>, memref<4xf32>, i32) -> ()
  }
  return
}
// CHECK-LABEL: func private @odd
// CHECK: copier.amemcpy
// CHECK-NEXT: call @even
// CHECK-NOT: copier.csync
// CHECK: return
func.func private @odd(%a: memref<4xf32>, %b: memref<4xf32>, %n: i32) {
  copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  call @even(%a, %b, %n) : (memref<4xf32>, memref<4xf32>, i32) -> ()
  return
}
// CHECK-LABEL: func @starts_recursion
// CHECK: call @even(%{{.*}}, %[[B:.*]], %{{.*}})
// CHECK-NEXT: copier.csync %[[B]]
// CHECK-NEXT: memref.load %[[B]]
func.func @starts_recursion(%a: memref<4xf32>, %n: i32, %i: index) -> f32 {
  %b = memref.alloc() : memref<4xf32>
  call @even(%a, %b, %n) : (memref<4xf32>, memref<4xf32>, i32) -> ()
  %v = memref.load %b[%i] : memref<4xf32>
  return %v : f32
}

// A csync that serves for two in the plan is inserted for one only: what is
// left pending is known to the caller all the same.
func.func private @burn() -> i1 {
  %t = arith.constant true
  return %t : i1
}
// CHECK-LABEL: func private @serves_for_two
// CHECK-LABEL: func @sees_what_is_left
// CHECK: call @serves_for_two
// CHECK-NEXT: copier.csync
// CHECK-NEXT: memref.load
func.func private @serves_for_two(%a: memref<4xf32>, %b: memref<4xf32>, %lb: index, %ub: index, %step: index) {
  %t = memref.alloc() : memref<4xf32>
  scf.for %i = %lb to %ub step %step {
    copier.amemcpy %a, %t : memref<4xf32> to memref<4xf32>
    scf.for %j = %lb to %ub step %step {
      %v = memref.load %t[%j] : memref<4xf32>
      vector.print %v : f32
    }
    copier.amemcpy %a, %b : memref<4xf32> to memref<4xf32>
  }
  return
}
func.func @sees_what_is_left(%a: memref<4xf32>, %b: memref<4xf32>, %lb: index, %ub: index, %step: index) -> f32 {
  call @serves_for_two(%a, %b, %lb, %ub, %step) : (memref<4xf32>, memref<4xf32>, index, index, index) -> ()
  %v = memref.load %b[%lb] : memref<4xf32>
  return %v : f32
}
