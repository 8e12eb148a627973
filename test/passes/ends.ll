; Where a function is left in other ways than by `ret`, memory is given back, or
; others go on.
; RUN: %{plan} | FileCheck %s

target triple = "x86_64-pc-linux-gnu"

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @exit(i32) noreturn
declare void @_exit(i32) noreturn
declare void @abort() noreturn nounwind
declare void @longjmp(ptr, i32) noreturn nounwind
declare void @llvm.trap() noreturn
declare i32 @execv(ptr, ptr)
declare i32 @fork()
declare i32 @munmap(ptr, i64)
declare void @_ZdlPv(ptr) nounwind
declare ptr @_Znwm(i64)
declare i32 @pthread_create(ptr, ptr, ptr, ptr) nounwind
declare void @pthread_exit(ptr) noreturn
declare i32 @pthread_mutex_lock(ptr) nounwind
declare i32 @pthread_mutex_unlock(ptr) nounwind
declare void @__kmpc_barrier(ptr, i32)
declare void @__kmpc_fork_call(ptr, i32, ptr, ...)
declare ptr @signal(i32, ptr)
declare i32 @raise(i32)
declare void @llvm.va_start.p0(ptr)
declare void @llvm.va_copy.p0(ptr, ptr)
declare void @llvm.va_end.p0(ptr)
declare i8 @llvm.coro.suspend(token, i1)

; CHECK-LABEL: copier-pending for 'leaves_by_exit':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'call void @pthread_exit(ptr null)' : site #0 [call]
; CHECK-NEXT: csync_all before 'call void @llvm.trap()' : site #0 [call]
; CHECK-NEXT: csync_all before 'call void @longjmp(ptr %d, i32 1)' : site #0 [call]
; CHECK-NEXT: csync_all before 'call void @abort()' : site #0 [call]
; CHECK-NEXT: csync_all before 'call void @_exit(i32 0)' : site #0 [call]
; CHECK-NEXT: csync_all before 'call void @exit(i32 0)' : site #0 [call]
define void @leaves_by_exit(ptr noalias %d, ptr noalias %s, i64 %n, i32 %how) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  switch i32 %how, label %exit [ i32 1, label %quick
                                 i32 2, label %abort
                                 i32 3, label %jump
                                 i32 4, label %trap
                                 i32 5, label %thread
                                 i32 6, label %never ]
exit:
  call void @exit(i32 0)
  unreachable
quick:
  call void @_exit(i32 0)
  unreachable
abort:
  call void @abort()
  unreachable
jump:
  call void @longjmp(ptr %d, i32 1)
  unreachable
trap:
  call void @llvm.trap()
  unreachable
thread:
  call void @pthread_exit(ptr null)
  unreachable
never:
  unreachable
}

; CHECK-LABEL: copier-pending for 'processes':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: csync_all before '%child = call i32 @fork()' : site #0 [call]
; CHECK-NEXT: csync_all before '%e = call i32 @execv(ptr null, ptr null)' : site #1 [call]
define void @processes(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %child = call i32 @fork()
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %e = call i32 @execv(ptr null, ptr null)
  ret void
}

; CHECK-LABEL: copier-pending for 'gives_back':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: site #2
; CHECK-NEXT: csync_all before 'call void @_ZdlPv(ptr %other)' : site #0 [call]
; CHECK-NEXT: csync_all before '%u = call i32 @munmap(ptr %other, i64 %n)' : site #1 [call]
; CHECK-NEXT: csync_all before '%w = call ptr @_Znwm(i64 8)' : site #2 [call]
define void @gives_back(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @_ZdlPv(ptr %other)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %u = call i32 @munmap(ptr %other, i64 %n)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %w = call ptr @_Znwm(i64 8)
  ret void
}

