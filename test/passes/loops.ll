; Copies and conflicts in loops: which execution may be pending, and what moves
; in front of the loop.
; RUN: %{plan} | FileCheck %s

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @use(i8) nounwind nosync willreturn memory(none)

; The copy is outside, every iteration reads: once, in front of the loop, and
; precisely, since the copy dominates.
; CHECK-LABEL: copier-pending for 'read_in_loop':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'br label %loop' : site #0 [destination read in the loop]
; CHECK-NEXT: csync_all before 'ret void' : site #0 [return]
define void @read_in_loop(ptr noalias %d, ptr noalias %s, i64 %n, i1 %c) {
entry:
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  br i1 %c, label %front, label %exit
front:
  br label %loop
loop:
  %i = phi i64 [ 0, %front ], [ %next, %loop ]
  %p = getelementptr i8, ptr %d, i64 %i
  %v = load i8, ptr %p
  call void @use(i8 %v)
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; Out of both loops of a nest if both come across it in every iteration.
; CHECK-LABEL: copier-pending for 'nest':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'br label %outer' : site #0 [destination read in the loop]
; CHECK-NOT: csync
define void @nest(ptr noalias %d, ptr noalias %s, i64 %n) {
entry:
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  br label %outer
outer:
  %i = phi i64 [ 0, %entry ], [ %i.next, %latch ]
  br label %inner
inner:
  %j = phi i64 [ 0, %outer ], [ %j.next, %inner ]
  %p = getelementptr i8, ptr %d, i64 %j
  %v = load i8, ptr %p
  call void @use(i8 %v)
  %j.next = add i64 %j, 1
  %j.more = icmp ult i64 %j.next, %n
  br i1 %j.more, label %inner, label %latch
latch:
  %i.next = add i64 %i, 1
  %i.more = icmp ult i64 %i.next, %n
  br i1 %i.more, label %outer, label %exit
exit:
  ret void
}

; Not every iteration reads: the window stays open for those that do not.
; CHECK-LABEL: copier-pending for 'seldom':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before '%v = load i8, ptr %p, align 1' : site #0 [destination read]
; CHECK-NEXT: csync_all before 'ret void'
define void @seldom(ptr noalias %d, ptr noalias %s, i64 %n, i64 %k) {
entry:
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %latch ]
  %rare = icmp eq i64 %i, %k
  br i1 %rare, label %then, label %latch
then:
  %p = getelementptr i8, ptr %d, i64 %i
  %v = load i8, ptr %p
  call void @use(i8 %v)
  br label %latch
latch:
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; The copy and what it conflicts with are in the loop. At the store, the copy of
; this iteration may be pending and nothing older.
; CHECK-LABEL: copier-pending for 'same_iteration':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync before 'store i8 0, ptr %d, align 1' : site #0 [destination write]
; CHECK-NOT: csync
define void @same_iteration(ptr noalias %d, ptr noalias %s, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  store i8 0, ptr %d
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; Copies of all iterations are pending after the loop: their ranges are not
; known any more.
; CHECK-LABEL: copier-pending for 'many_pending':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%v = load i8, ptr %d, align 1' : site #0 [destination read]
define i8 @many_pending(ptr noalias %d, ptr noalias %s, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %p = getelementptr i8, ptr %d, i64 %i
  call void @llvm.memcpy.p0.p0.i64(ptr %p, ptr %s, i64 %n, i1 false)
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  %v = load i8, ptr %d
  ret i8 %v
}

; regression: cross-iteration. %p of this iteration is not the %q of this one,
; but it is that of the last. Alias analysis within one iteration says no.
; CHECK-LABEL: copier-pending for 'last_iterations_copy':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%v = load i8, ptr %p, align 1' : site #0 [destination read]
define void @last_iterations_copy(ptr noalias %d, ptr noalias %s, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %p = getelementptr i8, ptr %d, i64 %i
  %v = load i8, ptr %p
  call void @use(i8 %v)
  %next = add i64 %i, 1
  %q = getelementptr i8, ptr %d, i64 %next
  call void @llvm.memcpy.p0.p0.i64(ptr %q, ptr %s, i64 1, i1 false)
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

; dst[n] = 0 is past the end of this copy, but maybe not of an earlier one.
; CHECK-LABEL: copier-pending for 'stale_terminator':
; CHECK-NEXT: site #0
; CHECK: csync_all before 'store i8 0, ptr %end, align 1' : site #0 [destination write]
define void @stale_terminator(ptr noalias %d, ptr noalias %s, i64 %n) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %again ]
  %k = sub i64 %n, %i
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %k, i1 false)
  %c = icmp eq i64 %i, 7
  br i1 %c, label %stop, label %again
again:
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %exit
stop:
  %end = getelementptr i8, ptr %d, i64 %k
  store i8 0, ptr %end
  ret void
exit:
  ret void
}

; Nothing dominates: csync_all, and only where a copy may be pending at all.
; CHECK-LABEL: copier-pending for 'one_branch':
; CHECK-NEXT: site #0
; CHECK-NEXT: csync_all before '%v = load i8, ptr %d, align 1' : site #0 [destination read]
; CHECK-NOT: csync
define i8 @one_branch(ptr noalias %d, ptr noalias %s, i64 %n, i1 %c) {
entry:
  %before = load i8, ptr %d
  br i1 %c, label %copy, label %join
copy:
  call void @llvm.memcpy.p0.p0.i64(ptr %d, ptr %s, i64 %n, i1 false)
  br label %join
join:
  %v = load i8, ptr %d
  %again = load i8, ptr %d
  ret i8 %v
}
