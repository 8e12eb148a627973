; Vector accesses, masked ones, and those of many addresses.
; RUN: %{plan} | FileCheck %s

target triple = "x86_64-pc-linux-gnu"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare <8 x i32> @llvm.masked.load.v8i32.p0(ptr, <8 x i1>, <8 x i32>)
declare void @llvm.masked.store.v8i32.p0(<8 x i32>, ptr, <8 x i1>)
declare <8 x i32> @llvm.masked.gather.v8i32.v8p0(<8 x ptr>, <8 x i1>, <8 x i32>)
declare void @llvm.masked.scatter.v8i32.v8p0(<8 x i32>, <8 x ptr>, <8 x i1>)
declare <8 x i32> @llvm.masked.expandload.v8i32(ptr, <8 x i1>, <8 x i32>)
declare void @llvm.masked.compressstore.v8i32(<8 x i32>, ptr, <8 x i1>)
declare <8 x i32> @llvm.vp.load.v8i32.p0(ptr, <8 x i1>, i32)
declare void @llvm.vp.store.v8i32.p0(<8 x i32>, ptr, <8 x i1>, i32)

; CHECK-LABEL: copier-pending for 'whole':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = load <8 x i32>, ptr %d, align 32' : site #0 [destination read]
define <8 x i32> @whole(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  store <8 x i32> zeroinitializer, ptr %other
  %v = load <8 x i32>, ptr %d
  ret <8 x i32> %v
}

; CHECK-LABEL: copier-pending for 'masked_load':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = call <8 x i32> @llvm.masked.load.v8i32.p0(ptr %d, <8 x i1> %m, <8 x i32> poison)' : site #0 [destination read]
define <8 x i32> @masked_load(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n, <8 x i1> %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %no = call <8 x i32> @llvm.masked.load.v8i32.p0(ptr %other, <8 x i1> %m, <8 x i32> poison)
  %source = call <8 x i32> @llvm.masked.load.v8i32.p0(ptr %s, <8 x i1> %m, <8 x i32> poison)
  %v = call <8 x i32> @llvm.masked.load.v8i32.p0(ptr %d, <8 x i1> %m, <8 x i32> poison)
  ret <8 x i32> %v
}

; CHECK-LABEL: copier-pending for 'masked_store':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'call void @llvm.masked.store.v8i32.p0(<8 x i32> zeroinitializer, ptr %s, <8 x i1> %m)' : site #0 [source write]
define void @masked_store(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n, <8 x i1> %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.masked.store.v8i32.p0(<8 x i32> zeroinitializer, ptr %other, <8 x i1> %m)
  call void @llvm.masked.store.v8i32.p0(<8 x i32> zeroinitializer, ptr %s, <8 x i1> %m)
  ret void
}

; CHECK-LABEL: copier-pending for 'gather':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = call <8 x i32> @llvm.masked.gather.v8i32.v8p0(<8 x ptr> %p, <8 x i1> %m, <8 x i32> poison)' : site #0 [destination read]
define <8 x i32> @gather(ptr %d, ptr noalias %s, i64 %n, <8 x ptr> %p, <8 x i1> %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %v = call <8 x i32> @llvm.masked.gather.v8i32.v8p0(<8 x ptr> %p, <8 x i1> %m, <8 x i32> poison)
  ret <8 x i32> %v
}

; CHECK-LABEL: copier-pending for 'scatter':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void @llvm.masked.scatter.v8i32.v8p0(<8 x i32> zeroinitializer, <8 x ptr> %p, <8 x i1> %m)' : site #0 [call]
define void @scatter(ptr noalias %d, ptr noalias %s, i64 %n, <8 x ptr> %p, <8 x i1> %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.masked.scatter.v8i32.v8p0(<8 x i32> zeroinitializer, <8 x ptr> %p, <8 x i1> %m)
  ret void
}

; CHECK-LABEL: copier-pending for 'expand':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = call <8 x i32> @llvm.masked.expandload.v8i32(ptr %d, <8 x i1> %m, <8 x i32> poison)' : site #0 [destination read]
define <8 x i32> @expand(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n, <8 x i1> %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %no = call <8 x i32> @llvm.masked.expandload.v8i32(ptr %other, <8 x i1> %m, <8 x i32> poison)
  %v = call <8 x i32> @llvm.masked.expandload.v8i32(ptr %d, <8 x i1> %m, <8 x i32> poison)
  ret <8 x i32> %v
}

; CHECK-LABEL: copier-pending for 'compress':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'call void @llvm.masked.compressstore.v8i32(<8 x i32> zeroinitializer, ptr %d, <8 x i1> %m)' : site #0 [destination write]
define void @compress(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n, <8 x i1> %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.masked.compressstore.v8i32(<8 x i32> zeroinitializer, ptr %other, <8 x i1> %m)
  call void @llvm.masked.compressstore.v8i32(<8 x i32> zeroinitializer, ptr %d, <8 x i1> %m)
  ret void
}

; CHECK-LABEL: copier-pending for 'predicated':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = call <8 x i32> @llvm.vp.load.v8i32.p0(ptr %d, <8 x i1> %m, i32 %l)' : site #0 [destination read]
define <8 x i32> @predicated(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n, <8 x i1> %m, i32 %l) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.vp.store.v8i32.p0(<8 x i32> zeroinitializer, ptr %other, <8 x i1> %m, i32 %l)
  %v = call <8 x i32> @llvm.vp.load.v8i32.p0(ptr %d, <8 x i1> %m, i32 %l)
  ret <8 x i32> %v
}
