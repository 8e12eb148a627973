; A copy with nothing to run beside before its csync is one call that does both, and
; the plan says what ends the window. Calls, loops, many instructions and, in program
; scope, the caller are something to run beside. Who asks for copies of any size gets
; all of them pending.
; RUN: %opt-copier -verify-each -passes='print<copier-pending>' -disable-output %s 2>&1 | FileCheck %s
; RUN: %opt-copier -verify-each -copier-scope=program -passes='print<copier-pending>' -disable-output %s 2>&1 | FileCheck %s --check-prefix=PROGRAM
; RUN: %{plan} | FileCheck %s --check-prefix=ANY-SIZE --implicit-check-not='at the copy'
; RUN: %opt-copier -verify-each -passes=copier-mark,copier-gen -S %s -o %t.once.ll
; RUN: FileCheck %s --check-prefix=REWRITE --input-file=%t.once.ll
; RUN: %opt-copier -verify-each -passes=copier-mark,copier-gen -S %t.once.ll | FileCheck %s --check-prefix=REWRITE

target triple = "x86_64-pc-linux-gnu"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memmove.p0.p0.i32(ptr, ptr, i32, i1)
declare ptr @mempcpy(ptr, ptr, i64)
declare ptr @__memcpy_chk(ptr, ptr, i64, i64)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare double @llvm.sqrt.f64(double)
declare i64 @pure(i64) memory(none) willreturn nounwind

; CHECK-LABEL: copier-pending for 'read_at_once':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: csync before '%r = load i8, ptr %d, align 1' : site #0 [destination read] at the copy
; CHECK-NOT: csync
; REWRITE-LABEL: define i8 @read_at_once(
; REWRITE-NEXT: call ptr @__copier_memcpy(ptr %d, ptr %s, i64 %n, ptr @.copier.site{{[.0-9]*}}){{$}}
; REWRITE-NEXT: load i8
; REWRITE-NEXT: ret i8
; ANY-SIZE-LABEL: copier-pending for 'read_at_once':
; ANY-SIZE-NEXT: site #0 {{.*}} asynchronous
; ANY-SIZE-NEXT: csync before '%r = load
define i8 @read_at_once(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %r = load i8, ptr %d
  ret i8 %r
}

; Arithmetic, a filled word and a branch are nothing.
; CHECK-LABEL: copier-pending for 'little':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: csync before {{.*}} : site #0 [destination {{read|write}}] at the copy
; CHECK-NOT: csync
define double @little(ptr noalias %d, ptr noalias %s, ptr noalias %o, i64 %n, double %x) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %root = call double @llvm.sqrt.f64(double %x)
  call void @llvm.memset.p0.i64(ptr %o, i8 0, i64 64, i1 false)
  %c = fcmp ogt double %root, 1.0
  br i1 %c, label %read, label %write
read:
  %r = load double, ptr %d
  ret double %r
write:
  store double %root, ptr %d
  ret double 0.0
}

; CHECK-LABEL: copier-pending for 'call':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: csync before '%r = load
define i8 @call(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %i = call i64 @pure(i64 %n)
  %p = getelementptr i8, ptr %d, i64 %i
  %r = load i8, ptr %p
  ret i8 %r
}

; On one of two paths.
; CHECK-LABEL: copier-pending for 'call_on_a_path':
; CHECK-NEXT: site #0 {{.*}} asynchronous
define i8 @call_on_a_path(ptr noalias %d, ptr noalias %s, i64 %n, i1 %c) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  br i1 %c, label %calls, label %reads
calls:
  %i = call i64 @pure(i64 %n)
  br label %reads
reads:
  %r = load i8, ptr %d
  ret i8 %r
}

; CHECK-LABEL: copier-pending for 'loop':
; CHECK-NEXT: site #0 {{.*}} asynchronous
define i64 @loop(ptr noalias %d, ptr noalias %s, ptr noalias %o, i64 %n) {
entry:
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  br label %body
body:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %p = getelementptr i64, ptr %o, i64 %i
  store i64 %i, ptr %p
  %next = add i64 %i, 1
  %c = icmp eq i64 %next, %n
  br i1 %c, label %end, label %body
end:
  %r = load i64, ptr %d
  ret i64 %r
}

