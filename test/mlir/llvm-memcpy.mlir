// Copies of the LLVM dialect, and what comes of C by way of mlir-translate.
// RUN: %copier-opt %s -copier-llvm-memcpy="min-size=64" | FileCheck %s

llvm.func @external(!llvm.ptr)
llvm.func @setjmp(!llvm.ptr) -> i32

// CHECK-LABEL: llvm.func @reads
// CHECK: llvm.call @copier.amemcpy(%arg0, %arg1, %arg2, %{{.*}})
// CHECK-NEXT: llvm.load %[[OTHER:.*]] :
// CHECK-NEXT: llvm.call @copier.csync(%arg0, %arg2)
// CHECK-NEXT: llvm.load %arg0
// CHECK-NEXT: llvm.add
// CHECK-NEXT: llvm.return
llvm.func @reads(%d: !llvm.ptr, %s: !llvm.ptr, %n: i64) -> i8 {
  %one = llvm.mlir.constant(1 : i64) : i64
  %x = llvm.alloca %one x i8 : (i64) -> !llvm.ptr
  "llvm.intr.memcpy"(%d, %s, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  %v = llvm.load %x : !llvm.ptr -> i8
  %w = llvm.load %d : !llvm.ptr -> i8
  %r = llvm.add %v, %w : i8
  llvm.return %r : i8
}

// CHECK-LABEL: llvm.func @calls
// CHECK: llvm.call @copier.amemcpy
// CHECK-NEXT: llvm.call @copier.csync_all()
// CHECK-NEXT: llvm.call @external
// CHECK-NEXT: llvm.return
llvm.func @calls(%d: !llvm.ptr, %s: !llvm.ptr, %n: i64) {
  "llvm.intr.memcpy"(%d, %s, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  llvm.call @external(%d) : (!llvm.ptr) -> ()
  llvm.return
}

// A 32-bit size, an end of life, a return.
// CHECK-LABEL: llvm.func @returns
// CHECK: %[[N:.*]] = llvm.zext %arg2
// CHECK: llvm.call @copier.amemcpy(%arg0, %arg1, %[[N]], %{{.*}})
// CHECK-NEXT: llvm.call @copier.csync(%arg0, %[[N]])
// CHECK-NEXT: llvm.return
llvm.func @returns(%d: !llvm.ptr, %s: !llvm.ptr, %n: i32) {
  "llvm.intr.memcpy"(%d, %s, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i32) -> ()
  llvm.return
}

// In a loop what is pending may be of an older iteration.
// CHECK-LABEL: llvm.func @loop
// CHECK: ^bb1
// CHECK: llvm.call @copier.csync_all()
// CHECK-NEXT: llvm.load
// CHECK: llvm.call @copier.amemcpy
llvm.func @loop(%d: !llvm.ptr, %s: !llvm.ptr, %n: i64) {
  %zero = llvm.mlir.constant(0 : i64) : i64
  llvm.br ^loop(%zero : i64)
^loop(%i: i64):
  %p = llvm.getelementptr %d[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i8
  %v = llvm.load %d : !llvm.ptr -> i64
  "llvm.intr.memcpy"(%p, %s, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  %c = llvm.icmp "ult" %v, %n : i64
  llvm.cond_br %c, ^loop(%v : i64), ^exit
^exit:
  llvm.return
}

// Left alone: volatile, small, in another address space, after setjmp.
// CHECK-LABEL: llvm.func @left
// CHECK-COUNT-3: llvm.intr.memcpy
// CHECK-NOT: @copier
// CHECK-LABEL: llvm.func @jumps
// CHECK: llvm.intr.memcpy
llvm.func @left(%d: !llvm.ptr, %s: !llvm.ptr, %n: i64, %g: !llvm.ptr<1>) {
  %small = llvm.mlir.constant(63 : i64) : i64
  "llvm.intr.memcpy"(%d, %s, %n) <{isVolatile = true}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  "llvm.intr.memcpy"(%d, %s, %small) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  "llvm.intr.memcpy"(%d, %g, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr<1>, i64) -> ()
  llvm.return
}
llvm.func @jumps(%d: !llvm.ptr, %s: !llvm.ptr, %n: i64) {
  %r = llvm.call @setjmp(%d) : (!llvm.ptr) -> i32
  "llvm.intr.memcpy"(%d, %s, %n) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  llvm.return
}
