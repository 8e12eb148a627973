; What a function of the program hands out, or has been promised as its own, may be
; bytes that a copy is pending into from before, taken back unseen. What libc hands
; out, or the frame is, cannot be.
; RUN: %{plan-program} | FileCheck %s
; RUN: %{plan} | FileCheck %s --check-prefix=FUNCTION

target triple = "x86_64-pc-linux-gnu"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare noalias ptr @malloc(i64)
declare i32 @reads_argument(ptr) nounwind nosync willreturn memory(argmem: read)
declare void @unknown(ptr)

@arena = internal global [2 x [100 x i8]] zeroinitializer
@used = internal global i8 0
define internal noalias ptr @take() noinline {
  %i = load i8, ptr @used
  %block = getelementptr [100 x i8], ptr @arena, i8 0, i8 %i
  ret ptr %block
}
define internal void @give(ptr %p) noinline {
  store i8 1, ptr @used
  ret void
}

; In one function, the call of such a one is a conflict with all.
; FUNCTION-LABEL: copier-pending for 'into':
; FUNCTION-NEXT: site #0
; FUNCTION-NEXT: csync_all before 'call void @give

; CHECK-LABEL: copier-pending for 'into':
; CHECK: csync before '%r = call i32 @reads_argument(ptr %c)' : site #0
; CHECK-NEXT: guard before 'store i8 1, ptr %b, align 1' : %b, 1
; CHECK-NOT: {{guard|csync}}
define dso_local void @into(ptr %s, i64 %n) {
  %local = alloca i8
  %heap = call ptr @malloc(i64 1)
  %a = call noalias ptr @take()
  call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %s, i64 %n, i1 false)
  call void @give(ptr %a)
  %b = call noalias ptr @take()
  %c = call noalias ptr @take()
  store i8 1, ptr %b
  store i8 1, ptr %local
  store i8 1, ptr %heap
  %r = call i32 @reads_argument(ptr %c)
  ret void
}

; Of the addresses of a gather nobody knows whose they are.
; CHECK-LABEL: copier-pending for 'gathers':
; CHECK: csync before '%v = call <2 x i8> @llvm.masked.gather{{.*}} : site #0
define dso_local <2 x i8> @gathers(ptr %s, i64 %n, <2 x i64> %i) {
  %a = call noalias ptr @take()
  call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %s, i64 %n, i1 false)
  call void @give(ptr captures(none) %a)
  %b = call noalias ptr @take()
  %p = getelementptr i8, ptr %b, <2 x i64> %i
  %v = call <2 x i8> @llvm.masked.gather.v2i8.v2p0(<2 x ptr> %p, <2 x i1> splat (i1 true), <2 x i8> poison)
  ret <2 x i8> %v
}

; CHECK-LABEL: copier-pending for 'promised':
; CHECK: guard before 'store i8 1, ptr %b, align 1' : %b, 1
; CHECK-NOT: {{guard|csync}}
define dso_local void @promised(ptr noalias %a, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %s, i64 %n, i1 false)
  call void @give(ptr %a)
  %b = call ptr @take()
  store i8 1, ptr %b
  ret void
}

; Memory of the frame may have been handed out if it ever got out.
; CHECK-LABEL: copier-pending for 'of_frame':
; CHECK: guard before 'ret void' : %local, 100
define dso_local void @of_frame(ptr %d, i64 %n) {
  %local = alloca [100 x i8]
  call void @unknown(ptr %local)
  %a = call noalias ptr @take()
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %a, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'not_of_frame':
; CHECK-NOT: csync
; CHECK-LABEL: copier-pending for 'constants':
define dso_local void @not_of_frame(ptr %d, i64 %n) {
  %local = alloca [100 x i8]
  store i8 1, ptr %local
  %a = call noalias ptr @take()
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %a, i64 %n, i1 false)
  ret void
}

; What has a type of constants may be what the copy makes.
; CHECK: csync before '%v = load i64, ptr %d
; FUNCTION-LABEL: copier-pending for 'constants':
; FUNCTION: csync before '%v = load i64, ptr %d
define dso_local i64 @constants(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %v = load i64, ptr %d, !tbaa !1
  ret i64 %v
}
!0 = !{!"root"}
!1 = !{!2, !2, i64 0, i64 1}
!2 = !{!"constant", !0}
