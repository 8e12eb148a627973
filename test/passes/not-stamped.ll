; copier-gen leaves what copier-mark has not stamped, such as code that was
; compiled without -fcopier and meets the rest in a link-time optimization; what
; already calls its own runtime; and modules for targets without libcopier.
; RUN: %opt-copier -passes=copier-gen -S %s | FileCheck %s
; RUN: %opt-copier -passes=copier-mark,copier-gen -mtriple=x86_64-apple-macosx -S %s | FileCheck %s
; RUN: %opt-copier -passes=copier-mark,copier-gen -mtriple=aarch64-linux-gnu -S %s | FileCheck %s
; RUN: %opt-copier -passes=copier-mark,copier-gen -mtriple=x86_64-linux-gnux32 -S %s | FileCheck %s
; RUN: %opt-copier -passes=copier-mark,copier-gen -S %s | FileCheck %s --check-prefix=STAMPED
; RUN: %opt-copier -passes=copier-mark -copier-min-size=77 -S %s | FileCheck %s --check-prefix=MARK

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

; CHECK-NOT: __copier
; STAMPED: call ptr @__copier_memcpy(
; MARK: define void @f(ptr %d, ptr %s, i64 %n) [[STAMP:#[0-9]+]]
; MARK: attributes [[STAMP]] = { "copier-min-size"="77" "copier-scope"="function" }
define void @f(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}
