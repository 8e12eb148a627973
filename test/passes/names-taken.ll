; A module that defines a name of libcopier's keeps its copies.
; RUN: opt -load-pass-plugin=%plugin -passes=copier-mark,copier-gen -pass-remarks-missed=copier -S %s 2>&1 | FileCheck %s
; CHECK: memcpy not made asynchronous: the module defines __copier_csync
; CHECK-NOT: __copier_amemcpy
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define void @__copier_csync() {
  ret void
}
define void @f(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}
