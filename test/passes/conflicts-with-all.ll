; What may leave the function or hand memory to others waits for every copy;
; beside each what does neither.
; RUN: %{plan} | FileCheck %s

target triple = "x86_64-pc-linux-gnu"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @unknown()
declare void @throws_nothing() nounwind
declare void @contained() nounwind nosync willreturn memory(none)
declare i32 @reads(ptr) nounwind memory(read)
declare i32 @may_throw_but_reads(ptr) memory(read)
declare void @argument(ptr) nounwind nosync willreturn memory(argmem: readwrite)
declare void @argument_may_exit(ptr) nounwind nosync memory(argmem: readwrite)
declare noalias ptr @own_allocator(i64) nounwind nosync willreturn memory(inaccessiblemem: readwrite)
declare void @by_value(ptr byval([64 x i8])) nounwind nosync willreturn memory(none)
declare i32 @__gxx_personality_v0(...)
declare ptr @llvm.stacksave.p0()
declare void @llvm.stackrestore.p0(ptr)
declare void @llvm.assume(i1)

; CHECK-LABEL: copier-pending for 'unknown_call':
; CHECK: csync_all before 'call void @unknown()' : site #0 [call]
; CHECK-NOT: csync
define void @unknown_call(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.assume(i1 true)
  call void @unknown()
  ret void
}

; CHECK-LABEL: copier-pending for 'nounwind_call':
; CHECK: csync_all before 'call void @throws_nothing()' : site #0 [call]
define void @nounwind_call(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @throws_nothing()
  ret void
}

; CHECK-LABEL: copier-pending for 'contained_call':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'ret void' : site #0 [return]
define void @contained_call(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @contained()
  ret void
}

; CHECK-LABEL: copier-pending for 'reading_call':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%r = call i32 @reads(ptr %d)' : site #0 [destination read]
define i32 @reading_call(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %r = call i32 @reads(ptr %d)
  ret i32 %r
}

; CHECK-LABEL: copier-pending for 'reading_local':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%r = call i32 @may_throw_but_reads(ptr null)' : site #0 [call]
define i32 @reading_local(ptr %s, i64 %n) {
  %local = alloca [100 x i8]
  call void @llvm.memcpy.p0.p0.i64(ptr %local, ptr %s, i64 %n, i1 false)
  %no = call i32 @reads(ptr null)
  %r = call i32 @may_throw_but_reads(ptr null)
  ret i32 %r
}

; CHECK-LABEL: copier-pending for 'argument_call':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'call void @argument(ptr %d)' : site #0 [destination write]
define void @argument_call(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @argument(ptr %other)
  call void @argument(ptr %d)
  ret void
}

; CHECK-LABEL: copier-pending for 'may_not_return':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void @argument_may_exit(ptr %other)' : site #0 [call]
define void @may_not_return(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @argument_may_exit(ptr %other)
  ret void
}

; It may hand out what was freed without anybody seeing it.
; CHECK-LABEL: copier-pending for 'allocator':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%p = call ptr @own_allocator(i64 8)' : site #0 [call]
define ptr @allocator(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %p = call ptr @own_allocator(i64 8)
  ret ptr %p
}

; The call itself reads the argument.
; CHECK-LABEL: copier-pending for 'byval':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void @by_value{{.*}} : site #0 [call]
define void @byval(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @by_value(ptr byval([64 x i8]) %d)
  ret void
}

; CHECK-LABEL: copier-pending for 'assembly':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void asm sideeffect "", "~{memory}"()' : site #0 [inline asm]
define void @assembly(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %no = call i64 asm "mov $1, $0", "=r,r"(i64 %n) memory(none)
  call void asm sideeffect "", "~{memory}"()
  ret void
}

; CHECK-LABEL: copier-pending for 'assembly_reading':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void asm {{.*}} : site #0 [inline asm]
define void @assembly_reading(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void asm "", "*m"(ptr elementtype(i8) %d)
  ret void
}

; CHECK-LABEL: copier-pending for 'atomics':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: csync_all before 'store atomic i32 1, ptr %flag release, align 4' : site #0 [atomic access]
; CHECK-NEXT: csync_all before 'fence seq_cst' : site #1 [atomic access]
define void @atomics(ptr noalias %d, ptr noalias %s, ptr noalias %flag, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  store atomic i32 0, ptr %flag monotonic, align 4
  store atomic i32 1, ptr %flag release, align 4
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  fence seq_cst
  ret void
}

; CHECK-LABEL: copier-pending for 'acquire':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%x = load atomic i32, ptr %flag acquire, align 4' : site #0 [atomic access]
define i32 @acquire(ptr noalias %d, ptr noalias %s, ptr noalias %flag, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %x = load atomic i32, ptr %flag acquire, align 4
  ret i32 %x
}

; CHECK-LABEL: copier-pending for 'volatile':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'store volatile i32 1, ptr %flag, align 4' : site #0 [volatile access]
define void @volatile(ptr noalias %d, ptr noalias %s, ptr noalias %flag, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  store i32 0, ptr %flag
  store volatile i32 1, ptr %flag
  ret void
}

; CHECK-LABEL: copier-pending for 'stack_restore':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void @llvm.stackrestore.p0(ptr %stack)' : site #0 [stack restore]
define void @stack_restore(ptr %s, i64 %n) {
  %stack = call ptr @llvm.stacksave.p0()
  %local = alloca i8, i64 %n
  call void @llvm.memcpy.p0.p0.i64(ptr %local, ptr %s, i64 %n, i1 false)
  %again = call ptr @llvm.stacksave.p0()
  call void @llvm.stackrestore.p0(ptr %stack)
  ret void
}

; CHECK-LABEL: copier-pending for 'must_tail':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'musttail call void @must_tail({{.*}} : site #0 [call]
; CHECK-NOT: csync
define void @must_tail(ptr %d, ptr %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  musttail call void @must_tail(ptr %d, ptr %s, i64 %n)
  ret void
}

; CHECK-LABEL: copier-pending for 'exceptions':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: csync_all before 'invoke void @unknown(){{.*}} : site #0 [call]
; CHECK-NEXT: csync_all before 'resume { ptr, i32 } %e' : site #1 [unwind]
define void @exceptions(ptr %d, ptr %s, i64 %n) personality ptr @__gxx_personality_v0 {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  invoke void @unknown() to label %ok unwind label %bad
ok:
  ret void
bad:
  %e = landingpad { ptr, i32 } cleanup
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  resume { ptr, i32 } %e
}
