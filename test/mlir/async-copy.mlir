// Which copies become asynchronous, and the remark that says why others do not.
// RUN: %copier-opt %s -copier-async-copy="min-size=1024 min-row=256" -mlir-print-local-scope | FileCheck %s
// RUN: %copier-opt %s -copier-async-copy="min-size=1024 min-row=256" -o /dev/null -remark-format=emitRemark -remarks-filter=copier 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: %copier-opt %s -copier-async-copy="min-size=1 min-row=1 profit=false" | FileCheck %s --check-prefix=ALL
// ALL-COUNT-12: copier.amemcpy
// ALL-NOT: copier.amemcpy

// CHECK-LABEL: func @large
// CHECK: copier.amemcpy %arg0, %arg1
// REMARK: remark: [Passed] Copy | Category:copier | Function=large | {{.*}}copy made asynchronous
func.func @large(%a: memref<1024xf32>, %b: memref<1024xf32>, %c: memref<1024xf32>) {
  memref.copy %a, %b : memref<1024xf32> to memref<1024xf32>
  linalg.exp ins(%c : memref<1024xf32>) outs(%c : memref<1024xf32>)
  return
}

// CHECK-LABEL: func @small
// CHECK: memref.copy
// REMARK: [Missed] Copy | Category:copier | Function=small | {{.*}}smaller than the minimum size
func.func @small(%a: memref<16xf32>, %b: memref<16xf32>, %c: memref<16xf32>) {
  memref.copy %a, %b : memref<16xf32> to memref<16xf32>
  linalg.exp ins(%c : memref<16xf32>) outs(%c : memref<16xf32>)
  return
}

// CHECK-LABEL: func @unknown_size
// CHECK: copier.amemcpy
func.func @unknown_size(%a: memref<?xf32>, %b: memref<?xf32>, %c: memref<16xf32>) {
  memref.copy %a, %b : memref<?xf32> to memref<?xf32>
  linalg.exp ins(%c : memref<16xf32>) outs(%c : memref<16xf32>)
  return
}

// CHECK-LABEL: func @rows
// CHECK: copier.amemcpy
// CHECK: memref.copy
// REMARK: Function=rows | {{.*}}its contiguous rows are too small
func.func @rows(%a: memref<64x64xf32, strided<[128, 1]>>, %b: memref<64x64xf32>,
                %c: memref<64x16xf32, strided<[128, 1]>>, %d: memref<64x16xf32>) {
  memref.copy %a, %b : memref<64x64xf32, strided<[128, 1]>> to memref<64x64xf32>
  memref.copy %c, %d : memref<64x16xf32, strided<[128, 1]>> to memref<64x16xf32>
  linalg.exp ins(%b : memref<64x64xf32>) outs(%b : memref<64x64xf32>)
  return
}

// CHECK-LABEL: func @linalg_copies
// CHECK: copier.amemcpy %arg0, %arg1
// CHECK: copier.amemcpy %arg0, %arg2
// CHECK: linalg.copy
// CHECK: linalg.transpose
// REMARK: Function=linalg_copies | {{.*}}it converts elements
func.func @linalg_copies(%a: memref<64x64xf32>, %b: memref<64x64xf32>, %c: memref<64x64xf32>, %d: memref<64x64xf64>) {
  linalg.copy ins(%a : memref<64x64xf32>) outs(%b : memref<64x64xf32>)
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<64x64xf32>) outs(%c : memref<64x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  linalg.copy ins(%a : memref<64x64xf32>) outs(%d : memref<64x64xf64>)
  linalg.transpose ins(%a : memref<64x64xf32>) outs(%c : memref<64x64xf32>) permutation = [1, 0]
  return
}

// Bufferization's clone may be an alias, so it becomes an allocation.
// CHECK-LABEL: func @clone
// CHECK: memref.dim
// CHECK: %[[M:.*]] = memref.alloc(%{{.*}}) : memref<?xf32>
// CHECK: copier.amemcpy %arg0, %[[M]]
// CHECK-NOT: bufferization.clone
func.func @clone(%a: memref<?xf32>, %b: memref<16xf32>) -> memref<?xf32> {
  %m = bufferization.clone %a : memref<?xf32> to memref<?xf32>
  linalg.exp ins(%b : memref<16xf32>) outs(%b : memref<16xf32>)
  return %m : memref<?xf32>
}

// Another memory space, and no shape.
// CHECK-LABEL: func @not_ordinary
// CHECK-NOT: copier
func.func @not_ordinary(%a: memref<1024xf32, 1>, %b: memref<1024xf32>, %u: memref<*xf32>, %v: memref<*xf32>) {
  memref.copy %a, %b : memref<1024xf32, 1> to memref<1024xf32>
  memref.copy %u, %v : memref<*xf32> to memref<*xf32>
  linalg.exp ins(%b : memref<1024xf32>) outs(%b : memref<1024xf32>)
  return
}

// Nothing to overlap with: the next thing is an access, a return, or a call of
// an unknown function.
// CHECK-LABEL: func @no_window
// CHECK-NOT: copier
// REMARK: Function=no_window | {{.*}}nothing to do until the first conflict
func.func private @external()
func.func @no_window(%a: memref<1024xf32>, %b: memref<1024xf32>, %i: index) -> f32 {
  memref.copy %a, %b : memref<1024xf32> to memref<1024xf32>
  %v = memref.load %b[%i] : memref<1024xf32>
  memref.copy %a, %b : memref<1024xf32> to memref<1024xf32>
  call @external() : () -> ()
  memref.copy %a, %b : memref<1024xf32> to memref<1024xf32>
  return %v : f32
}

// The conflict is a loop, which can wait piece by piece.
// CHECK-LABEL: func @consumed_by_loop
// CHECK: copier.amemcpy
func.func @consumed_by_loop(%a: memref<1024xf32>, %b: memref<1024xf32>) {
  memref.copy %a, %b : memref<1024xf32> to memref<1024xf32>
  linalg.exp ins(%b : memref<1024xf32>) outs(%b : memref<1024xf32>)
  return
}
