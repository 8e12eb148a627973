// What is printed is read again as the same, in both forms.
// RUN: %copier-opt %s | %copier-opt | FileCheck %s
// RUN: %copier-opt %s -mlir-print-op-generic | %copier-opt | FileCheck %s

// CHECK-LABEL: func @operations
// CHECK-SAME: (%[[A:.*]]: memref<?xf32>, %[[B:.*]]: memref<?xf32>, %[[T:.*]]: memref<8x8xf32, strided<[16, 1], offset: ?>>, %[[D:.*]]: memref<8x8xf32>, %[[I:.*]]: index)
func.func @operations(%a: memref<?xf32>, %b: memref<?xf32>,
                      %t: memref<8x8xf32, strided<[16, 1], offset: ?>>,
                      %d: memref<8x8xf32>, %i: index) {
  // CHECK-NEXT: copier.amemcpy %[[A]], %[[B]] : memref<?xf32> to memref<?xf32>
  copier.amemcpy %a, %b : memref<?xf32> to memref<?xf32>
  // CHECK-NEXT: copier.amemcpy %[[T]], %[[D]] lazy segment(4096) {note = "n"} : memref<8x8xf32, strided<[16, 1], offset: ?>> to memref<8x8xf32>
  copier.amemcpy %t, %d lazy segment(4096) {note = "n"} : memref<8x8xf32, strided<[16, 1], offset: ?>> to memref<8x8xf32>
  // CHECK-NEXT: copier.amemcpy %[[D]], %[[T]] segment(64) :
  copier.amemcpy %d, %t segment(64) : memref<8x8xf32> to memref<8x8xf32, strided<[16, 1], offset: ?>>
  // CHECK-NEXT: copier.csync %[[B]] : memref<?xf32>
  copier.csync %b : memref<?xf32>
  // CHECK-NEXT: copier.csync %[[B]][%[[I]]] [64] [1] : memref<?xf32>
  copier.csync %b[%i] [64] [1] : memref<?xf32>
  // CHECK-NEXT: copier.csync %[[D]][0, %[[I]]] [8, 2] [1, %[[I]]] {note = 1 : i64} : memref<8x8xf32>
  copier.csync %d[0, %i][8, 2][1, %i] {note = 1} : memref<8x8xf32>
  // CHECK-NEXT: copier.csync_all
  copier.csync_all
  // CHECK-NEXT: copier.abort %[[D]] : memref<8x8xf32>
  copier.abort %d : memref<8x8xf32>
  return
}

// CHECK-LABEL: func @rank_zero
// CHECK-SAME: attributes {copier.csyncs_inserted}
func.func @rank_zero(%a: memref<i8>, %b: memref<i8, 0>) attributes {copier.csyncs_inserted} {
  // CHECK-NEXT: copier.amemcpy %{{.*}}, %{{.*}} : memref<i8> to memref<i8>
  copier.amemcpy %a, %b : memref<i8> to memref<i8, 0>
  // CHECK-NEXT: copier.csync %{{.*}} : memref<i8>
  copier.csync %b : memref<i8, 0>
  return
}
