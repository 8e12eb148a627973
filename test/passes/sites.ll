; Which copies are found, and which are left for what reason.
; RUN: %opt-copier -passes='print<copier-pending>' -disable-output %s 2>&1 | FileCheck %s

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memcpy.p0.p0.i32(ptr, ptr, i32, i1)
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memcpy.inline.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p1.p0.i64(ptr addrspace(1), ptr, i64, i1)
declare void @llvm.memcpy.p0.p1.i64(ptr, ptr addrspace(1), i64, i1)
declare void @llvm.memcpy.element.unordered.atomic.p0.p0.i64(ptr, ptr, i64, i32)
declare ptr @memcpy(ptr, ptr, i64)
@there = global [9999 x i8] zeroinitializer
declare ptr @memmove(ptr, ptr, i64)
declare i32 @setjmp(ptr) returns_twice
declare i32 @__gxx_personality_v0(...)
declare i32 @__CxxFrameHandler3(...)

; CHECK-LABEL: copier-pending for 'found':
; CHECK-NEXT: site #0 memcpy dst=%d src=%s n=%n asynchronous
; CHECK-NEXT: site #1 memmove dst=%d src=%s n=%n asynchronous
; CHECK-NEXT: site #2 memcpy dst=%d src=%s n=%m asynchronous
; CHECK-NEXT: site #3 memcpy dst=%d src=%s n=%n asynchronous
; CHECK-NEXT: site #4 memmove dst=%d src=%s n=%n asynchronous
; CHECK-NEXT: csync_all before 'ret void'
define void @found(ptr %d, ptr %s, i64 %n, i32 %m) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memmove.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p0.i32(ptr %d, ptr %s, i32 %m, i1 false)
  %1 = call ptr @memcpy(ptr %d, ptr %s, i64 %n)
  %2 = call ptr @memmove(ptr %d, ptr %s, i64 %n)
  ret void
}

; A function without copies is not printed.
; CHECK-NOT: copier-pending for 'no_copies'
define void @no_copies(ptr %d, i64 %n) {
  call void @llvm.memset.p0.i64(ptr %d, i8 0, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'sizes':
; CHECK-NEXT: site #0 memcpy dst=%d src=%s n=4095 left: constant size 4095 below the minimum 4096
; CHECK-NEXT: site #1 memcpy dst=%d src=%s n=4096 asynchronous
; CHECK-NEXT: csync before 'ret void' : site #1 [return] at the copy
define void @sizes(ptr %d, ptr %s) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 4095, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 4096, i1 false)
  ret void
}

; Neither what fits into a byte, nor what was masked; 4096 may be reached.
; CHECK-LABEL: copier-pending for 'small_by_range':
; CHECK-NEXT: site #0 memcpy dst=%d src=%s n=%wide left: never as large as the minimum 4096
; CHECK-NEXT: site #1 memcpy dst=%d src=%s n=%masked left: never as large as the minimum 4096
; CHECK-NEXT: site #2 memcpy dst=%d src=%s n=%more asynchronous
define void @small_by_range(ptr %d, ptr %s, i8 %n, i64 %m) {
  %wide = zext i8 %n to i64
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %wide, i1 false)
  %masked = and i64 %m, 4095
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %masked, i1 false)
  %more = add i64 %masked, 1
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %more, i1 false)
  ret void
}

