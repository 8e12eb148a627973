// What is called, and with what.
// RUN: %copier-opt %s -convert-copier-to-llvm -canonicalize -split-input-file | FileCheck %s
// RUN: %copier-opt %s -convert-to-llvm -split-input-file | FileCheck %s --check-prefix=ALL
// ALL-NOT: copier.csyncs_inserted
// RUN: not %copier-opt %S/Inputs/taken-symbol.mlir -convert-copier-to-llvm 2>&1 | FileCheck %s --check-prefix=TAKEN
// TAKEN: error: '__copier_csync' is a symbol of libcopier, but here it is something else

// Plain declarations: nothing about memory, or LLVM would delete copies.
// CHECK: llvm.func @__copier_csync(!llvm.ptr, i64) attributes {no_unwind}
// CHECK: llvm.func internal @copier.amemcpy(%{{.*}}) attributes {always_inline, no_unwind}
// CHECK: llvm.load {{.*}} atomic monotonic
// CHECK: llvm.load {{.*}} atomic acquire
// CHECK: llvm.call @__copier_amemcpy(
// CHECK: llvm.intr.memcpy
// CHECK: llvm.func @__copier_amemcpy(!llvm.ptr, !llvm.ptr, i64, !llvm.ptr) -> !llvm.ptr attributes {no_unwind}
// CHECK: llvm.mlir.global internal @copier.site.{{[0-9]+}}()
// CHECK-LABEL: func @contiguous
// CHECK-SAME: (%{{.*}}: memref<?x4xf32>, %{{.*}}: memref<?x4xf32>) {
// CHECK: %[[ROWS:.*]] = llvm.mul
// CHECK: %[[BYTES:.*]] = llvm.mul %[[ROWS]],
// CHECK: llvm.call @copier.amemcpy(%{{.*}}, %{{.*}}, %[[BYTES]], %{{.*}}) : (!llvm.ptr, !llvm.ptr, i64, !llvm.ptr) -> ()
// CHECK: llvm.call @copier.csync(%{{.*}}, %{{.*}}) : (!llvm.ptr, i64) -> ()
func.func @contiguous(%a: memref<?x4xf32>, %b: memref<?x4xf32>) attributes {copier.csyncs_inserted} {
  copier.amemcpy %a, %b : memref<?x4xf32> to memref<?x4xf32>
  copier.csync %b : memref<?x4xf32>
  return
}

// -----

// CHECK: llvm.func internal @copier.amemcpy_hinted_2d
// CHECK-LABEL: func @hinted
// CHECK-DAG: %[[LAZY:.*]] = llvm.mlir.constant(1 : i32)
// CHECK-DAG: %[[SEGMENT:.*]] = llvm.mlir.constant(4096 : i64)
// CHECK: llvm.call @copier.amemcpy_hinted_2d(%{{.*}}, %{{.*}}, %{{.*}}, %[[LAZY]], %[[SEGMENT]],
func.func @hinted(%a: memref<8x8xf32, strided<[16, 1], offset: ?>>, %b: memref<8x8xf32>) {
  copier.amemcpy %a, %b lazy segment(4096) : memref<8x8xf32, strided<[16, 1], offset: ?>> to memref<8x8xf32>
  return
}

// -----

// CHECK-LABEL: func @strided_without_hints
// CHECK: llvm.call @copier.amemcpy_1d(
func.func @strided_without_hints(%a: memref<8xf32, strided<[2]>>, %b: memref<8xf32>) {
  copier.amemcpy %a, %b : memref<8xf32, strided<[2]>> to memref<8xf32>
  return
}

// -----

// CHECK-LABEL: func @waits
// CHECK: llvm.intr.smin
// CHECK: llvm.intr.smax
// CHECK: llvm.call @copier.csync(
// CHECK: llvm.call @copier.csync_all() : () -> ()
// CHECK: llvm.call @copier.abort(%{{.*}}, %{{.*}}) : (!llvm.ptr, i64) -> ()
// What lies between strided rows must not be given up.
// CHECK: llvm.call @copier.csync(
// CHECK-NOT: copier.abort
// CHECK: return
func.func @waits(%a: memref<8x8xf32>, %i: index, %s: memref<8xf32, strided<[2]>>) {
  copier.csync %a[0, %i] [4, 4] [1, 1] : memref<8x8xf32>
  copier.csync_all
  copier.abort %a : memref<8x8xf32>
  copier.abort %s : memref<8xf32, strided<[2]>>
  return
}
