; What was inferred about memory is forgotten: of the function, its callers, and
; the calls; not of functions that have nothing to do with it.
; RUN: %{rewrite} | FileCheck %s

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

; CHECK: define void @f(ptr noalias %d, ptr noalias %s, i64 %n) [[CHANGED:#[0-9]+]] {
define void @f(ptr noalias captures(none) writeonly %d, ptr noalias readonly nofree %s, i64 %n) nounwind nosync nofree willreturn memory(argmem: readwrite) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  ret void
}

; CHECK: define void @caller(ptr %d, ptr %s) [[CHANGED]] {
; CHECK-NEXT: call void @f(ptr %d, ptr %s, i64 9){{$}}
define void @caller(ptr captures(none) %d, ptr readonly %s) nounwind nosync nofree willreturn memory(argmem: readwrite) {
  call void @f(ptr captures(none) %d, ptr readonly %s, i64 9) nosync memory(argmem: readwrite)
  ret void
}

; CHECK: define void @callers_caller(ptr %d) [[CHANGED]] {
define void @callers_caller(ptr captures(none) %d) nounwind nosync nofree willreturn memory(argmem: readwrite) {
  call void @caller(ptr %d, ptr %d)
  ret void
}

; CHECK: define void @other(ptr writeonly captures(none) %d) [[KEPT:#[0-9]+]] {
define void @other(ptr captures(none) writeonly %d) nounwind nosync nofree willreturn memory(argmem: write) {
  store i8 0, ptr %d
  ret void
}

; CHECK: attributes [[CHANGED]] = { nounwind willreturn "copier-done"
; CHECK: attributes [[KEPT]] = { {{.*}}nosync{{.*}}memory(argmem: write)