; The stamp of copier-mark counts more than the command line.
; CHECK-LABEL: copier-pending for 'stamped':
; CHECK-NEXT: site #0 memcpy dst=%d src=%s n=99 left: constant size 99 below the minimum 100
; CHECK-NEXT: site #1 memcpy dst=%d src=%s n=100 asynchronous
define void @stamped(ptr %d, ptr %s) "copier-min-size"="100" {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 99, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 100, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'zero':
; CHECK-NEXT: n=0 left: constant size 0 below
; CHECK-NOT: csync
define void @zero(ptr %d, ptr %s) "copier-min-size"="0" {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 0, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'kinds':
; CHECK-NEXT: site #0 memcpy {{.*}} left: volatile
; CHECK-NEXT: site #1 memcpy.inline {{.*}} left: must be inline
; CHECK-NEXT: site #2 memcpy {{.*}} left: not in address space 0
; CHECK-NEXT: site #3 memcpy {{.*}} left: not in address space 0
; CHECK-NEXT: site #4 memcpy {{.*}} left: atomic by element
; CHECK-NOT: csync
define void @kinds(ptr %d, ptr %s, ptr addrspace(1) %p, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 true)
  call void @llvm.memcpy.inline.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.memcpy.p1.p0.i64(ptr addrspace(1) %p, ptr %s, i64 %n, i1 false)
  call void @llvm.memcpy.p0.p1.i64(ptr %d, ptr addrspace(1) %p, i64 %n, i1 false)
  call void @llvm.memcpy.element.unordered.atomic.p0.p0.i64(ptr align 4 %d, ptr align 4 %s, i64 8192, i32 4)
  ret void
}

; A memcpy that may be another one than libc's is a call like any other.
; CHECK-LABEL: copier-pending for 'nobuiltin':
; CHECK-NEXT: site #0 memcpy dst=%d src=%s n=1 left: volatile
; CHECK-NOT: site #
; CHECK-LABEL: copier-pending for 'musttail':
; CHECK-NEXT: site #0 {{.*}} left: musttail call
define void @nobuiltin(ptr %d, ptr %s, i64 %n) {
  %1 = call ptr @memcpy(ptr %d, ptr %s, i64 %n) nobuiltin
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 1, i1 true)
  ret void
}

define ptr @musttail(ptr %d, ptr %s, i64 %n) {
  %r = musttail call ptr @memcpy(ptr %d, ptr %s, i64 %n)
  ret ptr %r
}

; CHECK-LABEL: copier-pending for 'setjmp_caller':
; CHECK-NEXT: site #0 {{.*}} left: the function calls one that returns twice
define void @setjmp_caller(ptr %d, ptr %s, i64 %n, ptr %buf) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %r = call i32 @setjmp(ptr %buf) returns_twice
  ret void
}

; CHECK-LABEL: copier-pending for 'no_builtins':
; CHECK-NEXT: site #0 {{.*}} left: the function is compiled without builtins
define void @no_builtins(ptr %d, ptr %s, i64 %n) "no-builtins" {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'presplit':
; CHECK-NEXT: site #0 {{.*}} left: the function is a coroutine not yet split
define void @presplit(ptr %d, ptr %s, i64 %n) presplitcoroutine {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'naked':
; CHECK-NEXT: site #0 {{.*}} left: the function is naked
define void @naked() naked {
  call void @llvm.memcpy.p0.p0.i64(ptr @there, ptr @there, i64 9999, i1 false)
  unreachable
}

; CHECK-LABEL: copier-pending for 'funclets':
; CHECK-NEXT: site #0 {{.*}} left: the function handles exceptions in funclets
define void @funclets(ptr %d, ptr %s, i64 %n) personality ptr @__CxxFrameHandler3 {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'itanium':
; CHECK-NEXT: site #0 {{.*}} asynchronous
define void @itanium(ptr %d, ptr %s, i64 %n) personality ptr @__gxx_personality_v0 {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'bcopy':
; CHECK-NEXT: site #0 {{.*}} left: the function implements copies
define void @bcopy(ptr %s, ptr %d, i64 %n) {
  call void @llvm.memmove.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'resolver':
; CHECK-NEXT: site #0 {{.*}} left: the function resolves an ifunc
@resolved = ifunc void (), ptr @resolver
define ptr @resolver(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret ptr null
}

; CHECK-LABEL: copier-pending for 'unreachable_block':
; CHECK-NEXT: site #0 {{.*}} left: never reached
define void @unreachable_block(ptr %d, ptr %s, i64 %n) {
  ret void
dead:
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK-LABEL: copier-pending for 'invoked':
; CHECK-NEXT: site #0 {{.*}} left: invoked
define void @invoked(ptr %d, ptr %s, i64 %n) personality ptr @__gxx_personality_v0 {
  %1 = invoke ptr @memcpy(ptr %d, ptr %s, i64 %n) to label %ok unwind label %bad
ok:
  ret void
bad:
  %2 = landingpad { ptr, i32 } cleanup
  resume { ptr, i32 } %2
}
