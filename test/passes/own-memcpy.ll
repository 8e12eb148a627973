; A program that has a memcpy of its own may notice who calls it: libcopier would,
; when it makes a copy. GCC's c-torture builtins/memops-asm.c, linked with LTO,
; aborts there. Under another name, or if others cannot see it, it is no matter.
; RUN: %{plan} | FileCheck %s
; RUN: sed 's/@memcpy/@copy/' %s | %opt-copier -copier-min-size=1 \
; RUN:   -passes='print<copier-pending>' -disable-output 2>&1 | FileCheck %s --check-prefix=OTHER
; RUN: sed 's/define ptr @memcpy/define internal ptr @memcpy/' %s | %opt-copier \
; RUN:   -copier-min-size=1 -passes='print<copier-pending>' -disable-output 2>&1 \
; RUN:   | FileCheck %s --check-prefix=OTHER

target triple = "x86_64-pc-linux-gnu"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

; CHECK: site #0 memcpy dst=%d src=%s n=%n left: the module defines memcpy or memmove
; OTHER: site #0 memcpy dst=%d src=%s n=%n asynchronous
define void @copies(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

define ptr @memcpy(ptr %d, ptr %s, i64 %n) noinline optnone {
  store volatile i8 0, ptr %d
  ret ptr %d
}