; CHECK-LABEL: copier-pending for 'threads':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: site #2
; CHECK-NEXT: site #3
; CHECK-NEXT: csync_all before '%u = call i32 @pthread_mutex_unlock(ptr %other)' : site #0 [release or cancellation point]
; CHECK-NEXT: csync_all before '%t = call i32 @pthread_create(ptr %other, ptr null, ptr @threads, ptr null)' : site #1 [call]
; CHECK-NEXT: csync_all before 'call void @__kmpc_barrier(ptr null, i32 0)' : site #2 [call]
; CHECK-NEXT: csync_all before 'call void (ptr, i32, ptr, ...) @__kmpc_fork_call(ptr null, i32 0, ptr @threads)' : site #3 [call]
define void @threads(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %l = call i32 @pthread_mutex_lock(ptr %other)
  %u = call i32 @pthread_mutex_unlock(ptr %other)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %t = call i32 @pthread_create(ptr %other, ptr null, ptr @threads, ptr null)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @__kmpc_barrier(ptr null, i32 0)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void (ptr, i32, ptr, ...) @__kmpc_fork_call(ptr null, i32 0, ptr @threads)
  ret void
}

; CHECK-LABEL: copier-pending for 'signals':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: csync_all before '%o = call ptr @signal(i32 10, ptr @signals)' : site #0 [call]
; CHECK-NEXT: csync_all before '%r = call i32 @raise(i32 10)' : site #1 [call]
define void @signals(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %o = call ptr @signal(i32 10, ptr @signals)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %r = call i32 @raise(i32 10)
  ret void
}

; CHECK-LABEL: copier-pending for 'variadic':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: site #2
; CHECK-NEXT: csync_all before 'call void @llvm.va_start.p0(ptr %list)' : site #0 [call]
; CHECK-NEXT: csync_all before '%v = va_arg ptr %list, i32' : site #1 [unknown effect]
; CHECK-NEXT: csync_all before 'call void @llvm.va_end.p0(ptr %list)' : site #2 [call]
define i32 @variadic(ptr noalias %d, ptr noalias %s, i64 %n, ...) {
  %list = alloca [24 x i8]
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.va_start.p0(ptr %list)
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %v = va_arg ptr %list, i32
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  call void @llvm.va_end.p0(ptr %list)
  ret i32 %v
}

; CHECK-LABEL: copier-pending for 'asm_goto':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before 'callbr void asm sideeffect "", "!i"() to label %on [label %off]' : site #0 [inline asm]
define void @asm_goto(ptr noalias %d, ptr noalias %s, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  callbr void asm sideeffect "", "!i"() to label %on [label %off]
on:
  ret void
off:
  ret void
}

; CHECK-LABEL: copier-pending for 'exchanges':
; CHECK-NEXT: site #0
; CHECK-NEXT: site #1
; CHECK-NEXT: site #2
; CHECK-NEXT: site #3
; CHECK-NEXT: csync before '%c = atomicrmw add ptr %d, i32 1 monotonic, align 4' : site #0 [destination write]
; CHECK-NEXT: csync before '%e = cmpxchg ptr %s, i32 0, i32 1 monotonic monotonic, align 4' : site #1 [source write]
; CHECK-NEXT: csync_all before '%f = cmpxchg ptr %other, i32 0, i32 1 acq_rel monotonic, align 4' : site #2 [atomic access]
; CHECK-NEXT: csync_all before '%g = atomicrmw volatile add ptr %other, i32 1 monotonic, align 4' : site #3 [volatile access]
define void @exchanges(ptr noalias %d, ptr noalias %s, ptr noalias %other, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %a = atomicrmw add ptr %other, i32 1 monotonic
  %b = cmpxchg ptr %other, i32 0, i32 1 monotonic monotonic
  %c = atomicrmw add ptr %d, i32 1 monotonic
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %e = cmpxchg ptr %s, i32 0, i32 1 monotonic monotonic
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %f = cmpxchg ptr %other, i32 0, i32 1 acq_rel monotonic
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  %g = atomicrmw volatile add ptr %other, i32 1 monotonic
  ret void
}
