; Accesses that must wait for one copy, each with one beside it that need not.
; RUN: %{plan} | FileCheck %s

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.lifetime.start.p0(ptr)
declare void @llvm.lifetime.end.p0(ptr)
@constant = constant [8 x i8] zeroinitializer
@global = global i32 0

; CHECK-LABEL: copier-pending for 'read':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%b = load i8, ptr %d, align 1' : site #0 [destination read]
; CHECK-NOT: csync
define i8 @read(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %no = load i8, ptr %other
  %source = load i8, ptr %s
  %b = load i8, ptr %d
  ret i8 %b
}

; CHECK-LABEL: copier-pending for 'write':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'store i8 2, ptr %d, align 1' : site #0 [destination write]
; CHECK-NOT: csync
define void @write(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  store i8 1, ptr %other
  store i8 2, ptr %d
  ret void
}

; CHECK-LABEL: copier-pending for 'source_write':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'store i8 2, ptr %s, align 1' : site #0 [source write]
; CHECK-NOT: csync
define void @source_write(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  store i8 2, ptr %s
  ret void
}

; Without noalias the two may be the same.
; CHECK-LABEL: copier-pending for 'may_alias':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = load i8, ptr %other, align 1' : site #0 [destination read]
define i8 @may_alias(ptr %d, ptr %s, ptr %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %v = load i8, ptr %other
  ret i8 %v
}

; TBAA says nothing about bytes that a memcpy moves.
; CHECK-LABEL: copier-pending for 'tbaa':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = load i32, ptr %other, align 4'
define i32 @tbaa(ptr %d, ptr %s, ptr %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false), !tbaa !0
  %v = load i32, ptr %other, !tbaa !2
  ret i32 %v
}

; A constant is nobody's destination.
; CHECK-LABEL: copier-pending for 'constant_read':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'ret i8 %v'
define i8 @constant_read(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %v = load i8, ptr @constant
  ret i8 %v
}

; What lies beside the range that a constant size gives.
; CHECK-LABEL: copier-pending for 'beside':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'store i8 2, ptr %last, align 1' : site #0 [destination write]
define void @beside(ptr noalias %d, ptr noalias %s) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 100, i1 false)
  %past = getelementptr i8, ptr %d, i64 100
  store i8 1, ptr %past
  %last = getelementptr i8, ptr %d, i64 99
  store i8 2, ptr %last
  ret void
}

; dst[n] = 0 after a copy of n bytes: past the end; dst[n - 1] is not.
; CHECK-LABEL: copier-pending for 'terminator':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'store i8 1, ptr %last, align 1' : site #0 [destination write]
define void @terminator(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %end = getelementptr i8, ptr %d, i64 %n
  store i8 0, ptr %end
  %next = getelementptr i8, ptr %end, i64 1
  store i8 0, ptr %next
  %m = sub i64 %n, 1
  %last = getelementptr i8, ptr %d, i64 %m
  store i8 1, ptr %last
  ret void
}

; Elements that are no bytes, and an offset that goes back.
; CHECK-LABEL: copier-pending for 'no_terminator':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'store i8 0, ptr %back, align 1' : site #0 [destination write]
define void @no_terminator(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %end = getelementptr i8, ptr %d, i64 %n
  %back = getelementptr i8, ptr %end, i64 -1
  store i8 0, ptr %back
  ret void
}

; CHECK-LABEL: copier-pending for 'memory_intrinsics':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1 {{.*}} left: volatile
; CHECK-NEXT: csync before 'call void @llvm.memset.p0.i64(ptr %d, i8 0, i64 8, i1 false)' : site #0 [destination write]
define void @memory_intrinsics(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memset.p0.i64(ptr %other, i8 0, i64 8, i1 false)
  call void @llvm.memset.p0.i64(ptr %d, i8 0, i64 8, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 true)
  ret void
}

; A copy that stays as it is is an access like any other; one that does not is
; ordered by libcopier.
; CHECK-LABEL: copier-pending for 'plain_copy':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: site #1 {{.*}} asynchronous
; CHECK-NEXT: site #2 {{.*}} left: must be inline
; CHECK-NEXT: csync before 'call void @llvm.memcpy.inline{{.*}} : site #1 [destination read]
define void @plain_copy(ptr noalias %a, ptr noalias %b, ptr noalias %c, ptr noalias %d, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %b, ptr %a, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %c, ptr %b, i64 %n, i1 false)
  call void @llvm.memcpy.inline.p0.p0.i64(ptr %d, ptr %c, i64 8, i1 false)
  ret void
}
declare void @llvm.memcpy.inline.p0.p0.i64(ptr, ptr, i64, i1)

; CHECK-LABEL: copier-pending for 'lifetimes':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'call void @llvm.lifetime.end.p0(ptr %local)' : site #0 [end of life]
; CHECK-NOT: csync
define void @lifetimes(ptr %s) {
  %local = alloca [100 x i8]
  %other = alloca [100 x i8]
  call void @llvm.lifetime.start.p0(ptr %local)
  call void @llvm.memcpy.p0.p0.i64(ptr %local, ptr %s, i64 100, i1 false)
  call void @llvm.lifetime.start.p0(ptr %other)
  call void @llvm.lifetime.end.p0(ptr %other)
  call void @llvm.lifetime.end.p0(ptr %local)
  ret void
}

; Relaxed atomics are accesses and nothing more.
; CHECK-LABEL: copier-pending for 'monotonic':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%x = atomicrmw add ptr %s, i32 1 monotonic, align 4' : site #0 [source write]
define void @monotonic(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %y = load atomic i32, ptr %s monotonic, align 4
  %x = atomicrmw add ptr %s, i32 1 monotonic
  ret void
}

!0 = !{!1, !1, i64 0}
!1 = !{!"long", !4, i64 0}
!2 = !{!3, !3, i64 0}
!3 = !{!"int", !4, i64 0}
!4 = !{!"root"}
