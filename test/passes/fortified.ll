; Copies that check their size (_FORTIFY_SOURCE): the check stays, and a copy that
; fails it meets nothing pending.
; RUN: %{plan} | FileCheck %s --check-prefix=PLAN
; RUN: %{rewrite} | FileCheck %s

declare ptr @__memcpy_chk(ptr, ptr, i64, i64)
declare ptr @__memmove_chk(ptr, ptr, i64, i64)
declare ptr @__mempcpy_chk(ptr, ptr, i64, i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare ptr @mempcpy(ptr, ptr, i64)
declare ptr @__strncpy_chk(ptr, ptr, i64, i64)

; PLAN-LABEL: copier-pending for 'copy':
; PLAN-NEXT: site #0 __memcpy_chk dst=%d src=%s n=%n limit=%l asynchronous
; PLAN-NEXT: csync_all before 'ret ptr %r' : site #0 [return]
; CHECK-LABEL: define ptr @copy(
; CHECK: [[GO:%.*]] = or i1
; CHECK-NEXT: [[WITHIN:%.*]] = icmp ule i64 %n, %l
; CHECK-NEXT: [[BOTH:%.*]] = and i1 [[GO]], [[WITHIN]]
; CHECK-NEXT: br i1 [[BOTH]], label %[[ASYNC:.*]], label %[[PLAIN:[^,]*]], !prof
; CHECK: [[ASYNC]]:
; CHECK-NEXT: call ptr @__copier_amemcpy(ptr %d, ptr %s, i64 %n, ptr
; CHECK: [[PLAIN]]:
; CHECK-NEXT: [[PENDING:%.*]] = load atomic i32, ptr @__copier_pending acquire
; CHECK-NEXT: [[ANY:%.*]] = icmp ne i32 [[PENDING]], 0
; CHECK-NEXT: br i1 [[ANY]], label %[[SYNC:.*]], label %[[CHECKED:[^,]*]], !prof
; CHECK: [[SYNC]]:
; CHECK-NEXT: call void @__copier_csync_all()
; CHECK: [[CHECKED]]:
; CHECK-NEXT: call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l)
; CHECK: ret ptr %d
define ptr @copy(ptr %d, ptr %s, i64 %n, i64 %l) {
  %r = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l)
  ret ptr %r
}

; It does not end the windows of others.
; PLAN-LABEL: copier-pending for 'moves':
; PLAN-NEXT: site #0 __memcpy_chk
; PLAN-NEXT: site #1 __memmove_chk dst=%d src=%s n=%n limit=999 asynchronous
; PLAN-NEXT: csync_all before 'ret void'
; CHECK-LABEL: define void @moves(
; CHECK: icmp ule i64 %n, 999
; CHECK: call ptr @__copier_amemmove(ptr %d, ptr %s, i64 %n, ptr
; CHECK: call ptr @__memmove_chk(ptr %d, ptr %s, i64 %n, i64 999)
define void @moves(ptr %d, ptr %e, ptr %s, i64 %n) {
  %1 = call ptr @__memcpy_chk(ptr %e, ptr %s, i64 %n, i64 999)
  %2 = call ptr @__memmove_chk(ptr %d, ptr %s, i64 %n, i64 999)
  ret void
}

; The end of what was written is the result, where it is asked for.
; PLAN-LABEL: copier-pending for 'to_the_end':
; PLAN-NEXT: site #0 mempcpy dst=%d src=%s n=%n asynchronous
; PLAN-NEXT: site #1 __mempcpy_chk dst=%1 src=%t n=%m limit=%l asynchronous
; CHECK-LABEL: define ptr @to_the_end(
; CHECK: [[FIRST:%.*]] = getelementptr i8, ptr %d, i64 %n
; CHECK: call ptr @__copier_amemcpy(ptr %d, ptr %s, i64 %n, ptr
; CHECK: [[SECOND:%.*]] = getelementptr i8, ptr [[FIRST]], i64 %m
; CHECK: icmp ule i64 %m, %l
; CHECK: call ptr @__copier_amemcpy(ptr [[FIRST]], ptr %t, i64 %m, ptr
; CHECK: call ptr @__mempcpy_chk(ptr [[FIRST]], ptr %t, i64 %m, i64 %l)
; CHECK: ret ptr [[SECOND]]
define ptr @to_the_end(ptr %d, ptr %s, ptr %t, i64 %n, i64 %m, i64 %l) {
  %1 = call ptr @mempcpy(ptr %d, ptr %s, i64 %n)
  %2 = call ptr @__mempcpy_chk(ptr %1, ptr %t, i64 %m, i64 %l)
  ret ptr %2
}

; What is not a copy, or not surely libc's, stays, and is unknown code.
; PLAN-LABEL: copier-pending for 'others':
; PLAN-NEXT: site #0 __memcpy_chk dst=%d src=%s n=%n limit=%l asynchronous
; PLAN-NEXT: csync_all before '%2 = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l) #
; PLAN-NEXT: copier-pending for 'string':
; PLAN-NEXT: site #0
; PLAN-NEXT: csync_all before '%2 = call ptr @__strncpy_chk(
; CHECK-LABEL: define void @others(
; CHECK: call void @__copier_csync_all()
; CHECK: call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l) #
; CHECK-NEXT: ret void
define void @others(ptr %d, ptr %s, i64 %n, i64 %l) {
  %1 = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l)
  %2 = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l) nobuiltin
  ret void
}

define void @string(ptr %d, ptr %s, i64 %n, i64 %l) {
  %1 = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l)
  %2 = call ptr @__strncpy_chk(ptr %d, ptr %s, i64 %n, i64 %l)
  ret void
}

; Left, and unchanged: a constant size below the minimum; without builtins.
; PLAN-LABEL: copier-pending for 'small':
; PLAN-NEXT: site #0 __memcpy_chk dst=%d src=%s n=100 limit=%l left: constant size 100 below
; PLAN-LABEL: copier-pending for 'no_builtins':
; PLAN-NEXT: site #0 memcpy {{.*}} left: the function is compiled without builtins
; PLAN-NOT: site #
; PLAN-NOT: csync
; CHECK-LABEL: define void @small(
; CHECK-NEXT: call ptr @__memcpy_chk(ptr %d, ptr %s, i64 100, i64 %l)
; CHECK-NEXT: ret void
define void @small(ptr %d, ptr %s, i64 %l) "copier-min-size"="101" {
  %1 = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 100, i64 %l)
  ret void
}

define void @no_builtins(ptr %d, ptr %s, i64 %n, i64 %l) "no-builtins" {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %1 = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %l)
  ret void
}
