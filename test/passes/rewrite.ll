; What a copy and a csync become. No attribute or metadata of the memcpy goes
; along; the module is verified after the pass.
; RUN: %{rewrite} | FileCheck %s
; RUN: %{rewrite} | %opt-copier -passes=copier-mark,copier-gen -S - | FileCheck %s

source_filename = "source.c"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memmove.p0.p0.i32(ptr, ptr, i32, i1)
declare ptr @memcpy(ptr, ptr, i64)

; CHECK-DAG: [[FILE:@.copier.string[.0-9]*]] = private unnamed_addr constant [{{[0-9]+}} x i8] c"{{.*}}source.c\00", align 1
; CHECK-DAG: [[SITE:@.copier.site[.0-9]*]] = private global { ptr, ptr, i32, i32, ptr } { ptr [[FILE]], ptr @{{.*}}, i32 0, i32 0, ptr null }, align 8
; CHECK-DAG: @__copier_pending = external global i64
; CHECK-DAG: @__copier_min_size = external global i64
; CHECK-LABEL: define i8 @f(
; CHECK-NOT: tail
; CHECK: [[MIN:%.*]] = load atomic i64, ptr @__copier_min_size monotonic, align 8
; CHECK-NEXT: [[LARGE:%.*]] = icmp uge i64 %n, [[MIN]]
; CHECK-NEXT: [[PENDING:%.*]] = load atomic i32, ptr @__copier_pending acquire, align 8
; CHECK-NEXT: [[ANY:%.*]] = icmp ne i32 [[PENDING]], 0
; CHECK-NEXT: [[GO:%.*]] = or i1 [[LARGE]], [[ANY]]
; CHECK-NEXT: br i1 [[GO]], label %[[ASYNC:.*]], label %[[PLAIN:[^,]*]], !prof
; CHECK: [[ASYNC]]:
; CHECK-NEXT: call ptr @__copier_amemcpy(ptr %d, ptr %s, i64 %n, ptr @.copier.site{{[.0-9]*}}){{$}}
; CHECK: [[PLAIN]]:
; CHECK-NEXT: tail call void @llvm.memcpy.p0.p0.i64(ptr align 4 captures(none) %d, ptr %s, i64 %n, i1 false), !tbaa
; CHECK: load atomic i32, ptr @__copier_pending acquire, align 8
; CHECK: br i1 {{.*}}, label %[[SYNC:.*]], label %[[GOON:[^,]*]], !prof
; CHECK: [[SYNC]]:
; CHECK-NEXT: call void @__copier_csync(ptr %d, i64 %n){{$}}
; CHECK-NEXT: br label %[[GOON]]
; CHECK: [[GOON]]:
; CHECK-NEXT: load i8, ptr %d
; CHECK-NOT: csync
define i8 @f(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  tail call void @llvm.memcpy.p0.p0.i64(ptr align 4 captures(none) %d, ptr %s, i64 %n, i1 false), !tbaa !0
  store i8 0, ptr %other
  %v = load i8, ptr %d
  ret i8 %v
}

; A result is the destination, a size of 32 bits is unsigned, a move stays one.
; CHECK-LABEL: define ptr @g(
; CHECK: call ptr @__copier_amemcpy(
; CHECK: [[N:%.*]] = zext i32 %m to i64
; CHECK: call ptr @__copier_amemmove(ptr %d, ptr %s, i64 {{%.*}}, ptr @.copier.site{{[.0-9]*}})
; CHECK: call void @__copier_csync_all()
; CHECK: ret ptr %d
define ptr @g(ptr %d, ptr %s, i64 %n, i32 %m) {
  %r = call ptr @memcpy(ptr %d, ptr %s, i64 %n)
  call void @llvm.memmove.p0.p0.i32(ptr %d, ptr %s, i32 %m, i1 false)
  ret ptr %r
}

; CHECK: declare void @__copier_csync(ptr, i64) [[ATTRIBUTES:#[0-9]+]]
; CHECK: declare ptr @__copier_amemcpy(ptr, ptr, i64, ptr) [[ATTRIBUTES]]
; CHECK: attributes [[ATTRIBUTES]] = { nounwind }

!0 = !{!1, !1, i64 0}
!1 = !{!"long", !2, i64 0}
!2 = !{!"root"}
