; The result of a copy is an operand of the next one: of the library's calls as well
; as of the csyncs. It made invalid IR.
; RUN: %{rewrite} | FileCheck %s

declare ptr @memcpy(ptr, ptr, i64)

; CHECK-LABEL: define i8 @into_the_result(
; CHECK: call ptr @__copier_amemcpy(ptr %d, ptr %a, i64 %n,
; CHECK: tail call ptr @memcpy(ptr %d, ptr %a, i64 %n)
; CHECK: call ptr @__copier_amemcpy(ptr %d, ptr %b, i64 %m,
; CHECK: tail call ptr @memcpy(ptr %d, ptr %b, i64 %m)
; CHECK: call void @__copier_csync(ptr %d, i64 %m)
; CHECK: load i8, ptr %d
define i8 @into_the_result(ptr %d, ptr %a, ptr %b, i64 %n, i64 %m) {
  %1 = tail call ptr @memcpy(ptr %d, ptr %a, i64 %n)
  %2 = tail call ptr @memcpy(ptr %1, ptr %b, i64 %m)
  %v = load i8, ptr %2
  ret i8 %v
}

; The block of the second copy comes first in the function.
; CHECK-LABEL: define ptr @in_another_order(
; CHECK: call ptr @__copier_amemcpy(ptr %d, ptr %b, i64 %m,
; CHECK: ret ptr %d
; CHECK: call ptr @__copier_amemcpy(ptr %d, ptr %a, i64 %n,
define ptr @in_another_order(ptr %d, ptr %a, ptr %b, i64 %n, i64 %m) {
  br label %first
second:
  %y = call ptr @memcpy(ptr %x, ptr %b, i64 %m)
  ret ptr %y
first:
  %x = call ptr @memcpy(ptr %d, ptr %a, i64 %n)
  br label %second
}