; One that fills much, and one whose window is the next iteration's beginning.
; CHECK-LABEL: copier-pending for 'fill':
; CHECK-NEXT: site #0 {{.*}} asynchronous
define i8 @fill(ptr noalias %d, ptr noalias %s, ptr noalias %o, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memset.p0.i64(ptr %o, i8 0, i64 %n, i1 false)
  %r = load i8, ptr %d
  ret i8 %r
}
; CHECK-LABEL: copier-pending for 'around':
; CHECK-NEXT: site #0 {{.*}} asynchronous
define void @around(ptr noalias %d, ptr noalias %s, ptr noalias %o, i64 %n) {
entry:
  br label %body
body:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %r = load i8, ptr %d
  store i8 %r, ptr %o
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %next = add i64 %i, 1
  %c = icmp eq i64 %next, %n
  br i1 %c, label %end, label %body
end:
  ret void
}

; The second copy has nothing to run beside, the first one has the second: libcopier
; keeps the two in order. Without the second one it has nothing, either.
; CHECK-LABEL: copier-pending for 'two':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: site #1 {{.*}} asynchronous
; CHECK-NEXT: csync before '%q = load i8, ptr %d, align 1' : site #0 [destination read]{{$}}
; CHECK-NEXT: csync before '%r = load i8, ptr %e, align 1' : site #1 [destination read] at the copy
; CHECK-LABEL: copier-pending for 'two_small':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: site #1 {{.*}} asynchronous
; CHECK-NEXT: csync before '%q = load i8, ptr %d, align 1' : site #0 [destination read] at the copy
; CHECK-NEXT: csync before '%r = load i8, ptr %e, align 1' : site #1 [destination read] at the copy
; REWRITE-LABEL: define i8 @two(
; REWRITE: call ptr @__copier_amemcpy(ptr %d,
; REWRITE: call ptr @__copier_memcpy(ptr %e, ptr %d,
; REWRITE: call void @__copier_csync(ptr %d, i64 %n)
define i8 @two(ptr noalias %d, ptr noalias %s, ptr noalias %e, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %e, ptr %d, i64 %n, i1 false)
  %r = load i8, ptr %e
  %q = load i8, ptr %d
  %sum = add i8 %r, %q
  ret i8 %sum
}
define i8 @two_small(ptr noalias %d, ptr noalias %s, ptr noalias %e, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %e, ptr %d, i64 4096, i1 false)
  %r = load i8, ptr %e
  %q = load i8, ptr %d
  %sum = add i8 %r, %q
  ret i8 %sum
}

; Every kind of copy, and a result that is another one's operand. What checks its
; size has branches in any case.
; REWRITE-LABEL: define ptr @kinds(
; REWRITE-NEXT: [[END:%.*]] = getelementptr i8, ptr %d, i64 %n
; REWRITE-NEXT: call ptr @__copier_memcpy(ptr %d, ptr %s, i64 %n,
; REWRITE-NEXT: call ptr @__copier_memmove(ptr [[END]], ptr %d, i64 4096,
; REWRITE-NEXT: ret ptr [[END]]
; REWRITE-LABEL: define void @narrow(
; REWRITE-NEXT: [[N:%.*]] = zext i32 %m to i64
; REWRITE-NEXT: call ptr @__copier_memmove(ptr %d, ptr %s, i64 [[N]],
; REWRITE-NEXT: ret void
; REWRITE-LABEL: define ptr @limited(
; REWRITE: call ptr @__copier_amemcpy(
define ptr @kinds(ptr %d, ptr %s, i64 %n) {
  %end = call ptr @mempcpy(ptr %d, ptr %s, i64 %n)
  call void @llvm.memmove.p0.p0.i32(ptr %end, ptr %d, i32 4096, i1 false)
  ret ptr %end
}
define void @narrow(ptr %d, ptr %s, i32 %m) {
  call void @llvm.memmove.p0.p0.i32(ptr %d, ptr %s, i32 %m, i1 false)
  ret void
}
define ptr @limited(ptr %d, ptr %s, i64 %n, i64 %limit) {
  %r = call ptr @__memcpy_chk(ptr %d, ptr %s, i64 %n, i64 %limit)
  ret ptr %r
}

; More instructions than nothing.
; CHECK-LABEL: copier-pending for 'many':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: csync_all before 'ret i64 %x65' : site #0 [return]{{$}}
define i64 @many(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %x1 = mul i64 %n, %n
  %x2 = mul i64 %x1, %n
  %x3 = mul i64 %x2, %n
  %x4 = mul i64 %x3, %n
  %x5 = mul i64 %x4, %n
  %x6 = mul i64 %x5, %n
  %x7 = mul i64 %x6, %n
  %x8 = mul i64 %x7, %n
  %x9 = mul i64 %x8, %n
  %x10 = mul i64 %x9, %n
  %x11 = mul i64 %x10, %n
  %x12 = mul i64 %x11, %n
  %x13 = mul i64 %x12, %n
  %x14 = mul i64 %x13, %n
  %x15 = mul i64 %x14, %n
  %x16 = mul i64 %x15, %n
  %x17 = mul i64 %x16, %n
  %x18 = mul i64 %x17, %n
  %x19 = mul i64 %x18, %n
  %x20 = mul i64 %x19, %n
  %x21 = mul i64 %x20, %n
  %x22 = mul i64 %x21, %n
  %x23 = mul i64 %x22, %n
  %x24 = mul i64 %x23, %n
  %x25 = mul i64 %x24, %n
  %x26 = mul i64 %x25, %n
  %x27 = mul i64 %x26, %n
  %x28 = mul i64 %x27, %n
  %x29 = mul i64 %x28, %n
  %x30 = mul i64 %x29, %n
  %x31 = mul i64 %x30, %n
  %x32 = mul i64 %x31, %n
  %x33 = mul i64 %x32, %n
  %x34 = mul i64 %x33, %n
  %x35 = mul i64 %x34, %n
  %x36 = mul i64 %x35, %n
  %x37 = mul i64 %x36, %n
  %x38 = mul i64 %x37, %n
  %x39 = mul i64 %x38, %n
  %x40 = mul i64 %x39, %n
  %x41 = mul i64 %x40, %n
  %x42 = mul i64 %x41, %n
  %x43 = mul i64 %x42, %n
  %x44 = mul i64 %x43, %n
  %x45 = mul i64 %x44, %n
  %x46 = mul i64 %x45, %n
  %x47 = mul i64 %x46, %n
  %x48 = mul i64 %x47, %n
  %x49 = mul i64 %x48, %n
  %x50 = mul i64 %x49, %n
  %x51 = mul i64 %x50, %n
  %x52 = mul i64 %x51, %n
  %x53 = mul i64 %x52, %n
  %x54 = mul i64 %x53, %n
  %x55 = mul i64 %x54, %n
  %x56 = mul i64 %x55, %n
  %x57 = mul i64 %x56, %n
  %x58 = mul i64 %x57, %n
  %x59 = mul i64 %x58, %n
  %x60 = mul i64 %x59, %n
  %x61 = mul i64 %x60, %n
  %x62 = mul i64 %x61, %n
  %x63 = mul i64 %x62, %n
  %x64 = mul i64 %x63, %n
  %x65 = mul i64 %x64, %n
  ret i64 %x65
}

; What returns at once has its caller to run beside, if that may guard it.
; CHECK-LABEL: copier-pending for 'returns':
; CHECK-NEXT: site #0 {{.*}} asynchronous
; CHECK-NEXT: csync before 'ret void' : site #0 [return] at the copy
; PROGRAM-LABEL: copier-pending for 'returns':
; PROGRAM-NEXT: leaves copies pending
; PROGRAM-NEXT: site #0 {{.*}} asynchronous
; PROGRAM-NOT: csync
; PROGRAM-LABEL: copier-pending for 'caller':
define internal void @returns(ptr noalias %d, ptr noalias %s, i64 %n) noinline {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}
define i64 @caller(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @returns(ptr %d, ptr %s, i64 %n)
  %r = call i64 @pure(i64 %n)
  ret i64 %r
}
